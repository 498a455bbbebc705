"""The time a visit of the EHR takes: occupied without being refused, given back when it ends (rules 4.1)."""

from __future__ import annotations

from datetime import datetime

from moonlit.availability.models import Occupancy
from moonlit.availability.queries import busy_spans, others_busy
from moonlit.availability.services import occupy, release, slot_gone
from moonlit.booking.models import Appointment
from moonlit.booking.services.state import visit_date
from moonlit.domain.booking import LIVE


def keep_busy(row: Appointment, end: datetime, *, now: datetime) -> None:
    """Take the row's time until `end`, or give it back when the visit is no longer live. Twice changes nothing.

    The EHR has it, so it is taken whatever else stands there. Call under the locks of the providers concerned.
    """
    if row.athena_appt_id:
        slot_gone(row.athena_appt_id, now=now)
    if row.state not in LIVE:
        release(row.pk, now=now)
        return
    occupy(
        appointment=row.pk,
        provider_id=row.provider_id,
        location_id=row.location_id,
        slot_id=row.athena_appt_id,
        start=row.start,
        end=end,
        local_date=visit_date(row),
        new_patient=row.visit_type is not None and row.visit_type.new_patient,
        now=now,
        origin=Occupancy.Origin.EHR,
    )


def is_overlapped(row: Appointment) -> bool:
    """Whether somebody else has a part of its time too."""
    span = busy_spans([row.pk]).get(row.pk)
    return span is not None and others_busy(row.provider_id, *span, besides=row.pk)
