"""What must hold on both sides once the EHR is well again, whatever went wrong before (quality: correctness under fire)."""

from __future__ import annotations

from collections import Counter
from typing import Any

from moonlit.audit.models import AuditEvent
from moonlit.availability.models import CapCount, Occupancy
from moonlit.booking.models import Appointment
from moonlit.booking.queries import status_by_token
from moonlit.booking.services import Accepted
from moonlit.domain.booking import OPEN
from moonlit.people.models import Patient
from moonlit.platform.models import OutboxEvent
from moonlit.worklist.models import Task
from tests.faults.athena_scene import AthenaScene

UNDER_OUR_NAME = "API-20417"
HOLDING = {"f", "2", "3", "4"}
STEPS = (
    "requested",
    "submitted",
    "unknown",
    "booked",
    "lost",
    "failed",
    "cancelled",
)


def check(scene: AthenaScene, accepted: Accepted) -> None:
    """One booking and the whole EHR. Call when it has settled."""
    row = scene.row(accepted)
    check_ehr(scene)
    _nothing_is_left_to_do(row)
    _told_the_truth(scene, accepted, row)
    _time_is_kept_or_given_back(row)
    _one_chart(scene, row)
    _supervision_is_written_or_somebodys_task(scene, row)
    _every_step_is_on_record(row)


def check_ehr(scene: AthenaScene) -> None:
    """No double booking, no lost booking, no orphan: what the EHR holds for us is what we call booked."""
    visits = [visit for visit in scene.visits() if visit["status"] in HOLDING]
    times = Counter((visit["providerid"], visit["date"], visit["starttime"]) for visit in visits)
    assert all(number == 1 for number in times.values()), "one provider sees two patients at once"
    ours = {str(visit["id"]): _reference(visit) for visit in visits if visit["scheduledby"] == UNDER_OUR_NAME}
    booked = {row.athena_appt_id: str(row.pk) for row in Appointment.objects.filter(state="booked")}
    assert ours == booked
    assert len(set(ours.values())) == len(ours), "one request holds two visits"


def _reference(visit: dict[str, Any]) -> str:
    (note,) = visit["notes"]
    return note["text"].rpartition("Moonlit booking ")[2]


def _nothing_is_left_to_do(row: Appointment) -> None:
    assert row.state in {"booked", "lost", "failed"}
    assert row.next_look_at is None
    assert row.puts <= 3
    assert (row.athena_appt_id is not None) == (row.state == "booked")


def _told_the_truth(scene: AthenaScene, accepted: Accepted, row: Appointment) -> None:
    status = status_by_token(accepted.status_token, scene.clock())
    assert status is not None
    assert status.state == ("booked" if row.state == "booked" else "not_booked")
    assert status.provider.id == row.provider_id
    events = OutboxEvent.objects.filter(subject=str(row.pk)).values_list("topic", "version")
    topic = "appointment.booked" if row.state == "booked" else "appointment.not_booked"
    assert list(events) == [(topic, row.version)], "told twice, or not what is true"
    open_kinds = set(Task.objects.filter(subject=f"appointment:{row.pk}", state="open").values_list("kind", flat=True))
    assert ("not_booked_call" in open_kinds) == (row.state != "booked")
    assert not open_kinds & {"booking_stuck", "pending_too_long", "ehr_refused_patient", "identity_review"}


def _time_is_kept_or_given_back(row: Appointment) -> None:
    live = Occupancy.objects.filter(appointment=row.pk, live=True)
    if row.state == "booked":
        assert [(each.provider_id, each.slot_id) for each in live] == [(row.provider_id, row.athena_appt_id)]
    else:
        assert not live.exists()
    counted = sum(CapCount.objects.filter(kind=CapCount.Kind.DAY).values_list("count", flat=True))
    assert counted == Occupancy.objects.filter(live=True).count()


def _one_chart(scene: AthenaScene, row: Appointment) -> None:
    person = Patient.objects.get(pk=row.patient_id)
    charts = [chart["patientid"] for chart in scene.charts() if chart.get("email") == person.email]
    assert len(charts) <= 1, "one person, two charts"
    if row.state == "booked":
        assert charts == [person.ehr_patient_id]
        (visit,) = [visit for visit in scene.visits() if str(visit["id"]) == row.athena_appt_id]
        assert visit["patientid"] == person.ehr_patient_id
    if person.ehr_patient_id:
        audited = AuditEvent.objects.filter(subject=f"patient:{person.pk}", verb="people:patient:matched")
        assert audited.count() == 1


def _supervision_is_written_or_somebodys_task(scene: AthenaScene, row: Appointment) -> None:
    if row.state != "booked" or row.route != "supervised":
        assert row.supervision_write == "not_needed"
        return
    (visit,) = [visit for visit in scene.visits() if str(visit["id"]) == row.athena_appt_id]
    tasks = Task.objects.filter(kind="write_supervision_failed", subject=f"appointment:{row.pk}", state="open")
    if row.supervision_write == "written":
        assert visit["supervisingproviderid"] == scene_id(scene, row.supervisor_id)
        assert not tasks.exists()
    else:
        assert row.supervision_write == "failed"
        assert tasks.count() == 1


def scene_id(scene: AthenaScene, provider_id: int | None) -> str:
    """The EHR's id of one of our providers."""
    return next(ehr_id for ehr_id, provider in scene.providers.items() if provider.pk == provider_id)


def _every_step_is_on_record(row: Appointment) -> None:
    steps = list(row.history.order_by("id").values_list("state", flat=True))
    assert steps[0] == "pending"
    assert steps[-1] == row.state
    verbs = [f"booking:appointment:{step}" for step in STEPS]
    assert AuditEvent.objects.filter(subject=f"appointment:{row.pk}", verb__in=verbs).count() == len(steps)
    assert not {state.value for state in OPEN} & {steps[-1]}
