"""Step 2: what is asked, what is filled in, and what happens to answers that are wrong or half given."""

import re
from html import unescape

import pytest

from moonlit.domain.facts import Facts, LocationFacts, PracticeFacts, ProviderFacts, ServiceFacts, VisitTypeFacts
from moonlit.domain.reasons import LocationKind, Modality
from moonlit.practice.models import FactsVersion, Practice, Provider, VisitType
from moonlit.widget.asking import kinds_of_help, places_offered
from moonlit.widget.models import Draft
from moonlit.widget.tests.visitor import WHO


@pytest.fixture
def asked(visitor):
    """Somebody with SelectHealth before step 2."""
    return visitor.go("/book").press("/book", payer="selecthealth")


def filled_in(visitor):
    """What the form would send as it stands."""
    form = visitor.body.partition('id="page-form"')[2].partition("</form>")[0]
    radios = re.findall(r'type="radio" name="(\w+)" value="([^"]*)"[^>]* checked', form)
    selects = re.findall(r'<select name="(\w+)".*?<option value="([^"]*)" selected', form, re.DOTALL)
    return {name: unescape(value) for name, value in [*radios, *selects]}


def test_for_most_people_one_press_leads_to_the_times(asked):
    assert filled_in(asked) == WHO
    asked.press(**filled_in(asked))
    assert asked.page == "when"
    assert asked.times()


def test_what_is_folded_away_is_told_in_one_line(asked):
    assert "Place and language Video visit in Utah, in English" in asked.text
    assert '<details class="folded">' in asked.body, "closed"


def test_first_visit_and_age_are_never_folded_away(asked):
    folded = asked.body.partition("<details")[2].partition("</details>")[0]
    assert set(re.findall(r'name="(\w+)"', folded)) == {"place", "state", "visit_language"}
    for name in ("help", "seen_before", "age"):
        assert f'name="{name}"' in asked.body


def test_answers_given_before_stand_in_the_line(asked):
    asked.press(**{**WHO, "place": "sugarhouse", "visit_language": "es"})
    asked.go(asked.path.rpartition("/")[0] + "/who")
    assert "Place and language Moonlit Sugarhouse Clinic, in Spanish" in asked.text
    asked.press(**{**WHO, "state": "other", "visit_language": "und"})
    asked.go(asked.path.rpartition("/")[0] + "/who")
    assert "Place and language Video visit in another state, in another language" in asked.text


def test_a_fault_in_what_is_folded_opens_it(asked):
    asked.press(**{**WHO, "visit_language": "xx"})
    assert asked.status == 422
    assert '<details class="folded" open>' in asked.body
    assert '<a href="#id_visit_language">' in asked.body


def test_a_fault_elsewhere_leaves_it_closed_and_keeps_the_answers(asked):
    asked.press(**{**WHO, "age": "", "place": "ogden", "visit_language": "fr"})
    assert asked.status == 422
    assert '<details class="folded">' in asked.body
    assert "Place and language Moonlit Ogden, in French" in asked.text
    assert filled_in(asked) == {
        **{k: v for k, v in WHO.items() if k != "age"},
        "place": "ogden",
        "visit_language": "fr",
    }


def test_the_state_is_beside_the_point_in_a_clinic(asked):
    asked.press(**{**WHO, "place": "sugarhouse", "state": "XX"})
    assert asked.page == "when"
    assert Draft.objects.get().choices["state"] == ""


def test_a_change_of_language_keeps_what_was_chosen_and_judges_nothing(asked):
    path = asked.path
    assert 'form="page-form" formaction="/es' in asked.body
    asked.press(f"/es{path}", **{**WHO, "help": "unsure", "place": "sugarhouse", "age": "", "language": "es"})
    assert asked.status == 200
    assert '<html lang="es"' in asked.body
    assert 'class="summary"' not in asked.body
    kept = filled_in(asked)
    assert (kept["help"], kept["place"], kept["visit_language"]) == ("unsure", "sugarhouse", "en")
    assert Draft.objects.get().choices["answered"] is False
    asked.press(path, **{**kept, "age": "adult"})
    assert asked.page == "when"


def test_one_kind_of_help_is_not_asked_about(asked):
    VisitType.objects.filter(family="therapy").update(public=False)
    FactsVersion.objects.update(version=30_000)
    asked.go(asked.path)
    assert "What kind of help" not in asked.text
    asked.press(**{name: value for name, value in WHO.items() if name != "help"})
    assert asked.page == "when"


def test_a_clinic_where_nobody_sees_new_patients_is_not_offered(asked):
    assert "Moonlit Boise" in asked.text
    for row in Provider.objects.all():
        row.locations = [code for code in row.locations if code != "boise"]
        row.save()
    FactsVersion.objects.update(version=30_000)
    asked.go(asked.path)
    assert "Moonlit Boise" not in asked.text
    assert "Moonlit Ogden" in asked.text


def test_a_practice_without_video_asks_for_no_state_and_means_its_clinic(visitor, town):
    for row in Provider.objects.all():
        row.locations = [code for code in row.locations if code == "sugarhouse"] or ["nowhere"]
        row.save()
    FactsVersion.objects.update(version=30_000)
    visitor.go("/book").press("/book", payer="selecthealth")
    assert "State where the patient will be" not in visitor.text
    assert "Video or in the clinic?" not in visitor.text
    assert "Place and language Moonlit Sugarhouse Clinic, in English" in visitor.text
    visitor.press(**filled_in(visitor))
    assert visitor.page == "when"
    assert [time[11:16] for time in visitor.times()] == ["21:00"]


def test_a_practice_of_one_state_still_asks_where_the_patient_will_be(asked):
    Practice.objects.update(states=["UT"])
    FactsVersion.objects.update(version=30_000)
    asked.go(asked.path)
    options = re.findall(r'<option value="(\w+)"', asked.body.partition('name="state"')[2].partition("</select>")[0])
    assert options == ["UT", "other"]


def test_where_an_insurance_is_good_for_a_clinic_only_the_clinic_is_filled_in(visitor, town):
    Provider.objects.exclude(last_name="Wexler").update(modalities=["in_person"])  # he does not take it
    FactsVersion.objects.update(version=30_000)
    visitor.go("/book").press("/book", payer="selecthealth")
    assert filled_in(visitor)["place"] == "sugarhouse"
    visitor.press(**filled_in(visitor))
    assert [time[11:16] for time in visitor.times()] == ["21:00"]


def one_place(kind, *, modalities=frozenset(Modality), who_modalities=frozenset(Modality), locations=None, at=None):
    service = ServiceFacts("intake", 60, location=at)
    return Facts(
        practice=PracticeFacts(),
        providers={
            1: ProviderFacts(1, "1", "Ada", modalities=who_modalities, locations=locations, services=(service,))
        },
        payers={},
        visit_types={"intake": VisitTypeFacts("intake", "medication", 60, new_patient=True, modalities=modalities)},
        locations={"here": LocationFacts("here", kind, "UT", "America/Denver", "1")},
    )


CLINIC, VIDEO = LocationKind.CLINIC, LocationKind.TELEHEALTH


@pytest.mark.parametrize(
    ("facts", "by_video", "clinics"),
    [
        (one_place(CLINIC), False, {"here"}),
        (one_place(VIDEO), True, set()),
        (one_place(CLINIC, at="here"), False, {"here"}),
        (one_place(CLINIC, at="there"), False, set()),
        (one_place(CLINIC, locations=frozenset({"there"})), False, set()),
        (one_place(CLINIC, modalities=frozenset({Modality.TELEHEALTH})), False, set()),
        (one_place(CLINIC, who_modalities=frozenset({Modality.TELEHEALTH})), False, set()),
        (one_place(VIDEO, modalities=frozenset({Modality.IN_PERSON})), False, set()),
    ],
)
def test_a_place_is_worth_asking_about_where_somebody_offers_a_first_visit(facts, by_video, clinics):
    offered = places_offered(facts)
    assert (offered.by_video, set(offered.clinics)) == (by_video, clinics)


def test_of_each_family_the_first_public_visit_for_somebody_new_is_a_kind_of_help():
    def a_type(code, family, **more):
        return VisitTypeFacts(code, family, 60, **{"new_patient": True, **more})

    types = [
        a_type("long", "medication", public=False),
        a_type("intake", "medication"),
        a_type("second", "medication"),
        a_type("follow_up", "therapy", new_patient=False),
        a_type("talk", "therapy"),
    ]
    facts = Facts(PracticeFacts(), {}, {}, {each.code: each for each in types}, {})
    assert kinds_of_help(facts) == ["intake", "talk"]


def test_an_insurance_that_starts_later_is_not_called_ours_yet(visitor):
    visitor.go("/book").press("/book", payer="emi-health")
    visitor.go(visitor.path.rpartition("/")[0] + "/who")
    assert "We take this insurance" not in visitor.text
    assert re.search(r"You can use [^.]+ here from \w+, March \d+, 2026\. We will check your plan", visitor.text)
