"""What staff decide about the person of a visit, on its page."""

from datetime import date

import pytest

from moonlit.audit.actor import PUBLIC
from moonlit.booking.models import Appointment
from moonlit.booking.services import add_details
from moonlit.dashboard.tests.reading import page
from moonlit.domain.consents import Signer
from moonlit.ehr.port import PersonDetails
from moonlit.people.inputs import AddedInput, BookerInput
from moonlit.people.models import Booker, Insurance, Patient, SchedulingRestriction
from moonlit.platform.policy import Role
from moonlit.platform.testing import run_pending
from moonlit.staff.testing import signed_in_client
from tests.support.people import patient

ZOE = PersonDetails("Zoë", "Ñandú-O'Leary", date(1990, 2, 28), email="zoe@example.org", phone="+18015550142")
MIRO = {"first_name": "Miro", "last_name": "Ñandú", "date_of_birth": "1988-01-02"}
PERSON = {"first_name": "Zoë", "last_name": "Ñandú-O'Leary", "date_of_birth": "1990-02-28"}
NEW = {**PERSON, "kind": "phone_only", "starts": "2026-03-02", "ends": "", "ehr_patient_id": "", "reason": "by phone"}


def act(client, visit, do, **typed):
    return client.post(f"/staff/appointments/{visit}/care", {"do": do, **typed})


def text_of(answer):
    return " ".join(answer.content.decode().split())


@pytest.fixture
def ambiguous(desk, book):
    charts = [desk.ehr.add_patient(ZOE), desk.ehr.add_patient(ZOE)]
    return book(confirmed=True), charts


def test_the_page_says_what_is_missing_before_the_visit(staff, book):
    text = page(staff, f"/staff/appointments/{book(confirmed=True)}")
    assert "Not ready for the visit: The insurance has not been checked for the day of the visit" in text
    assert "Not checked with the payer yet" in text


def test_a_checked_insurance_makes_the_visit_ready(staff, book):
    visit = book(confirmed=True)
    answer = act(staff, visit, "insurance", sequence="1", verification="verified")
    assert answer["Location"] == f"/staff/appointments/{visit}"
    text = page(staff, f"/staff/appointments/{visit}")
    assert "Ready for the visit" in text
    assert "Checked: the payer says yes" in text
    assert Insurance.objects.get().verified_on == date(2026, 3, 2)


@pytest.mark.parametrize(
    "typed",
    [{}, {"sequence": "1"}, {"sequence": "9", "verification": "verified"}, {"sequence": "1", "verification": "x"}],
)
def test_a_check_that_says_nothing_changes_nothing(staff, book, typed):
    answer = act(staff, book(), "insurance", **typed)
    assert answer.status_code == 422
    assert Insurance.objects.get().verification == "unverified"


def test_the_chart_staff_enter_is_taken(staff, desk, ambiguous):
    visit, charts = ambiguous
    assert "Which chart is the patient's?" in page(staff, f"/staff/appointments/{visit}")
    assert act(staff, visit, "take", chart=charts[0], reason="").status_code == 302
    run_pending(desk.clock())
    assert Appointment.objects.get().state == "booked"
    assert "Which chart is the patient's?" not in page(staff, f"/staff/appointments/{visit}")


def test_a_chart_that_differs_keeps_what_was_typed_and_asks_why(staff, desk, ambiguous):
    visit, _ = ambiguous
    stranger = desk.ehr.add_patient(PersonDetails("Ida", "Zaunkoenig", date(1980, 1, 1)))
    answer = act(staff, visit, "take", chart=stranger, reason="")
    assert answer.status_code == 422
    assert "Name or birth date on this chart differ" in text_of(answer)
    assert f'value="{stranger}"' in text_of(answer)
    assert "Zaunkoenig" not in text_of(answer)


@pytest.mark.parametrize("chart", ["", "a b", "../1", "x" * 41])
def test_what_is_no_chart_number_is_not_sent_to_the_ehr(staff, desk, ambiguous, chart):
    desk.ehr.calls.clear()
    assert act(staff, ambiguous[0], "take", chart=chart).status_code == 422
    assert desk.ehr.calls == []


def test_when_nobody_can_tell_a_call_is_asked_for(staff, ambiguous):
    act(staff, ambiguous[0], "call")
    assert "Call: booking still not confirmed" in page(staff, f"/staff/appointments/{ambiguous[0]}")


def test_an_unverified_chart_is_verified_with_a_reason(staff, book):
    visit = book(confirmed=True)
    Patient.objects.update(identity="unverified")
    assert act(staff, visit, "verify", reason="").status_code == 422
    assert act(staff, visit, "verify", reason="photo ID").status_code == 302
    assert Patient.objects.get().identity == "matched"


def test_what_stopped_on_the_way_to_the_chart_is_shown_and_tried_again(staff, desk, book):
    visit = book(confirmed=True)
    run_pending(desk.clock())
    assert "no confirmed EHR package for this insurance" in page(staff, f"/staff/appointments/{visit}")
    assert act(staff, visit, "write").status_code == 302
    assert "Not in the EHR yet" in page(staff, f"/staff/appointments/{visit}")


def test_an_authority_is_recorded(staff, book):
    visit = book(booked_by=BookerInput(kind="guardian", name="Otto Quill", email="otto@example.org"))
    assert act(staff, visit, "authority", authority="", until="").status_code == 422
    assert act(staff, visit, "authority", authority="court order", until="soon").status_code == 422
    assert act(staff, visit, "authority", authority="court order", until="2026-12-31").status_code == 302
    assert Booker.objects.get().authority == "court order"
    assert "may act for the patient: court order, until December 31, 2026" in page(
        staff, f"/staff/appointments/{visit}"
    )


@pytest.mark.parametrize("do", ["", "nonsense", "take", "make", "call", "verify", "lift", "authority"])
def test_what_does_not_fit_the_visit_is_refused(staff, book, do):
    visit = book(confirmed=True)
    assert act(staff, visit, do, chart="5001", reason="x", authority="x").status_code == 422


def test_a_restriction_is_added_found_and_ended(staff, desk, book):
    assert staff.post("/staff/restrictions/add", NEW).status_code == 302
    assert "Zoë Ñandú-O'Leary, February 28, 1990: By phone only" in page(staff, "/staff/restrictions")
    found = staff.post("/staff/restrictions", PERSON)
    assert "By phone only" in text_of(found)
    other = staff.post("/staff/restrictions", {**PERSON, "first_name": "Ida"})
    assert "There is no restriction for this person" in text_of(other)
    visit = book(confirmed=True)
    assert "The patient sees a request like any other" in page(staff, f"/staff/appointments/{visit}")
    assert act(staff, visit, "lift", reason="").status_code == 422
    assert act(staff, visit, "lift", reason="agreed").status_code == 302
    key = SchedulingRestriction.objects.get().pk
    assert staff.post(f"/staff/restrictions/{key}/end", {"reason": "over"}).status_code == 302
    assert "Nobody is restricted" in page(staff, "/staff/restrictions")


@pytest.mark.parametrize(
    "wrong",
    [
        {"first_name": ""},
        {"last_name": "x" * 101},
        {"date_of_birth": "soon"},
        {"starts": ""},
        {"ends": "2026-03-01"},
        {"ends": "never"},
        {"kind": "banned"},
        {"reason": ""},
        {"ehr_patient_id": "a b"},
    ],
)
def test_a_restriction_with_a_fault_is_shown_again_and_not_saved(staff, wrong):
    answer = staff.post("/staff/restrictions/add", NEW | wrong)
    assert answer.status_code == 422
    assert "Nothing was saved" in text_of(answer)
    assert not SchedulingRestriction.objects.exists()


def test_looking_without_all_three_is_refused(staff):
    assert staff.post("/staff/restrictions", {**PERSON, "date_of_birth": ""}).status_code == 422


@pytest.mark.parametrize("role", [Role.CREDENTIALING, Role.PROVIDER, Role.AUDITOR])
def test_other_roles_see_and_change_nothing_of_it(desk, book, role):
    visit, client = book(confirmed=True), signed_in_client(role)
    assert client.get("/staff/restrictions").status_code == 404
    assert client.post("/staff/restrictions/add", NEW).status_code == 404
    assert act(client, visit, "write").status_code == 404


def test_what_was_added_later_stands_with_its_time_and_from_whom(staff, desk, book):
    visit = book(confirmed=True)
    told = AddedInput(member_id="MX-300", relationship="spouse", subscriber=MIRO)
    add_details(visit, told, by=Signer.REPRESENTATIVE, actor=PUBLIC, now=desk.clock())
    add_details(visit, AddedInput(sex="female"), by=Signer.PATIENT, actor=PUBLIC, now=desk.clock())
    text = page(staff, f"/staff/appointments/{visit}")
    assert "Mon, March 2, 2026, 9:00 AM MST, from: Who booked" in text.replace("\N{NO-BREAK SPACE}", " ")
    assert "Member number MX-300" in text
    assert "Subscriber, first name Miro" in text
    assert "from: Patient Sex female" in text
    timeline = text[text.index("What happened") :]
    assert timeline.count("More details came") == 2
    assert timeline.index("Booked") < timeline.index("More details came")


def test_an_address_that_differs_from_the_chart_is_a_task_and_says_so(staff, desk, book):
    address = {"line1": "9 Elm", "city": "Provo", "state": "UT", "zip": "84601"}
    visit = book(confirmed=True, patient=patient(address=address))
    told = AddedInput(address={**address, "line1": "4 Canyon Rim"})
    add_details(visit, told, by=Signer.PATIENT, actor=PUBLIC, now=desk.clock())
    run_pending()
    text = page(staff, f"/staff/appointments/{visit}")
    assert "Address and sex on the chart Not written another address or sex stands on the chart" in text
    assert "Address or sex from the patient not written to the chart" in text
