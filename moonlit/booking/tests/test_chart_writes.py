"""What goes to the chart after the visit is booked, and what never does (rules 4.11, 4.12)."""

from dataclasses import replace
from datetime import date

import pytest

from moonlit.audit.actor import PUBLIC, Actor
from moonlit.audit.models import AuditEvent
from moonlit.booking.models import Appointment, ChartWrite
from moonlit.booking.services import (
    advance,
    open_chart_writes,
    reopen_chart_writes,
    request_booking,
    sweep,
    verify_identity,
    write_to_chart,
)
from moonlit.booking.services.chart_writes import MAX_TRIES
from moonlit.coverage.models import PackageMap, Payer
from moonlit.ehr.port import AlreadyDone, EhrInsurance, NotReached, PersonDetails, Rejected, Unknown
from moonlit.people.inputs import BookerInput, InsuranceInput
from moonlit.people.models import Consent, Insurance, Patient
from moonlit.worklist.models import Task
from tests.support.people import BY_VIDEO, a_request, agreed, patient

FRIDAY = date(2026, 3, 6)
STAFF = Actor("staff", "7")


@pytest.fixture
def desk(scene):
    """Alpine is mapped to a package the EHR knows; Friday at nine is open."""
    scene.open("71", FRIDAY, "09:00", "10:00")
    scene.sync()
    scene.ehr.add_package("901", "Alpine Choice")
    scene.ehr.add_package("902", "Basin")
    mapped("alpine", "901")
    return scene


def mapped(payer, *packages, plan=None, by="billing lead"):
    payer = Payer.objects.get(code=payer)
    PackageMap.objects.create(payer=payer, plan=plan, package_ids=list(packages), confirmed_by=by)


def booked(desk, *, sex="female", hour=9, **changes):
    given = {"patient": patient(sex=sex), "insurances": (InsuranceInput(payer="alpine", member_id="MX-100"),)}
    start = desk.clock.at.replace(day=6, hour=hour + 7)
    request = a_request(start, now=desk.clock(), **(given | changes))
    visit = request_booking(request, actor=PUBLIC, now=desk.clock()).appointment
    advance(visit, clock=desk.clock)
    row = Appointment.objects.get(pk=visit)
    assert row.state == "booked"
    open_chart_writes(visit, now=desk.clock())
    return row


def chart_of(row):
    return Patient.objects.get(pk=row.patient_id).ehr_patient_id


def write(desk, row, kind="insurance"):
    todo = ChartWrite.objects.get(appointment=row, kind=kind)
    write_to_chart(todo.pk, clock=desk.clock)
    todo.refresh_from_db()
    return todo


def tasks(kind):
    return Task.objects.filter(kind=kind, state="open").count()


def test_the_policy_is_written_through_the_confirmed_map_and_read_back(desk):
    row = booked(desk)
    done = write(desk, row)
    assert (done.state, done.problem) == ("written", "")
    assert [(policy.package_id, policy.member_id) for policy in desk.ehr.insurances(chart_of(row))] == [
        ("901", "MX-100")
    ]
    written = desk.ehr.charts.written[0][1]
    assert (written.holder_first_name, written.holder_sex, written.sequence) == ("Zoë", "female", 1)
    assert AuditEvent.objects.filter(verb="booking:insurance:written").count() == 1


@pytest.mark.parametrize("by", ["", None])
def test_without_a_confirmed_map_nothing_is_written_and_a_task_opens(desk, by):
    PackageMap.objects.all().delete()
    if by is not None:
        mapped("alpine", "901", by=by)
    row = booked(desk)
    stopped = write(desk, row)
    assert (stopped.state, stopped.problem) == ("stopped", "no_package")
    assert "add_insurance" not in desk.ehr.calls
    assert tasks("insurance_not_written") == 1


def test_a_row_for_the_plan_beats_the_row_for_any_plan(desk):
    mapped("alpine", "902", plan="Choice  PPO")
    row = booked(desk, insurances=(InsuranceInput(payer="alpine", plan="choice ppo", member_id="MX-100"),))
    write(desk, row)
    assert desk.ehr.insurances(chart_of(row))[0].package_id == "902"


def test_several_packages_are_for_billing_to_choose_from(desk):
    PackageMap.objects.update(package_ids=["901", "902"])
    assert write(desk, booked(desk)).problem == "several_packages"
    assert "add_insurance" not in desk.ehr.calls


def test_a_benefit_whose_payer_is_not_certain_is_not_written(desk):
    row = booked(desk)
    Appointment.objects.filter(pk=row.pk).update(flags=["behavioral_payer_unverified"])
    assert write(desk, row).problem == "no_package"


def test_a_carve_out_is_written_as_the_payer_that_carries_the_benefit(desk):
    mapped("basin", "902")
    row = booked(desk)
    Appointment.objects.filter(pk=row.pk).update(payer_behavioral="basin")
    write(desk, row)
    assert desk.ehr.insurances(chart_of(row))[0].package_id == "902"


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"sex": None}, "subscriber_missing"),
        ({"insurances": (InsuranceInput(payer="alpine"),)}, "member_id_missing"),
        (
            {"insurances": (InsuranceInput(payer="alpine", member_id="MX-100", relationship="spouse"),)},
            "subscriber_missing",
        ),
    ],
)
def test_what_the_patient_did_not_say_is_never_made_up(desk, changes, problem):
    assert write(desk, booked(desk, **changes)).problem == problem
    assert "add_insurance" not in desk.ehr.calls
    assert tasks("insurance_not_written") == 1


def test_a_subscriber_whose_name_outgrows_the_ehr_is_not_cut(desk):
    subscriber = {
        "first_name": "Maximiliana-Fredegunda",
        "last_name": "Quill",
        "date_of_birth": "1980-01-01",
        "sex": "female",
    }
    policy = InsuranceInput(payer="alpine", member_id="MX-100", relationship="spouse", subscriber=subscriber)
    assert write(desk, booked(desk, insurances=(policy,))).problem == "too_long"
    assert "add_insurance" not in desk.ehr.calls


def test_policies_stand_in_order_and_the_first_that_cannot_be_written_stops_the_rest(desk):
    two = (InsuranceInput(payer="alpine", member_id="MX-100"), InsuranceInput(payer="basin", member_id="B-7"))
    row = booked(desk, insurances=two)
    assert write(desk, row).problem == "no_package"
    assert len(desk.ehr.insurances(chart_of(row))) == 1
    mapped("basin", "902")
    reopen_chart_writes(row.pk, now=desk.clock())
    assert write(desk, row).state == "written"
    chart = desk.ehr.insurances(chart_of(row))
    assert [(policy.sequence, policy.package_id) for policy in chart] == [(1, "901"), (2, "902")]
    assert tasks("insurance_not_written") == 0


def on_chart(desk, row, policy):
    desk.ehr.charts.policies[chart_of(row)][policy.sequence] = policy


def test_the_same_policy_on_the_chart_is_left_as_it_is(desk):
    row = booked(desk)
    on_chart(desk, row, EhrInsurance("8001", "901", 1, "mx 100"))
    assert write(desk, row).state == "written"
    assert "add_insurance" not in desk.ehr.calls


@pytest.mark.parametrize("there", [EhrInsurance("8001", "902", 1, "MX-100"), EhrInsurance("8001", "901", 1, "ANOTHER")])
def test_another_policy_on_the_chart_is_not_overwritten_and_a_task_opens(desk, there):
    row = booked(desk)
    on_chart(desk, row, there)
    assert write(desk, row).problem == "other_policy"
    assert desk.ehr.insurances(chart_of(row)) == [there]
    assert tasks("insurance_not_written") == 1


def test_a_lost_answer_is_found_on_the_chart_and_never_repeated(desk):
    row = booked(desk)
    desk.ehr.fail_next("add_insurance", Unknown("lost"), stored=True)
    assert write(desk, row).state == "written"
    assert desk.ehr.calls.count("add_insurance") == 1


def test_a_lost_answer_that_cannot_be_read_back_is_looked_at_before_it_is_repeated(desk):
    row = booked(desk)
    desk.ehr.fail_next("add_insurance", Unknown("lost"), stored=True)
    desk.ehr.fail_next("insurances", NotReached("down"))
    assert write(desk, row).state == "to_write"
    desk.clock.forward(minutes=10)
    assert write(desk, row).state == "written"
    assert desk.ehr.calls.count("add_insurance") <= 1
    assert len(desk.ehr.insurances(chart_of(row))) == 1


def test_a_write_that_never_arrived_is_tried_again_later(desk):
    row = booked(desk)
    desk.ehr.fail_next("add_insurance", Unknown("lost"))
    waiting = write(desk, row)
    assert (waiting.state, waiting.problem) == ("to_write", "ehr_not_reached")
    assert waiting.next_at > desk.clock()
    desk.clock.forward(minutes=10)
    assert write(desk, row).state == "written"


def test_somebody_who_was_faster_with_the_same_policy_is_right(desk):
    row = booked(desk)
    desk.ehr.fail_next("add_insurance", AlreadyDone("conflict"), stored=True)
    assert write(desk, row).state == "written"


def test_an_ehr_that_stays_away_ends_in_a_task_and_the_visit_stays_booked(desk):
    row = booked(desk)
    for _ in range(MAX_TRIES):
        desk.ehr.fail_next("insurances", NotReached("down"))
        write(desk, row)
        desk.clock.forward(hours=2)
    assert ChartWrite.objects.get(appointment=row, kind="insurance").state == "stopped"
    assert tasks("insurance_not_written") == 1
    row.refresh_from_db()
    assert row.state == "booked"


def test_a_refusal_goes_to_staff_at_once(desk):
    row = booked(desk)
    desk.ehr.fail_next("add_insurance", Rejected("no", code="invalid_fields"))
    stopped = write(desk, row)
    assert (stopped.state, stopped.problem, stopped.attempts) == ("stopped", "ehr_invalid_fields", 1)


def test_two_workers_write_once(desk):
    row = booked(desk)
    todo = ChartWrite.objects.get(appointment=row, kind="insurance")
    stale = ChartWrite.objects.get(pk=todo.pk)
    write(desk, row)
    write_to_chart(stale.pk, clock=desk.clock)
    assert desk.ehr.calls.count("add_insurance") == 1


def test_the_sweep_finds_a_write_whose_job_was_lost(desk):
    row = booked(desk)
    desk.clock.forward(minutes=1)
    sweep(clock=desk.clock)
    assert {each.state for each in ChartWrite.objects.filter(appointment=row)} == {"written"}


def test_a_cancelled_visit_writes_nothing(desk):
    row = booked(desk)
    Appointment.objects.filter(pk=row.pk).update(state="cancelled")
    desk.ehr.calls.clear()
    assert write(desk, row).state == "not_needed"
    assert desk.ehr.calls == []


def unverified(desk):
    """A visit booked on a chart with the same name and birth date, and nothing else in common."""
    details = PersonDetails("Zoë", "Ñandú-O'Leary", date(1990, 2, 28), email="another@example.org")
    found = desk.ehr.add_patient(details)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("moonlit.ehr.memory.charts.SAME_PERSON_SCORE", 20)
        row = booked(desk)
    assert chart_of(row) == found
    assert Patient.objects.get(pk=row.patient_id).identity == "unverified"
    return row


def test_an_unverified_chart_gets_neither_insurance_nor_forms(desk):
    row = unverified(desk)
    before = desk.ehr.patient(chart_of(row))
    assert write(desk, row).problem == "chart_unverified"
    assert write(desk, row, "privacy").problem == "chart_unverified"
    assert not {"add_insurance", "set_privacy", "insurances"} & set(desk.ehr.calls)
    assert desk.ehr.patient(chart_of(row)) == before
    assert (tasks("insurance_not_written"), tasks("privacy_not_written"), tasks("identity_unverified")) == (1, 0, 1)


def test_once_the_identity_is_verified_what_waited_is_written(desk):
    row = unverified(desk)
    write(desk, row)
    write(desk, row, "privacy")
    verify_identity(row.pk, reason="photo ID seen", actor=STAFF, now=desk.clock())
    assert write(desk, row).state == "written"
    assert write(desk, row, "privacy").state == "written"
    assert (tasks("insurance_not_written"), tasks("identity_unverified")) == (0, 0)


def test_only_forms_really_signed_are_sent_with_signer_and_instant(desk):
    row = booked(desk)
    assert write(desk, row, "privacy").state == "written"
    (forms,) = desk.ehr.charts.signed[chart_of(row)]
    assert (forms.signer_name, forms.signed_at) == ("Zoë Ñandú-O'Leary", desk.clock())
    assert (forms.privacy_notice, forms.assignment_of_benefits, forms.release_of_billing_information) == (
        True,
        False,
        False,
    )


def test_an_agreement_to_no_text_is_not_a_signature(desk):
    row = booked(desk, consents=agreed("assignment_of_benefits"))
    write(desk, row, "privacy")
    (forms,) = desk.ehr.charts.signed[chart_of(row)]
    assert not forms.assignment_of_benefits


def test_forms_of_somebody_who_was_booked_for_are_not_sent(desk):
    row = booked(desk, booked_by=BookerInput(kind="case_manager", name="Otto Quill", email="otto@example.org"))
    assert set(Consent.objects.filter(appointment=row.pk).values_list("state", flat=True)) == {"to_be_signed"}
    assert not ChartWrite.objects.filter(kind="privacy").exists()


def test_each_signature_goes_with_its_own_signer_and_instant(desk):
    row = booked(desk)
    Consent.objects.create(
        patient_id=row.patient_id,
        appointment=row.pk,
        kind="assignment_of_benefits",
        version="3",
        state="given",
        source="link",
        decided_at=desk.clock.at.replace(hour=18),
        signer_name="Otto Quill",
    )
    write(desk, row, "privacy")
    signed = [
        (each.signer_name, each.privacy_notice, each.assignment_of_benefits)
        for each in desk.ehr.charts.signed[chart_of(row)]
    ]
    assert signed == [("Zoë Ñandú-O'Leary", True, False), ("Otto Quill", False, True)]


def test_medicaid_stands_last(desk):
    Payer.objects.filter(code="basin").update(type="medicaid")
    criteria = replace(BY_VIDEO, payer="alpine")
    two = (InsuranceInput(payer="alpine", member_id="A-1"), InsuranceInput(payer="basin", member_id="B-7"))
    row = booked(desk, criteria=criteria, insurances=two)
    order = Insurance.objects.filter(appointment=row.pk).order_by("sequence").values_list("payer_code", flat=True)
    assert list(order) == ["alpine", "basin"]
