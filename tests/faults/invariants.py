"""What must hold on both sides once the EHR is well again, whatever went wrong before (quality: correctness under fire)."""

from __future__ import annotations

from collections import Counter
from typing import Any
from uuid import UUID

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
    ours = {str(visit["id"]): visit for visit in visits if visit["scheduledby"] == UNDER_OUR_NAME}
    rows = Appointment.objects.filter(origin="moonlit", state__in=["booked", "checked_in"]).select_related("patient")
    booked = {row.athena_appt_id: row for row in rows}
    assert ours.keys() == booked.keys(), "the EHR holds other visits of ours than those we call booked"
    for number, visit in ours.items():
        assert visit["patientid"] == booked[number].patient.ehr_patient_id, "the visit is another patient's"
        assert not visit["notes"] or _reference(visit) in {str(booked[number].pk), str(booked[number].moved_from_id)}
    assert len({row.patient_id for row in booked.values()}) == len(booked), "one request holds two visits"


def check_change(scene: AthenaScene, accepted: Accepted, new: UUID | None = None) -> None:
    """A visit that was booked and then cancelled or (to `new`) moved, and the whole EHR. Call when it has settled."""
    check_ehr(scene)
    old = scene.row(accepted)
    rows = [old] if new is None else [old, Appointment.objects.get(pk=new)]
    for row in rows:
        assert row.state not in OPEN
        assert not row.change, "a change never ended"
        assert row.next_look_at is None
        assert row.change_next_at is None
        _time_is_kept_or_given_back(row)
        if row.state == "booked":
            _supervision_is_written_or_somebodys_task(scene, row)
        verbs = AuditEvent.objects.filter(subject=f"appointment:{row.pk}").values_list("verb", flat=True)
        assert row.history.order_by("id").last().state == row.state
        assert any(verb.startswith("booking:appointment:") for verb in verbs)
    _one_chart(scene, next((row for row in rows if row.state == "booked"), old))
    told = {row.pk: list(_told(row)) for row in rows}
    wanted = _words(old, rows[-1] if new is not None else None)
    assert told == wanted, "told twice, or not what is true"
    # `old` is the patient's link of the first message: revoked with the visit, and until then it tells the truth.
    assert (status_by_token(accepted.status_token, scene.clock()) is None) or _shows(scene, accepted, rows)


def _told(row: Appointment) -> list[str]:
    return list(OutboxEvent.objects.filter(subject=str(row.pk)).order_by("id").values_list("topic", flat=True))


def _words(old: Appointment, new: Appointment | None) -> dict[UUID, list[str]]:
    """What must have been told of each visit, in this order and nothing twice."""
    words = {old.pk: ["appointment.booked"]}
    if new is not None and new.booked_at is not None:
        words[new.pk] = ["appointment.moved"]
    elif new is not None:
        words[old.pk].append("appointment.change_failed")
        words[new.pk] = []
    elif old.state in {"cancelled", "late_cancelled"}:
        words[old.pk].append("appointment.cancelled")
    return words


def _shows(scene: AthenaScene, accepted: Accepted, rows: list[Appointment]) -> bool:
    """Whether the status page shows the visit that counts now, in the state it is in."""
    status = status_by_token(accepted.status_token, scene.clock())
    counts = rows[-1] if rows[-1].booked_at is not None else rows[0]
    return (status.state, status.start) == (counts.state, counts.start)


def _reference(visit: dict[str, Any]) -> str:
    return visit["notes"][0]["text"].rpartition("Moonlit booking ")[2]


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
    if row.state in {"booked", "checked_in"}:
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
