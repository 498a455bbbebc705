"""A practice of a thousand clinicians with three payers, ninety days of open slots and years of past visits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import choice
from threading import Event, Thread

from django.db import connection, transaction
from django.db.models import F

from moonlit.audit.actor import SYSTEM
from moonlit.audit.verbs import Verb
from moonlit.availability.models import DepartmentZone, MirrorState, Occupancy, ProviderCalendar
from moonlit.availability.services import rebuild
from moonlit.coverage.models import Payer, ProviderPayer
from moonlit.domain.zones import local_date
from moonlit.practice.models import (
    Engagement,
    License,
    Location,
    Practice,
    Provider,
    ProviderFlag,
    ProviderVisitType,
    VisitType,
)
from moonlit.practice.services import changing_facts

ZONE = "America/Denver"
LONG_AGO = timedelta(days=800)
CAPPED_EVERY = 10
"""One in so many has a weekly cap, which nobody reaches."""

# Nine or ten hours a day; half of them on the hour, the others a quarter or half past.
_SLOTS = """
INSERT INTO availability_slot (ehr_slot_id, provider_id, location_id, start, minutes, ehr_reason_ids, ehr_type_id,
                               repeated_hour, state, seen_at)
SELECT p.number * 100000 + d * 100 + h, p.id, %(location)s,
       (%(today)s::date + d + make_time(8 + h, (ARRAY[0, 30, 0, 15])[1 + p.number %% 4], 0)) AT TIME ZONE %(zone)s,
       60, ARRAY['9' || p.number], '', false, 'open', %(now)s
FROM (SELECT id, row_number() OVER (ORDER BY id) AS number FROM practice_provider) p,
     generate_series(0, %(days)s - 1) d, generate_series(0, 9) h
WHERE h < CASE WHEN p.number %% 5 < 3 THEN 10 ELSE 9 END
"""
_PAST = """
INSERT INTO availability_occupancy (appointment, provider_id, location_id, slot_id, during, local_date, new_patient,
                                    expires_at, origin, live)
SELECT gen_random_uuid(), p.id, %(location)s, 'past-' || n,
       tstzrange(at, at + interval '1 hour'), (at AT TIME ZONE %(zone)s)::date, n %% 3 = 0, NULL, 'moonlit', true
FROM generate_series(%(first)s::int, %(last)s::int - 1) n
JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS number, count(*) OVER () AS count FROM practice_provider) p
  ON p.number = n %% p.count,
LATERAL (SELECT ((%(today)s::date - 1 - (n / p.count)::int) + time '09:00') AT TIME ZONE %(zone)s AS at) t
"""


@dataclass(frozen=True)
class Seeded:
    providers: int
    slots: int
    payers: dict[str, int]
    """Code -> how many it covers."""


def seed(*, providers: int, days: int, now: datetime, progress: Callable[[str], None]) -> Seeded:
    """Everything but the past visits."""
    covered = {"few": min(20, providers), "many": min(200, providers), "everybody": providers}
    progress(f"seeding {providers} clinicians")
    location = _practice(providers, covered, now)
    progress(f"seeding open slots for {days} days")
    with connection.cursor() as cursor:
        cursor.execute(
            _SLOTS,
            {"location": location.pk, "today": local_date(now, ZONE), "zone": ZONE, "days": days, "now": now},
        )
        slots = cursor.rowcount
    DepartmentZone.objects.create(location=location, time_zone=ZONE, ehr_time_zone=ZONE, agrees=True, checked_at=now)
    MirrorState.objects.bulk_create(
        MirrorState(provider_id=pk, location=location, as_of=now, attempted_at=now)
        for pk in Provider.objects.values_list("pk", flat=True)
    )
    for number, pk in enumerate(Provider.objects.order_by("pk").values_list("pk", flat=True), 1):
        with transaction.atomic():
            rebuild(pk, now=now)
        if number % 200 == 0:
            progress(f"calendars: {number} of {providers}")
    return Seeded(providers, slots, covered)


def add_past_visits(first: int, last: int, now: datetime) -> None:
    """Numbers `first` up to, not including, `last`: one a day for each clinician, back from yesterday."""
    location = Location.objects.get()
    arguments = {"location": location.pk, "zone": ZONE, "today": local_date(now, ZONE), "first": first, "last": last}
    with connection.cursor() as cursor:
        cursor.execute(_PAST, arguments)
        cursor.execute("ANALYZE")


def add_holds(count: int, now: datetime) -> None:
    """Patients who are typing right now."""
    location = Location.objects.get()
    today = local_date(now, ZONE)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO availability_occupancy (appointment, provider_id, location_id, slot_id, during, local_date,
                                                new_patient, expires_at, origin, live)
            SELECT gen_random_uuid(), s.provider_id, s.location_id, s.ehr_slot_id,
                   tstzrange(s.start, s.start + interval '1 hour'), (s.start AT TIME ZONE %(zone)s)::date, true,
                   %(until)s, 'moonlit', true
            FROM (SELECT DISTINCT ON (provider_id) * FROM availability_slot
                  WHERE start > %(from)s ORDER BY provider_id, start LIMIT %(count)s) s
            """,
            {"location": location.pk, "zone": ZONE, "until": now + timedelta(hours=6), "count": count,
             "from": datetime.combine(today + timedelta(days=3), datetime.min.time(), tzinfo=now.tzinfo)},
        )  # fmt: skip


@contextmanager
def changing(per_second: float) -> Iterator[None]:
    """Meanwhile calendars change, as bookings and the sync change them: no answer stays good for long."""
    stop = Event()

    def change() -> None:
        calendars = list(ProviderCalendar.objects.order_by("pk").values_list("pk", flat=True))
        while not stop.wait(1 / per_second):
            ProviderCalendar.objects.filter(pk=choice(calendars)).update(slot_minutes=F("slot_minutes"))
        connection.close()

    thread = Thread(target=change)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def occupied() -> int:
    return Occupancy.objects.count()


def _practice(count: int, covered: dict[str, int], now: datetime) -> Location:
    today = local_date(now, ZONE)
    with changing_facts(Verb.PRACTICE_LOADED, actor=SYSTEM, subject="practice:1"):
        Practice.objects.create(
            name="Bench Practice", message_name="Bench", time_zone=ZONE, phone="801-555-0100", states=["UT"],
            home_state="UT", anchor=today,
        )  # fmt: skip
        location = Location.objects.create(
            code="video", name="Video visit", kind="telehealth", ehr_department_id="1", time_zone=ZONE
        )
        intake = VisitType.objects.create(
            code="intake", name={"en": "First visit"}, family="medication", minutes=60, new_patient=True,
            modalities=["telehealth"], self_pay_cents=40000,
        )  # fmt: skip
        payers = [
            Payer.objects.create(code=code, name=code.title(), type="commercial", state="UT", plan_codes=[])
            for code in covered
        ]
        people = Provider.objects.bulk_create(
            Provider(
                npi=f"{1_900_000_000 + number}", first_name="Fictional", last_name=f"Clinician {number}",
                credentials="MD", profession="attending_physician", calendar_source_id=str(1000 + number),
                weekly_new_patient_cap=50 if number % CAPPED_EVERY == 0 else None,
            )
            for number in range(1, count + 1)
        )  # fmt: skip
        since = today - LONG_AGO
        Engagement.objects.bulk_create(Engagement(provider=each, starts=since) for each in people)
        License.objects.bulk_create(
            License(provider=each, state="UT", number="1", starts=since, ends=_ends(number, today))
            for number, each in enumerate(people)
        )
        ProviderFlag.objects.bulk_create(
            ProviderFlag(provider=each, flag=flag, starts=since) for each in people for flag in ProviderFlag.Flag.values
        )
        ProviderVisitType.objects.bulk_create(
            ProviderVisitType(provider=each, visit_type=intake, minutes=60, ehr_reason_id=f"9{number}")
            for number, each in enumerate(people, 1)
        )
        ProviderPayer.objects.bulk_create(
            ProviderPayer(
                provider=each, payer=payer, status="active", effective_date=since, confirmed_by="letter",
                confirmed_on=since,
            )
            for payer in payers
            for each in _spread(people, covered[payer.code])
        )  # fmt: skip
    return location


def _spread(people: list[Provider], count: int) -> list[Provider]:
    """So many, evenly from the whole list."""
    return people[:: len(people) // count][:count]


def _ends(number: int, today: date) -> date | None:
    """One licence in fifteen ends within the horizon, each on another day: an ending licence is a bit."""
    return today + timedelta(days=20 + number % 70) if number % 15 == 7 else None
