"""Adding what was left out at the booking, behind the link and the code (rules 4.13)."""

import re
from dataclasses import replace

import pytest
from django.test import Client

from moonlit.audit.actor import SYSTEM
from moonlit.audit.models import AuditEvent
from moonlit.audit.verbs import Verb
from moonlit.booking.models import Appointment, ManageLink
from moonlit.booking.services import mint_link
from moonlit.people.inputs import BookerInput, InsuranceInput
from moonlit.people.models import AddedDetails, Insurance, Patient
from moonlit.platform import clock
from moonlit.practice.models import Practice
from moonlit.practice.services import changing_facts
from moonlit.widget.tests.person import FRIDAY, Person
from tests.support.people import BY_VIDEO, patient

HOME = {"line1": "4 Canyon Rim", "city": "Provo", "address_state": "UT", "zip": "84601"}
SPOUSE = {
    "relationship": "spouse",
    "subscriber_first_name": "Miro",
    "subscriber_last_name": "Ñandú",
    "dob_month": "1",
    "dob_day": "2",
    "dob_year": "1988",
}


def booked(scene, monkeypatch, **changes):
    monkeypatch.setattr(clock, "now", scene.clock)
    scene.open("71", FRIDAY, "09:00", "10:00")
    scene.sync()
    return Person(scene, **{"contacts": (), **changes})


@pytest.fixture
def person(scene, monkeypatch):
    """Somebody who has signed all there is and gave neither member number nor address, on the page for them."""
    found = booked(scene, monkeypatch, insurances=(InsuranceInput(payer="alpine"),))
    return on_the_page(found)


def on_the_page(person):
    person.prove()
    return person.go(f"{person.session}/details")


def policy(person):
    return Insurance.objects.get(appointment=person.visit_id)


def stored(person):
    row = policy(person)
    return row.member_id, row.relationship, Patient.objects.get(pk=person.row.patient_id).address


def test_the_visit_lists_what_is_missing_and_each_line_leads_to_its_field(person):
    person.go(person.session)
    assert "Still to do before your visit" in person.text
    for words, field in (("Add the member number of the insurance", "member_id"), ("Add the address", "line1")):
        assert words in person.text
        assert f'href="{person.session}/details#id_{field}"' in person.body
    assert "who the insurance belongs to" not in person.text


def test_what_is_sent_is_stored_and_the_visit_says_so(person):
    person.press(member_id=" MX-100 ", group_number="G-7", relationship="self", sex="female", **HOME)
    assert person.path == f"{person.session}?notice=added"
    assert "Thank you. We have saved it." in person.text
    assert stored(person) == (
        "MX-100",
        "self",
        {"line1": "4 Canyon Rim", "city": "Provo", "state": "UT", "zip": "84601"},
    )
    assert "All set" in person.text
    assert "Add the" not in person.text


def test_only_the_end_of_the_number_is_ever_shown(person):
    person.press(member_id="MX-100", sex="female", **HOME, **SPOUSE)
    for path in (f"{person.session}/details", person.session):
        person.go(path)
        for secret in ("MX-100", "Canyon", "84601", "Miro", "1988"):
            assert secret not in person.body
    person.go(f"{person.session}/details")
    assert "We have a member number that ends in 100." in person.text
    assert "We have an address." in person.text
    assert "We have the name and date of birth of this person." in person.text
    assert person.value_of("member_id") == ""


def test_what_is_left_empty_stays(person):
    person.press(member_id="MX-100", relationship="self", **HOME)
    person.go(f"{person.session}/details").press(relationship="self", sex="female")
    assert stored(person)[0] == "MX-100"
    assert stored(person)[2]["line1"] == "4 Canyon Rim"


def test_somebody_elses_insurance_needs_to_know_whose(person):
    person.press(relationship="spouse", member_id="MX-100")
    assert person.status == 422
    for sentence in ("the first name of the person", "the last name of the person", "Please enter the date of birth"):
        assert sentence in person.text
    assert (person.value_of("member_id"), stored(person)[0]) == ("MX-100", None)
    assert 'value="spouse" id="id_relationship_1" checked' in person.body
    person.press(member_id="MX-100", **SPOUSE)
    assert stored(person)[:2] == ("MX-100", "spouse")
    assert policy(person).subscriber["date_of_birth"] == "1988-01-02"


def test_a_subscriber_typed_beside_a_policy_of_ones_own_is_beside_the_point(person):
    person.press(**{**SPOUSE, "relationship": "self", "member_id": "MX-100"})
    assert stored(person)[:2] == ("MX-100", "self")
    assert policy(person).subscriber is None


def test_the_subscriber_may_be_added_to_while_the_relationship_stays(person):
    person.press(**SPOUSE)
    person.go(f"{person.session}/details").press(**{**SPOUSE, "subscriber_sex": "male"})
    assert policy(person).subscriber["sex"] == "male"
    person.go(f"{person.session}/details").press(relationship="spouse", member_id="MX-100")
    assert policy(person).subscriber["sex"] == "male"


@pytest.mark.parametrize(
    ("typed", "sentence", "field"),
    [
        ({"member_id": "<b>"}, "A member number has letters, digits", "member_id"),
        ({"member_id": "9" * 41}, "at most 40 characters", "member_id"),
        ({"group_number": "🙂"}, "A group number has letters, digits", "group_number"),
        ({"plan": "x" * 121}, "at most 120 characters", "plan"),
        ({**HOME, "zip": "846"}, "ZIP code with five digits", "zip"),
        ({"line1": "4 Canyon Rim"}, "Please enter the city.", "city"),
        ({**HOME, "line1": "x" * 121}, "at most 120 characters", "line1"),
        ({**HOME, "address_state": "XX"}, "Please choose a US state", "address_state"),
        ({**SPOUSE, "dob_month": "13"}, "There is no month 13.", "dob_month"),
        ({**SPOUSE, "dob_month": "2", "dob_day": "30"}, "There is no day 30: February 1988", "dob_day"),
        ({**SPOUSE, "dob_year": "2031"}, "The date of birth lies in the future.", "dob_year"),
        ({**SPOUSE, "subscriber_first_name": "R2D2"}, "A name may have letters", "subscriber_first_name"),
        ({"sex": "yes"}, "Please choose or enter one of the possible answers.", "sex"),
    ],
)
def test_each_fault_is_said_at_its_field_and_everything_typed_stays(person, typed, sentence, field):
    person.press(**{"relationship": "self", "group_number": "G-7", **typed})
    assert person.status == 422
    assert sentence in person.text
    assert person.title.startswith("Error: ")
    assert f'href="#id_{field}"' in person.body
    for name, value in {"group_number": "G-7", **typed}.items():
        if name not in {"relationship", "address_state", "sex"}:
            assert person.value_of(name) == value
    assert stored(person) == (None, "self", None)


def test_all_faults_of_the_page_are_said_at_once(person):
    born = {"dob_month": "13", "dob_day": "1", "dob_year": "1988"}
    person.press(relationship="spouse", member_id="<x>", subscriber_last_name="R2D2", line1="4 Canyon Rim", **born)
    found = re.findall(r'<a href="#id_(\w+)"', person.body)
    assert found == [
        "member_id", "subscriber_first_name", "subscriber_last_name", "dob_month", "city", "address_state", "zip",
    ]  # fmt: skip


def test_a_page_sent_empty_saves_nothing_and_says_so(person):
    person.press(relationship="self", member_id="  ")
    assert person.status == 422
    assert "Nothing was filled in, so nothing was saved." in person.text
    assert not AddedDetails.objects.exists()


def test_a_second_click_stores_one_version(person):
    path = person.path
    for _ in range(2):
        person.press(path, relationship="self", member_id="MX-100")
        assert person.path.endswith("?notice=added")
    assert AddedDetails.objects.count() == 1


def test_looking_changes_nothing(person):
    events = AuditEvent.objects.count()
    for method in ("get", "head"):
        getattr(Client(), method)(f"{person.path}?member_id=MX-100&relationship=spouse")
    assert (stored(person), AuditEvent.objects.count()) == ((None, "self", None), events)


def test_another_site_cannot_send_the_form(person):
    answer = Client().post(person.path, {"member_id": "MX-100"}, headers={"Sec-Fetch-Site": "cross-site"})
    assert (answer.status_code, stored(person)[0]) == (403, None)


def test_there_is_no_field_for_the_payer_and_the_phone_stands_beside_its_name(person):
    assert "Is it another insurance now? Please call us" in person.text
    person.press(member_id="MX-100", relationship="self", payer="basin", payer_code="basin")
    assert (policy(person).payer_code, person.row.payer_code) == ("alpine", "alpine")


def test_a_visit_one_pays_oneself_has_no_card_to_ask_for(scene, monkeypatch):
    person = booked(scene, monkeypatch, criteria=replace(BY_VIDEO, payer=None, self_pay=True), insurances=())
    on_the_page(person)
    assert "member number" not in person.text.lower()
    person.press(member_id="MX-100", **HOME)
    assert "Thank you. We have saved it." in person.text
    assert "All set" in person.text
    assert not Insurance.objects.exists()


def test_who_added_it_is_whoever_the_code_went_to(scene, monkeypatch):
    otto = BookerInput(kind="case_manager", name="Otto Quill", email="otto@example.org", messages_to="both")
    person = booked(scene, monkeypatch, booked_by=otto)
    for holder in (ManageLink.Holder.PATIENT, ManageLink.Holder.BOOKER):
        manage = ManageLink.Purpose.MANAGE
        person.link = mint_link(person.visit_id, manage, actor=SYSTEM, now=scene.clock(), holder=holder)
        on_the_page(person)
        fills_in = 'autocomplete="address-line1"' in person.body
        assert fills_in == (holder is ManageLink.Holder.PATIENT), "the browser knows the person at the keyboard only"
        person.press(member_id=f"MX-{holder.value}", relationship="self")
    assert list(AddedDetails.objects.order_by("version").values_list("by", flat=True)) == ["patient", "booker"]


def test_once_the_visit_has_begun_or_is_being_changed_there_is_no_page(person):
    path = person.path
    Appointment.objects.filter(pk=person.visit_id).update(change="cancel")
    assert person.go(path).path == person.session
    assert "Still to do" not in person.text
    person.press(path, member_id="MX-100", relationship="self")
    Appointment.objects.filter(pk=person.visit_id).update(change="")
    person.late(person.row.start).prove()
    person.press(f"{person.session}/details", member_id="MX-100", relationship="self")
    assert (person.path, stored(person)[0]) == (person.session, None)


def test_a_session_that_has_ended_leads_back_to_the_code_and_says_nothing_was_changed(person):
    path = person.path
    assert "It closes at 9:20 AM Mountain Time (MST)." in person.text
    person.scene.clock.forward(minutes=20)
    person.press(path, member_id="MX-100", relationship="self")
    assert person.page == "code"
    assert "Nothing was changed." in person.text
    assert stored(person)[0] is None


def publish_spanish():
    with changing_facts(Verb.PRACTICE_CHANGED, actor=SYSTEM, subject="practice:1"):
        Practice.objects.update(published_languages={"es": {"reviewer": "Perpetua Oyelaran", "on": "2026-03-01"}})


def test_the_language_switch_keeps_what_was_typed_and_judges_nothing(person):
    publish_spanish()
    person.go(person.path)
    assert re.search(
        r'<button class="language" type="submit" form="page-form" formaction="/es/m/[^"]+/details"', person.body
    )
    person.press(f"/es{person.path}", language="es", member_id="<b>", relationship="spouse", line1="4 Canyon Rim")
    assert person.status == 200
    assert '<html lang="es"' in person.body
    assert (person.value_of("member_id"), person.value_of("line1")) == ("<b>", "4 Canyon Rim")
    assert 'id="id_relationship_1" checked' in person.body
    assert "aria-invalid" not in person.body
    assert not AddedDetails.objects.exists()


def test_the_other_forms_keep_what_was_typed_too(person):
    publish_spanish()
    session = person.session
    person.press(f"/es{session}/cancel", language="es", words="My car broke down")
    assert (person.status, person.row.change) == (200, "")
    assert "My car broke down" in person.body
    person.press(f"/es/m/{person.link}/enter?by=sms", language="es", code="12345")
    assert (person.status, person.value_of("code")) == (200, "12345")
    assert "aria-invalid" not in person.body
    person.press(f"/es/m/{person.link}/code", language="es", channel="sms")
    assert re.search(r'value="sms"[^>]*checked', person.body)
    assert person.path.endswith("/code"), "nothing was sent"
    person.late().prove().press(f"/es{person.session}/move", language="es", words="Any Tuesday")
    assert (person.status, "Any Tuesday" in person.body) == (200, True)


def test_nothing_about_the_person_stands_in_an_address_or_title(person):
    person.press(relationship="self", member_id="MX-100", **HOME)
    assert not re.search(r"MX|Canyon|84601", person.path + person.title)


def test_an_address_of_the_booking_counts(scene, monkeypatch):
    person = booked(
        scene,
        monkeypatch,
        patient=patient(sex="female", address={"line1": "9 Elm", "city": "Provo", "state": "UT", "zip": "84601"}),
    )
    person.prove()
    assert "All set" in person.text
    assert "Change the member number or the address" in person.text


def test_a_page_drawn_before_the_subscriber_was_told_does_not_erase_him(person):
    path, drawn = person.path, person.value_of("relationship_shown")
    assert drawn == "self"
    person.press(relationship_shown=drawn, **SPOUSE)
    person.press(path, relationship_shown=drawn, relationship="self", member_id="<b>")
    assert (person.status, person.value_of("relationship_shown")) == (422, "self"), "the page is as old as it was"
    person.press(path, relationship_shown=drawn, relationship="self", member_id="MX-100")
    assert stored(person)[:2] == ("MX-100", "spouse")
    assert policy(person).subscriber["first_name"] == "Miro"
    person.press(path, relationship_shown=drawn, relationship="self")
    assert "Nothing was filled in, so nothing was saved." in person.text


def test_a_relationship_that_was_changed_or_stands_beside_a_name_is_told(person):
    path = person.path
    person.press(path, relationship_shown="spouse", **SPOUSE)
    assert stored(person)[1] == "spouse"
    person.press(path, relationship_shown="spouse", relationship="self")
    assert (stored(person)[1], policy(person).subscriber) == ("self", None)


def test_saving_over_and_over_is_too_much_and_what_was_typed_stays(person):
    path = person.path
    for number in range(10):
        person.press(path, relationship="self", member_id=f"MX-10{number}")
        assert person.status == 200
    person.press(path, relationship="self", member_id="MX-200", line1="4 Canyon Rim")
    assert person.status == 422, "a fault costs nothing"
    person.press(path, relationship="self", member_id="MX-200")
    assert (person.status, person.value_of("member_id")) == (429, "MX-200")
    assert "Nothing is lost. Wait a few minutes and press Save again." in person.text
    assert int(person.response["Retry-After"]) == 360
    assert stored(person)[0] == "MX-109"
    person.scene.clock.forward(minutes=6)
    person.press(path, relationship="self", member_id="MX-200")
    assert stored(person)[0] == "MX-200"
