"""What must hold in a world: at every moment, of every word told to a patient, and on both sides once it has settled."""

from __future__ import annotations

from collections import Counter

from moonlit.availability.models import Occupancy
from moonlit.booking.models import Appointment
from moonlit.domain.booking import LIVE, OPEN, State
from moonlit.ehr.port import EhrAppointment, EhrStatus
from moonlit.platform.models import OutboxEvent
from moonlit.worklist.models import Task
from tests.machine.world import World

CANCELLED = {State.CANCELLED, State.LATE_CANCELLED}
GONE = CANCELLED | {State.MOVED, State.NO_SHOW}
AS_SHOWN = {
    EhrStatus.BOOKED: {State.BOOKED},
    EhrStatus.CHECKED_IN: {State.CHECKED_IN},
    EhrStatus.CANCELLED: GONE,
}
LAST_WORD = {
    State.BOOKED: {"booked", "moved", "followed", "change_failed"},
    State.CHECKED_IN: {"booked", "moved", "followed", "change_failed"},
    State.CANCELLED: {"cancelled"},
    State.LATE_CANCELLED: {"cancelled"},
    State.LOST: {"not_booked"},
    State.FAILED: {"not_booked"},
}
"""By what a visit of ours is in the end: what its patient may have heard last."""


def check_now(world: World) -> None:
    """At every moment, whatever is under way."""
    rows = list(Appointment.objects.filter(origin="moonlit", state__in=LIVE).values_list("provider_id", "start"))
    assert all(number == 1 for number in Counter(rows).values()), "two live visits of ours at one time"
    for row in Appointment.objects.filter(origin="moonlit", state=State.BOOKED):
        assert any(held == row.athena_appt_id for held, _ in world.ehr.held), "called booked and never was"
    assert not Appointment.objects.filter(puts__gt=3).exists()


def check_told(world: World, after: int) -> int:
    """Every event since that one was true when it was told; the last event's number."""
    for event in OutboxEvent.objects.filter(pk__gt=after).order_by("pk"):
        after = event.pk
        row = Appointment.objects.get(pk=event.subject)
        visit = record_of(world, row)
        match event.topic:
            case "appointment.booked" | "appointment.moved":
                assert (row.athena_appt_id, chart_of(row)) in world.ehr.held, f"told {event.topic}, and it never was"
            case "appointment.cancelled":
                assert visit is None or visit.status is not EhrStatus.BOOKED, "told cancelled, and it stands in the EHR"
            case "appointment.not_booked":
                assert visit is None or visit.status is not EhrStatus.BOOKED, "told not booked, and it is"
    return after


def check_settled(world: World) -> None:
    """Both sides agree, nothing is left to do, and the last word to every patient is true."""
    rows = list(Appointment.objects.select_related("patient", "moved_from"))
    for row in rows:
        assert row.state not in OPEN, f"never resolved: {row.state}"
        assert not row.change, f"a change never ended: {row.change}"
    by_ehr_id = {row.athena_appt_id: row for row in rows if row.athena_appt_id}
    visits = {visit.id: visit for visit in world.ehr.visits()}
    for visit in visits.values():
        row = by_ehr_id.get(visit.id)
        if row is None:
            assert visit.status is EhrStatus.CANCELLED, "an orphan: the EHR holds a visit we know nothing of"
            continue
        assert row.state in AS_SHOWN[visit.status], f"the EHR shows {visit.status}, we say {row.state}"
        if visit.status is not EhrStatus.CANCELLED:
            assert chart_of(row) == visit.patient_id, "the visit is another patient's"
            assert row.start == visit.start
    for row in rows:
        if row.state in {State.BOOKED, State.CHECKED_IN}:
            assert row.athena_appt_id in visits, f"we say {row.state}, the EHR knows nothing of it"
    _one_visit_per_request(world, visits)
    _time_is_kept_or_given_back(rows)
    for row in rows:
        if row.origin == Appointment.Origin.MOONLIT:
            _last_word_is_true(row)


def record_of(world: World, row: Appointment) -> EhrAppointment | None:
    """The visit's record in the EHR, if it is this patient's; None for an open time or a stranger's visit."""
    ids = {row.athena_appt_id or row.slot_ehr_id}
    return next((each for each in world.ehr.visits() if each.id in ids and each.patient_id == chart_of(row)), None)


def chart_of(row: Appointment) -> str:
    if row.patient is not None and row.patient.ehr_patient_id:
        return row.patient.ehr_patient_id
    return row.ehr_patient_id or "none"


def _one_visit_per_request(world: World, visits: dict[str, EhrAppointment]) -> None:
    """Each patient asked for one visit: moved or not, at most one stands, unless staff are told of the second."""
    standing = Counter(
        visit.patient_id for visit in visits.values() if visit.status in {EhrStatus.BOOKED, EhrStatus.CHECKED_IN}
    )
    twice = [chart for chart, number in standing.items() if number > 1]
    if twice:
        kinds = set(Task.objects.filter(state="open").values_list("kind", flat=True))
        assert kinds & {"move_failed", "visit_differs", "cancel_failed"}, "two visits of one patient, and nobody knows"


def _time_is_kept_or_given_back(rows: list[Appointment]) -> None:
    busy = set(Occupancy.objects.filter(live=True).values_list("appointment", flat=True))
    live = {row.pk for row in rows if row.state in LIVE}
    assert busy == live, "time is kept for a visit that is none, or not kept for one that is"


def _last_word_is_true(row: Appointment) -> None:
    told = list(OutboxEvent.objects.filter(subject=str(row.pk)).order_by("pk").values_list("topic", flat=True))
    words = [topic.removeprefix("appointment.") for topic in told]
    state = State(row.state)
    if not words:
        # A visit that was to replace another and never did: its patient heard of the other one.
        replaced = row.moved_from is not None
        assert replaced or state in {State.NO_SHOW, State.CHECKED_IN, State.COMPLETED, State.MOVED}, (
            f"{state}, and the patient was told nothing"
        )
        return
    if state in {State.LOST, State.FAILED} and row.withdrawn_at is not None:
        assert words[-1] == "cancelled", "who takes a request back hears that it is taken back"
    elif state in LAST_WORD:
        assert words[-1] in LAST_WORD[state], f"{state}, and the last word was {words[-1]}"
