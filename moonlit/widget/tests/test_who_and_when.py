"""Steps 2 and 3: what changes the times, and the times."""

import re
from datetime import timedelta

import pytest

from moonlit.availability.models import Slot
from moonlit.availability.services.calendars import rebuild
from moonlit.leads.models import Lead
from moonlit.widget.models import Draft
from moonlit.widget.tests.visitor import WHO


@pytest.fixture
def asked(visitor):
    """Somebody with SelectHealth before step 2."""
    return visitor.go("/book").press("/book", payer="selecthealth")


def test_the_usual_answers_are_filled_in(asked):
    for label in ("Medication or a diagnosis", "No, first visit", "18 or older", "Video visit"):
        assert re.search(rf'checked><label for="[^"]+">{label}</label>', asked.body)
    assert '<option value="UT" selected>' in asked.body


@pytest.fixture
def regence(visitor):
    """Somebody with Regence, under which a resident is seen too, before step 2."""
    return visitor.go("/book").press("/book", payer="regence").press(benefit="regence")


def test_all_clinicians_are_merged_and_the_zone_stands_beside_the_times(regence):
    regence.press(**WHO)
    assert regence.page == "when"
    assert "All times are in Mountain Time." in regence.text
    assert "Monday, March 9" in regence.text
    assert [time[8:16] for time in regence.times()] == ["09T15:00", "09T16:00", "09T17:00", "09T19:00", "24T15:00"]
    assert "Next free: Monday, March 9 at 9:00 AM" in regence.text
    assert "Theo Wexler, DO Supervised by Marisol Quintero-Hale, MD" in regence.text


def test_one_clinician_can_be_chosen(regence, town):
    regence.press(**WHO)
    wexler = town.providers["Wexler"].pk
    regence.go(f"{regence.path}?provider={wexler}")
    assert "Times of Theo Wexler, DO Times of everybody" in regence.text
    assert [time[8:16] for time in regence.times()] == ["09T16:00", "09T17:00"]
    regence.press(start=regence.times()[0], provider=str(wexler))
    assert Draft.objects.get(identified=True).provider_id == wexler


def test_talk_therapy_shows_the_psychologist_only(asked):
    asked.press(**{**WHO, "help": "therapy_intake"})
    assert "Dana Okafor-Bell, PhD" in asked.text
    assert "Quintero-Hale" not in asked.text


def test_the_clinic_shows_the_times_of_the_clinic(asked):
    asked.press(**{**WHO, "place": "sugarhouse"})
    assert [time[11:16] for time in asked.times()] == ["21:00"]


def test_more_days_come_page_by_page(asked, town):
    for offset in range(8, 15):
        town.open("Quintero-Hale", town.clock().date() + timedelta(days=offset), "09:00")
    asked.press(**WHO)
    assert "More days" in asked.text
    asked.go(f"{asked.path}?from=2026-03-14")
    assert "Saturday, March 14" in asked.text
    assert "Monday, March 9" not in asked.body.split("clinicians")[0]
    assert "Back to the first days" in asked.text


@pytest.mark.parametrize("query", ["from=yesterday", "from=2026-02-31", "provider=0", "provider=x", "from=1999-01-01"])
def test_nonsense_in_the_address_shows_the_first_times(asked, query):
    asked.press(**WHO)
    asked.go(f"{asked.path}?{query}")
    assert asked.status == 200
    assert asked.times()


def test_days_without_times_say_why_and_what_next(asked):
    asked.press(**WHO)
    asked.go(f"{asked.path}?from=2026-05-20")
    assert "There are no free times on these days." in asked.text
    assert "See the first free times of everybody" in asked.text


def test_nobody_with_a_free_time_is_a_lead_and_never_an_empty_calendar(asked, town):
    Slot.objects.all().delete()
    for provider in town.providers.values():
        rebuild(provider.pk, now=town.clock())
    asked.press(**WHO)
    assert asked.page == "ask"
    assert "There are no free times right now" in asked.text


@pytest.mark.parametrize(
    ("changed", "heading", "reason"),
    [
        ({"age": "minor"}, "Please talk to us about visits for people under 18", "minor"),
        ({"seen_before": "yes"}, "Welcome back", "returning_patient"),
        ({"state": "other"}, "No clinician fits these answers right now", "no_provider_available"),
        ({"visit_language": "und"}, "We will find somebody for your language", "language_request"),
        ({"visit_language": "ko"}, "We will find somebody for your language", "language_request"),
    ],
)
def test_what_needs_a_person_becomes_a_lead_with_the_phone(asked, changed, heading, reason):
    asked.press(**{**WHO, **changed})
    assert asked.page == "ask"
    assert heading in asked.text
    assert "Call us: 801-555-0100" in asked.text
    asked.press(contact="zoe@example.org")
    lead = Lead.objects.get()
    assert lead.reason == reason
    assert lead.for_someone_else == (reason == "minor")


def test_a_lead_page_can_be_left_by_changing_the_answer(asked):
    asked.press(**{**WHO, "age": "minor"})
    asked.go(asked.path.replace("/ask", "/who")).press(**WHO)
    assert asked.page == "when"


def test_spanish_shows_who_speaks_it(asked):
    asked.press(**{**WHO, "visit_language": "es"})
    assert asked.page == "when"
    assert "Marisol Quintero-Hale, MD" in asked.text
    assert "Wexler" not in asked.text


def test_answers_that_are_none_are_explained(asked):
    asked.press(**{**WHO, "place": "moon", "state": "XX", "visit_language": "", "age": ""})
    assert asked.status == 422
    assert asked.text.count("Please choose one of the answers.") >= 4
    assert 'role="alert"' in asked.body


def test_a_lead_needs_a_contact_and_says_what_is_expected(asked):
    asked.press(**{**WHO, "age": "minor"})
    for typed, sentence in (
        ("", "Please give an e-mail address or a phone number."),
        ("12345", "ten digits"),
        ("zoe@", "name@example.org"),
        ("call me", "an e-mail address like name@example.org, or a phone number"),
    ):
        asked.press(contact=typed)
        assert asked.status == 422
        assert sentence in asked.text
        assert asked.value_of("contact") == typed
    assert Lead.objects.count() == 0


def test_a_lead_sent_twice_is_one_lead_and_ends_the_draft(asked):
    asked.press(**{**WHO, "age": "minor"})
    path = asked.path
    asked.press(path, contact="zoe@example.org")
    asked.press(path, contact="zoe@example.org")
    assert asked.page == "sent"
    assert Lead.objects.count() == 1
    assert Draft.objects.get().choices == {}


def test_times_are_not_shown_before_step_2(asked):
    asked.go(asked.path.replace("/who", "/when"))
    assert asked.page == "who"


def test_a_time_never_offered_is_refused(asked):
    asked.press(**WHO)
    for start in ("2026-03-09T03:00:00Z", "soon", "", "2026-03-09T09:00:00", "1970-01-01T00:00:00Z"):
        asked.press(start=start)
        assert asked.status == 409
        assert "This time is not free any more. Please choose another one." in asked.text
    assert not Draft.objects.filter(identified=True).exists()
