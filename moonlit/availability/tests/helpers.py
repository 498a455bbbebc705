"""What the tests of this room share: criteria, a look at what is shown, and changes to the practice."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from uuid import uuid4

from moonlit.audit.actor import SYSTEM
from moonlit.audit.verbs import Verb
from moonlit.availability.queries import candidates, merged
from moonlit.availability.services import Answer, mirror, occupy
from moonlit.domain.criteria import Criteria
from moonlit.domain.reasons import Modality
from moonlit.domain.zones import first_instant, local_date
from moonlit.ehr.port import OpenSlot
from moonlit.practice.models import Location, Provider
from moonlit.practice.services import changing_facts
from tests.support.scene import DENVER, MONDAY

BASIN = Criteria(visit_type="intake", modality=Modality.TELEHEALTH, place_state="UT", payer="basin")
"""71 and 73 have contracts of their own."""
ALPINE = replace(BASIN, payer="alpine")
"""71 has a contract, 72 is seen under her supervision."""
IN_CLINIC = replace(BASIN, modality=Modality.IN_PERSON, location="clinic")
FRIDAY = date(2026, 3, 6)
LAST_DAY = MONDAY + timedelta(days=90)


def at(day: date, clock: str, zone: str = DENVER) -> datetime:
    """The instant a wall clock shows."""
    return first_instant(day, time.fromisoformat(clock), zone)


def shown(scene, criteria=BASIN, first=MONDAY, last=LAST_DAY, providers=None):
    """{"2026-03-06 09:00": {"71", "73"}} of everything the criteria are offered, on the clock of the place."""
    names = {row.pk: ehr for ehr, row in scene.providers.items()}
    wanted = None if providers is None else [scene.providers[each].pk for each in providers]
    found = merged(criteria, first_day=first, last_day=last, now=scene.clock(), provider_ids=wanted)
    return {
        f"{slot.start:%Y-%m-%d %H:%M}": {names[each] for each in slot.providers}
        for day in found.days
        for slot in day.slots
    }


def times(scene, criteria=BASIN, day=FRIDAY, **more):
    """{"09:00": {"71"}} of one day."""
    found = shown(scene, criteria, first=day, last=day, **more)
    return {start[-5:]: who for start, who in found.items()}


def bookable(scene, criteria, start, provider=None):
    wanted = None if provider is None else scene.providers[provider].pk
    return candidates(criteria, start, provider_id=wanted, now=scene.clock())


def take(scene, provider, start, *, minutes=60, place="video", new_patient=True, appointment=None, **more):
    """Occupy time as a booking does; its appointment."""
    place = Location.objects.get(code=place)
    appointment = appointment or uuid4()
    occupy(
        appointment=appointment,
        provider_id=scene.providers[provider].pk,
        location_id=place.pk,
        slot_id=more.pop("slot_id", None),
        start=start,
        end=start + timedelta(minutes=minutes),
        local_date=local_date(start, place.time_zone),
        new_patient=new_patient,
        now=scene.clock(),
        **more,
    )
    return appointment


def hold(scene, provider, start, *, minutes=10, **more):
    return take(scene, provider, start, expires_at=scene.clock() + timedelta(minutes=minutes), **more)


def a_slot(slot_id, start, *, provider="71", minutes=60, reasons=None, type_id="", department="1", **more):
    reasons = (f"1{provider}",) if reasons is None else reasons
    return OpenSlot(slot_id, department, provider, start, minutes, reasons, type_id, **more)


def mirrored(scene, *slots, place="video", asked_at=None, first=MONDAY, last=LAST_DAY, **more):
    """Take over an answer of the EHR for every provider at a place."""
    answer = Answer(
        location=Location.objects.get(code=place),
        first_day=first,
        last_day=last,
        slots=tuple(slots),
        asked_at=asked_at or scene.clock(),
        **more,
    )
    return mirror(answer, list(Provider.objects.all()), now=scene.clock())


@contextmanager
def practice_changes():
    """Changes to practice or coverage data come with a new version of the facts."""
    with changing_facts(Verb.PRACTICE_CHANGED, actor=SYSTEM, subject="practice:1"):
        yield


def change(rows, **columns):
    with practice_changes():
        assert rows.update(**columns)
