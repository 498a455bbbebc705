"""Many at once: for one slot, for one booking's next step, for the last place of a cap, against the mirror."""

import itertools
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, time, timedelta
from functools import partial
from threading import Barrier, Lock

import pytest
from django.db import connection, connections, transaction

from moonlit.audit.actor import PUBLIC
from moonlit.audit.models import AuditEvent
from moonlit.availability.models import CapCount, Occupancy, ProviderCalendar
from moonlit.availability.queries import candidates
from moonlit.availability.services import Answer, mirror, rebuild
from moonlit.booking.models import Appointment, AppointmentState, ManageLink
from moonlit.booking.services import SlotTaken, advance, request_booking, sweep
from moonlit.domain.zones import first_instant
from moonlit.people.models import Consent, Insurance, Patient, RoiContact
from moonlit.platform.db import advisory_lock
from moonlit.platform.models import OutboxEvent
from moonlit.practice.models import Location, Provider
from tests.faults.invariants import check
from tests.support.people import BY_VIDEO, a_request, patient
from tests.support.scene import DENVER, Clock

pytestmark = pytest.mark.django_db(transaction=True)

FRIDAY = date(2026, 3, 6)
RIVALS = 8
ROUNDS = 200 if os.environ.get("MOONLIT_LONG") == "1" else 20
WRITTEN = (Appointment, AppointmentState, Patient, Insurance, Consent, RoiContact, Occupancy, ManageLink, OutboxEvent)


class Ticking(Clock):
    """A clock on which no two readings are the same, as on a real one."""

    _ticks = itertools.count(1)
    _lock = Lock()

    def __call__(self):
        with self._lock:
            return self.at + timedelta(microseconds=next(self._ticks))


def at_once(*tasks):
    """Run each task on a thread and a connection of its own, all released together; their results, or what they raised."""
    start = Barrier(len(tasks))

    def run(task):
        try:
            connection.ensure_connection()
            start.wait(30)
            return task()
        except Exception as fault:  # noqa: BLE001  looked at by the test
            return fault
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(tasks)) as pool:
        return list(pool.map(run, tasks))


def ask(scene, start, number, provider=None, criteria=BY_VIDEO):
    someone = patient(first_name=f"Rival{'abcdefghijklmnop'[number]}", email=f"rival{number}@example.org")
    wanted = a_request(start, now=scene.clock(), provider=provider, criteria=criteria, patient=someone)
    return lambda: request_booking(wanted, actor=PUBLIC, now=scene.clock())


def counted():
    jobs = "SELECT count(*) FROM procrastinate_jobs"
    with connection.cursor() as cursor:
        cursor.execute(jobs)
        (queued,) = cursor.fetchone()
    rows = {model.__name__: model.objects.count() for model in WRITTEN}
    return {**rows, "jobs": queued, "audit": AuditEvent.objects.count()}


def open_hours(scene, *providers, days, apart=timedelta(days=1)):
    """Lay eight open slots on each of so many days from Friday on; their starts, one at a time."""
    dates = [FRIDAY + number * apart for number in range(days)]
    hours = [f"{hour:02}:00" for hour in range(8, 16)]
    for day, provider in itertools.product(dates, providers):
        scene.open(provider, day, *hours)
    scene.sync()
    return iter([first_instant(day, time.fromisoformat(hour), DENVER) for day in dates for hour in hours])


@pytest.fixture
def ticking(scene):
    scene.clock = Ticking()
    return scene


def test_of_eight_who_want_one_slot_one_gets_it_and_the_others_leave_no_trace(ticking):
    starts = open_hours(ticking, "72", days=-(-ROUNDS // 8))
    resident = ticking.providers["72"].pk
    alone = None
    for start in itertools.islice(starts, ROUNDS):
        before = counted()
        answers = at_once(*(ask(ticking, start, number, resident) for number in range(RIVALS)))
        taken = [answer for answer in answers if isinstance(answer, SlotTaken)]
        assert len(taken) == RIVALS - 1, answers
        written = {name: number - before[name] for name, number in counted().items()}
        alone = alone or written
        assert written == alone
        assert (written["Appointment"], written["Patient"], written["Occupancy"], written["jobs"]) == (1, 1, 1, 1)
    assert sum(CapCount.objects.filter(kind="week_new").values_list("count", flat=True)) == ROUNDS


def test_of_eight_who_take_anybody_as_many_get_in_as_there_are_clinicians(ticking):
    for start in itertools.islice(open_hours(ticking, "71", "72", days=1), 5):
        answers = at_once(*(ask(ticking, start, number) for number in range(RIVALS)))
        assert sorted(each.provider for each in answers if not isinstance(each, Exception)) == sorted(
            ticking.providers[provider].pk for provider in ("71", "72")
        )
        assert sum(isinstance(each, SlotTaken) for each in answers) == RIVALS - 2


def test_of_eight_for_the_last_place_of_the_week_one_gets_it(ticking):
    resident = ticking.providers["72"].pk
    starts = open_hours(ticking, "72", days=3, apart=timedelta(weeks=1))
    Provider.objects.filter(pk=resident).update(weekly_new_patient_cap=2)
    for _ in range(3):
        hours = list(itertools.islice(starts, 8))
        ask(ticking, hours[0], 0, resident)()
        # Each wants another hour of that week: only the cap stands between them.
        answers = at_once(*(ask(ticking, start, number, resident) for number, start in enumerate(hours[1:], 1)))
        assert sum(not isinstance(each, Exception) for each in answers) == 1
        assert sum(isinstance(each, SlotTaken) for each in answers) == 6
    assert set(CapCount.objects.filter(kind="week_new").values_list("count", flat=True)) == {2}


def test_bookings_and_refreshes_of_the_mirror_leave_calendars_that_are_right(ticking):
    resident = ticking.providers["72"]
    starts = list(itertools.islice(open_hours(ticking, "72", days=1), 6))
    video = Location.objects.get(code="video")
    asked = {"department_id": "1", "time_zone": DENVER, "provider_ids": ["72"], "reason_ids": ["172"]}

    def refresh():
        asked_at = ticking.clock()
        found = ticking.ehr.open_slots(**asked, first_day=FRIDAY, last_day=FRIDAY)
        mirror(Answer(video, FRIDAY, FRIDAY, found.slots, asked_at), [resident], now=ticking.clock())

    for number, start in enumerate(starts):
        ticking.open("72", FRIDAY, f"1{number}:30")  # so that there is something to take over
        answers = at_once(
            *(ask(ticking, start, rival, resident.pk) for rival in range(4)), *(refresh for _ in range(4))
        )
        assert sum(isinstance(each, SlotTaken) for each in answers) == 3
        assert answers[4:] == [None] * 4
        assert not candidates(BY_VIDEO, start, provider_id=resident.pk, now=ticking.clock())
    shown = list(ProviderCalendar.objects.order_by("id").values_list("bits", "odd_starts"))
    with transaction.atomic():
        advisory_lock("provider", resident.pk)
        rebuild(resident.pk, now=ticking.clock())
    assert list(ProviderCalendar.objects.order_by("id").values_list("bits", "odd_starts")) == shown


def test_two_lost_bookings_that_want_each_others_clinician_both_get_him(ticking):
    """Each transaction touches both clinicians, in opposite order: a deadlock, unless locks are taken in order."""
    basin = replace(BY_VIDEO, payer="basin")
    ada, bea = (ticking.providers[each].pk for each in ("71", "73"))
    days = [FRIDAY + timedelta(weeks=week) for week in range(5)]
    for day, provider in itertools.product(days, ("71", "73")):
        ticking.open(provider, day, "10:00", "12:00")
    ticking.sync()
    for day in days:
        first, second = (
            ask(ticking, first_instant(day, time(hour), DENVER), number, criteria=basin)()
            for number, hour in enumerate((10, 12))
        )
        assert (first.provider, second.provider) == (ada, bea)
        for each in (first, second):
            ticking.ehr.staff_book(Appointment.objects.get(pk=each.appointment).slot_ehr_id, "1")
            advance(each.appointment, clock=ticking.clock)
        ticking.clock.forward(minutes=1)
        steps = [partial(advance, each.appointment, clock=ticking.clock) for each in (first, second)]
        assert at_once(*steps) == [None, None]
        rows = [Appointment.objects.get(pk=each.appointment) for each in (first, second)]
        assert [(row.state, row.provider_id) for row in rows] == [("booked", bea), ("booked", ada)]


@pytest.fixture
def over_http(athena):
    athena.clock = Ticking()
    athena.ehr = athena.adapter()
    return athena


@pytest.mark.parametrize(("first_put", "puts"), [(None, 1), ("commit_then_reset", 1), ("429", 2)])
def test_eight_workers_on_one_booking_put_once(over_http, first_put, puts):
    """Eight at the search for the chart; and, when the first put fails, eight at the look or at the second put."""
    hours = ["09:00", "10:00", "11:00"]
    over_http.open("72", FRIDAY, *hours)
    over_http.sync()
    for number, hour in enumerate(hours, 1):
        accepted = over_http.book(FRIDAY, hour, "72")
        if first_put:
            over_http.control("POST", "faults", {"op": "book", "kind": first_put})
        for _ in range(4):
            workers = [partial(over_http.work, accepted)] * 6 + [partial(sweep, clock=over_http.clock)] * 2
            assert at_once(*workers) == [None] * RIVALS
            over_http.until_due()
        assert over_http.row(accepted).supervision_write == "written"
        for op, calls in (("create_patient", 1), ("book", puts), ("update_booked", 1)):
            assert len(over_http.calls(op)) == number * calls
        check(over_http, accepted)
