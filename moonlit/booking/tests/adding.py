"""Somebody who adds to a visit what was left out, for the tests of what comes of it."""

from datetime import date

from moonlit.audit.actor import PUBLIC, Actor
from moonlit.booking.models import Appointment, ChartWrite
from moonlit.booking.services import (
    add_details,
    advance,
    open_chart_writes,
    request_booking,
    write_to_chart,
)
from moonlit.coverage.models import PackageMap, Payer
from moonlit.domain.consents import Signer
from moonlit.people.inputs import AddedInput, InsuranceInput
from moonlit.people.models import Insurance, Patient
from moonlit.worklist.models import Task
from tests.support.people import a_request

FRIDAY = date(2026, 3, 6)
STAFF = Actor("staff", "7")
HOME = {"line1": "4 Canyon Rim", "city": "Provo", "state": "UT", "zip": "84601"}
MIRO = {"first_name": "Miro", "last_name": "Ñandú", "date_of_birth": "1988-01-02", "sex": "male"}


def a_desk(scene):
    """Alpine is mapped to a package the EHR knows; Friday at nine and ten are open."""
    scene.open("71", FRIDAY, "09:00", "10:00")
    scene.sync()
    scene.ehr.add_package("901", "Alpine Choice")
    PackageMap.objects.create(payer=Payer.objects.get(code="alpine"), package_ids=["901"], confirmed_by="billing lead")
    return scene


def asked(desk, **changes):
    """A visit of somebody who gave no number, no address and no sex; the EHR has not answered yet."""
    given = {"insurances": (InsuranceInput(payer="alpine"),), **changes}
    start = desk.clock.at.replace(day=6, hour=16)
    return request_booking(a_request(start, now=desk.clock(), **given), actor=PUBLIC, now=desk.clock()).appointment


def booked(desk, **changes):
    visit = asked(desk, **changes)
    advance(visit, clock=desk.clock)
    row = Appointment.objects.get(pk=visit)
    assert row.state == "booked"
    open_chart_writes(visit, now=desk.clock())
    return row


def tell(desk, visit, *, by=Signer.PATIENT, **given):
    told = AddedInput.model_validate(given)
    return add_details(getattr(visit, "pk", visit), told, by=by, actor=PUBLIC, now=desk.clock())


def write(desk, row, kind="insurance"):
    todo = ChartWrite.objects.get(appointment=row, kind=kind)
    write_to_chart(todo.pk, clock=desk.clock)
    todo.refresh_from_db()
    return todo


def chart_of(row):
    return Patient.objects.get(pk=row.patient_id).ehr_patient_id


def chart(desk, row):
    return desk.ehr.patient(chart_of(row)).details


def policy_of(visit):
    return Insurance.objects.get(appointment=getattr(visit, "pk", visit), sequence=1)


def tasks(kind):
    return Task.objects.filter(kind=kind, state="open").count()
