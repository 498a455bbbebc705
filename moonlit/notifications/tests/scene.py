"""A practice and a booked visit, for tests of messages here and under tests/."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from moonlit.booking.models import Appointment
from moonlit.leads.models import Lead
from moonlit.people.models import Consent, Patient
from moonlit.people.services import email_index, phone_index
from moonlit.practice.models import Location, Practice, Provider, Vendor

NOW = datetime(2026, 12, 1, 17, tzinfo=UTC)  # 10:00 in Denver
DENVER = ZoneInfo("America/Denver")
EMAIL = "pat@example.org"
PHONE = "+18015550101"


def practice() -> Practice:
    """With an agreement on record for both vendors."""
    for name in ("SendGrid", "Notifyre"):
        Vendor.objects.create(name=name, baa_until=date(2036, 12, 31))
    return Practice.objects.create(
        id=1,
        name="Moonlit Psychiatry",
        message_name="Moonlit",
        time_zone="America/Denver",
        phone="801-555-0100",
        states=["UT"],
        home_state="UT",
        staff_emails={"front_desk": "desk@example.org"},
        message_from="no-reply@mail.example.org",
        anchor=date(2026, 1, 1),
    )


def booked_visit(*, now: datetime = NOW, zone: str = "America/Denver", state: str = "UT") -> Appointment:
    """Booked for 23 hours after `now`, by a patient who wants texts."""
    patient = Patient.objects.create(
        first_name="Robin",
        last_name="Fictional",
        date_of_birth="1990-01-01",
        email=EMAIL,
        phone=PHONE,
        email_index=email_index(EMAIL),
        phone_index=phone_index(PHONE),
        state=state,
        created_at=now,
    )
    start = now + timedelta(hours=23)
    visit = Appointment.objects.create(
        state="booked",
        provider=Provider.objects.create(
            npi="2000000101", first_name="Marisol", last_name="Quintero", profession="attending_physician"
        ),
        location=Location.objects.create(code="video", name="Video", kind="telehealth", time_zone=zone),
        patient=patient,
        slot_ehr_id="1",
        athena_appt_id="1",
        start=start,
        end=start + timedelta(hours=1),
        time_zone=zone,
        place_state=state,
        created_at=now,
        booked_at=now,
    )
    Consent.objects.create(
        patient=patient, appointment=visit.pk, kind="sms", state="given", source="widget", decided_at=now
    )
    return visit


def lead(*, now: datetime = NOW, **more) -> Lead:
    """Somebody who asked to hear from us, by e-mail and by text, and whom no program judges."""
    facts = {
        "email": EMAIL,
        "phone": PHONE,
        "email_index": email_index(EMAIL),
        "phone_index": phone_index(PHONE),
        "reason": "returning_patient",
        "criteria": {"patient_state": "UT"},
        "consent": {"email": True, "sms": True, "version": "1"},
        "created_at": now,
    }
    return Lead.objects.create(**(facts | more))
