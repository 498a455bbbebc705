"""Every way a change, a note or a chart write can fail: what the caller is told, and whether something was stored."""

from dataclasses import replace
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from moonlit.ehr.port import AlreadyDone, ChartDetails, EhrStatus, Rejected, Retry, Throttled, Unknown
from tests.contracts.asking import ADA, booked, cancel, move
from tests.contracts.test_athena_faults import CANARY, READ_FAULTS, WRITE_FAULTS, calls
from tests.contracts.test_ehr_contract_charts import FORMS, POLICY
from tests.contracts.worlds import NEW, NOW, RESIDENT, ROME, VIDEO, WEEK


class Visit:
    """One booked visit, an open slot beside it, and every write there is with how to see whether it was stored."""

    def __init__(self, world):
        self.world = world
        self.id, self.patient_id = booked(world)
        self.slot_id = world.slot(at="14:00")
        self.read = world.ehr

    def write(self, operation, ehr):
        match operation:
            case "cancel":
                ehr.cancel(appointment_id=self.id, patient_id=self.patient_id, reason="")
            case "reschedule":
                ehr.reschedule(
                    appointment_id=self.id,
                    new_slot_id=self.slot_id,
                    patient_id=self.patient_id,
                    reason_id=NEW,
                    reason="",
                )
            case "freeze":
                ehr.freeze(self.slot_id)
            case "add_note":
                ehr.add_note(self.id, "Asked to come earlier.")
            case "add_insurance":
                ehr.add_insurance(self.patient_id, POLICY, department_id=VIDEO)
            case "set_privacy":
                ehr.set_privacy(self.patient_id, FORMS, department_id=VIDEO)
            case "update_patient":
                ehr.update_patient(self.patient_id, ChartDetails(city="Provo"))

    def stored(self, operation):
        match operation:
            case "cancel":
                return self.read.appointment(self.id).status is EhrStatus.CANCELLED
            case "reschedule":
                return self.read.appointment(self.id).rescheduled_to == self.slot_id
            case "freeze":
                try:
                    self.read.unfreeze(self.slot_id)
                except AlreadyDone:
                    return False
                return True
            case "add_note":
                return "Asked to come earlier." in self.read.notes(self.id)
            case "add_insurance":
                return bool(self.read.insurances(self.patient_id))
            case "set_privacy":
                return bool(self.world.control("GET", f"patients/{self.patient_id}")["privacy"])
            case "update_patient":
                return self.read.patient(self.patient_id).details.city == "Provo"


WRITES = ("cancel", "reschedule", "freeze", "add_note", "add_insurance", "set_privacy", "update_patient")


@pytest.mark.parametrize(("fault", "error", "stored"), WRITE_FAULTS)
@pytest.mark.parametrize("operation", WRITES)
def test_a_write_that_fails_is_sent_once_and_read_back_truly(simulator, operation, fault, error, stored):
    visit = Visit(simulator)
    simulator.fault(operation=operation, **fault)
    with pytest.raises(error):
        visit.write(operation, simulator.adapter(read_seconds=0.3))
    assert len(calls(simulator, operation)) == 1
    assert visit.stored(operation) is stored


READS = {
    "booked": lambda ehr, _: ehr.appointments_between(department_ids=[VIDEO], **WEEK),
    "notes": lambda ehr, visit: ehr.notes(visit.id),
    "packages": lambda ehr, _: ehr.packages(plan_name="harbor", member_id="M-1"),
    "insurances": lambda ehr, visit: ehr.insurances(visit.patient_id),
    "patient": lambda ehr, visit: ehr.current_patient_id(visit.patient_id),
    "subscription": lambda ehr, _: ehr.subscribe(),
    "changed": lambda ehr, _: ehr.changed_since(None),
}


@pytest.mark.parametrize(("fault", "error"), READ_FAULTS)
@pytest.mark.parametrize("operation", READS)
def test_a_read_that_keeps_failing_says_so(simulator, operation, fault, error):
    visit = Visit(simulator)
    simulator.fault(operation=operation, times=None, **fault)
    with pytest.raises(error):
        READS[operation](simulator.adapter(read_seconds=0.2, read_attempts=2), visit)


@pytest.mark.parametrize("operation", set(READS) - {"changed"})
def test_a_read_that_fails_once_is_asked_again(simulator, operation):
    visit = Visit(simulator)
    simulator.fault("503", operation)
    READS[operation](simulator.ehr, visit)
    assert len(calls(simulator, operation)) == 2


def test_a_change_feed_that_fails_is_not_asked_again_by_itself(simulator):
    simulator.ehr.subscribe()
    visit = Visit(simulator)
    simulator.fault("commit_then_reset", "changed")
    with pytest.raises(Retry):
        simulator.ehr.changed_since(None)
    assert len(calls(simulator, "changed")) == 1
    told = {one.id for one in simulator.ehr.changed_since(NOW - timedelta(minutes=1)).appointments}
    assert visit.id in told


@pytest.mark.parametrize("fault", ["staff_cancelled", "staff_checked_in"])
@pytest.mark.parametrize("operation", ["cancel", "reschedule"])
def test_a_front_desk_that_is_faster_is_told_apart_by_reading_the_visit(simulator, operation, fault):
    visit = Visit(simulator)
    simulator.fault(fault, operation)
    gone = operation == "cancel" and fault == "staff_cancelled"
    with pytest.raises(AlreadyDone if gone else Rejected) as caught:
        visit.write(operation, simulator.ehr)
    assert gone or caught.value.code == "not_booked"
    assert simulator.ehr.appointment(visit.slot_id).status is EhrStatus.OPEN


@pytest.mark.parametrize("operation", ["cancel", "reschedule"])
def test_a_refusal_whose_visit_cannot_be_read_is_unknown(simulator, operation):
    visit = Visit(simulator)
    simulator.checked_in(visit.id)
    simulator.fault("503", "appointment", times=None)
    with pytest.raises(Unknown):
        visit.write(operation, simulator.adapter(read_attempts=2))


def test_a_slot_taken_while_moving_leaves_the_visit_where_it_was(simulator):
    visit = Visit(simulator)
    simulator.fault("slot_taken", "reschedule")
    with pytest.raises(AlreadyDone):
        visit.write("reschedule", simulator.ehr)
    assert simulator.ehr.appointment(visit.id).status is EhrStatus.BOOKED
    assert simulator.ehr.appointment(visit.slot_id).patient_id != visit.patient_id


def test_a_move_that_happened_but_cannot_be_read_back_is_unknown(simulator):
    visit = Visit(simulator)
    simulator.fault("503", "appointment", times=None)
    with pytest.raises(Unknown):
        visit.write("reschedule", simulator.adapter(read_attempts=2))
    simulator.control("DELETE", "faults")
    assert visit.stored("reschedule")


@pytest.mark.parametrize("quirks", ["mixed", "strings", "proper"])
def test_every_change_reads_the_same_in_every_encoding(simulator, quirks):
    simulator.control("POST", "settings", {"quirks": quirks})
    ehr = simulator.ehr
    ehr.subscribe()
    visit = Visit(simulator)
    assert ehr.changed_since(None).appointments
    moved = move(simulator, visit.id, visit.slot_id, visit.patient_id)
    assert (moved.id, moved.provider_id) == (visit.slot_id, RESIDENT)
    ehr.freeze(simulator.slot(at="16:00"))
    ehr.add_note(visit.slot_id, "Asked to come earlier.")
    assert "Asked to come earlier." in ehr.notes(visit.slot_id)
    policy_id = ehr.add_insurance(visit.patient_id, POLICY, department_id=VIDEO)
    assert [policy.id for policy in ehr.insurances(visit.patient_id)] == [policy_id]
    ehr.set_privacy(visit.patient_id, FORMS, department_id=VIDEO)
    assert len(ehr.packages(plan_name="harbor", member_id="M-1")) == 1
    cancel(simulator, visit.slot_id, visit.patient_id)
    statuses = {one.id: one.status for one in ehr.changed_since(None).appointments}
    assert (statuses[visit.id], statuses[visit.slot_id]) == (EhrStatus.CANCELLED, EhrStatus.CANCELLED)
    listed = ehr.appointments_between(department_ids=[VIDEO, ROME], **WEEK)
    assert {one.id: one.rescheduled_to for one in listed} == {visit.id: visit.slot_id, visit.slot_id: ""}
    simulator.merge(visit.patient_id, other := simulator.chart(replace(ADA, first_name="Bea")))
    assert ehr.current_patient_id(visit.patient_id) == other
    simulator.control("POST", "settings", {"quirks": "mixed"})


def test_long_lists_of_visits_are_followed_by_their_pages(simulator):
    patient_id = simulator.chart(ADA)
    expected = {booked(simulator, patient_id, at=f"{hour:02}:00")[0] for hour in range(8, 15)}
    ehr = simulator.adapter(page_size=3)
    assert {visit.id for visit in ehr.appointments_between(department_ids=[VIDEO], **WEEK)} == expected
    assert len(calls(simulator, "booked")) == 3


def test_a_feed_longer_than_a_page_is_emptied_by_asking_again(simulator):
    simulator.ehr.subscribe()
    patient_id = simulator.chart(ADA)
    expected = {booked(simulator, patient_id, at=f"{hour:02}:00")[0] for hour in range(8, 15)}
    ehr, told, sizes = simulator.adapter(page_size=3), set(), []
    while rows := ehr.changed_since(None).raw:
        sizes.append(len(rows))
        told |= {row["appointmentid"] for row in rows}
    assert (told, sizes) == (expected, [3, 3, 1])
    assert {one.id for one in ehr.changed_since(NOW - timedelta(minutes=1)).appointments} == expected


def test_only_the_signed_form_is_marked_at_the_departments_clock(simulator):
    patient_id = simulator.chart(ADA)
    simulator.ehr.set_privacy(patient_id, FORMS, department_id=VIDEO)
    on_file = simulator.control("GET", f"patients/{patient_id}")["privacy"]
    assert {name for name in on_file if not name.startswith("signature")} == {"privacynotice"}
    assert (on_file["signaturename"], on_file["signaturedatetime"]) == ("Ada Quillfeather", "2026-03-02 07:00:00")


def test_no_log_and_no_error_of_a_change_names_a_patient(simulator, caplog):
    said = []
    with capture_logs() as logs, caplog.at_level(0):
        visit = Visit(simulator)
        policy = replace(POLICY, holder_last_name=CANARY.last_name, holder_first_name=CANARY.first_name)
        signed = replace(FORMS, signer_name="Zephyrine Quillfeather")
        writes = {
            **{operation: lambda operation=operation: visit.write(operation, simulator.ehr) for operation in WRITES},
            "add_note": lambda: simulator.ehr.add_note(visit.id, "Zephyrine Quillfeather"),
            "add_insurance": lambda: simulator.ehr.add_insurance(visit.patient_id, policy, department_id=VIDEO),
            "set_privacy": lambda: simulator.ehr.set_privacy(visit.patient_id, signed, department_id=VIDEO),
        }
        for operation, write in writes.items():
            for kind in ("success_false", "500", "429"):
                simulator.fault(kind, operation)
                with pytest.raises((Rejected, Unknown, Throttled)) as caught:
                    write()
                said.append(repr(caught.value) + str(caught.value.__cause__))
    text = str(logs) + caplog.text + str(said)
    assert len(logs) > 18
    for secret in ("Quillfeather", "Zephyrine", "M-1", "1988", f"/{visit.patient_id}/"):
        assert secret not in text
