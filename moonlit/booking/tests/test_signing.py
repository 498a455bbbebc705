"""Consents signed after the booking, by somebody who may (rules 4.11)."""

from datetime import date

import pytest

from moonlit.audit.actor import Actor
from moonlit.audit.models import AuditEvent
from moonlit.booking.models import ChartWrite
from moonlit.booking.services import sign_consents, to_be_signed, write_to_chart
from moonlit.booking.services.request import signs_himself
from moonlit.domain.consents import Signer
from moonlit.domain.refusals import RefusalCode, Refused
from moonlit.people.inputs import BookerInput
from moonlit.people.models import Booker, Consent, Insurance, Patient, RoiContact
from moonlit.people.queries import reachable
from moonlit.people.services import carry_over, record_authority, revoke_contact
from moonlit.platform.testing import run_pending
from moonlit.practice.models import Document
from tests.support.people import a_request, agreed, patient
from tests.support.visits import FRIDAY, asked, at, booked

PATIENT, STAFF = Actor("patient", "link"), Actor("staff", "7")
OTTO = BookerInput(kind="case_manager", name="Otto Quill", email="otto@example.org", messages_to="both")


@pytest.fixture
def desk(scene, time_machine):
    scene.open("71", FRIDAY, "09:00", "10:00")
    scene.sync()
    time_machine.move_to(scene.clock(), tick=False)
    return scene


@pytest.fixture
def row(desk):
    """Booked by a case manager, so that nothing is agreed to yet."""
    found = booked(desk, booked_by=OTTO)
    run_pending(desk.clock())
    return found


def sign(desk, row, signer=Signer.PATIENT, versions=None, **more):
    versions = {"terms": "1", "privacy_notice": "1"} if versions is None else versions
    sign_consents(row.pk, versions, signer=signer, actor=PATIENT, now=desk.clock(), **more)


def states(row):
    return dict(Consent.objects.filter(appointment=row.pk).values_list("kind", "state"))


def test_what_somebody_else_ticked_waits_for_the_patient(row):
    assert set(states(row).values()) == {"to_be_signed"}
    waiting = to_be_signed(row.pk)
    assert [(text.kind, text.version) for text in waiting.texts] == [("privacy_notice", "1"), ("terms", "1")]
    assert [(contact.name, contact.scope) for contact in waiting.contacts] == [("Bartholomew Quill", "appointments")]


def test_texts_are_sent_only_once_the_patient_has_agreed(desk, row):
    assert reachable(row.pk, row.patient_id).sms == ""
    Consent.objects.filter(appointment=row.pk, kind="sms").update(state="given")
    assert reachable(row.pk, row.patient_id).sms == "+18015550142"
    Consent.objects.filter(appointment=row.pk, kind="sms").update(state="revoked")
    assert reachable(row.pk, row.patient_id).sms == ""


def test_the_patient_signs_and_it_goes_on_to_the_chart(desk, row):
    assert not ChartWrite.objects.filter(kind="privacy").exists()
    sign(desk, row)
    assert (states(row)["terms"], states(row)["privacy_notice"], states(row)["sms"]) == (
        "given",
        "given",
        "to_be_signed",
    )
    assert to_be_signed(row.pk).texts == ()
    write_to_chart(ChartWrite.objects.get(kind="privacy").pk, clock=desk.clock)
    chart = Patient.objects.get(pk=row.patient_id).ehr_patient_id
    assert [forms.signer_name for forms in desk.ehr.charts.signed[chart]] == ["Zoë Ñandú-O'Leary"]
    stored = AuditEvent.objects.get(verb="people:consent:recorded")
    assert stored.facts["signer"] == "patient"


def test_signing_twice_keeps_the_first_signature(desk, row):
    sign(desk, row)
    first = Consent.objects.get(appointment=row.pk, kind="terms").decided_at
    desk.clock.forward(hours=1)
    sign(desk, row)
    assert Consent.objects.get(appointment=row.pk, kind="terms").decided_at == first
    assert AuditEvent.objects.filter(verb="people:consent:recorded").count() == 1


def test_more_signed_later_goes_to_the_chart_again(desk, row):
    Document.objects.create(kind="assignment_of_benefits", version="2", url="https://www.example.org/benefits")
    sign(desk, row)
    privacy = ChartWrite.objects.get(kind="privacy")
    write_to_chart(privacy.pk, clock=desk.clock)
    desk.clock.forward(hours=1)
    sign(desk, row, versions={"assignment_of_benefits": "2"})
    privacy.refresh_from_db()
    assert privacy.state == "to_write"
    write_to_chart(privacy.pk, clock=desk.clock)
    chart = Patient.objects.get(pk=row.patient_id).ehr_patient_id
    assert [forms.assignment_of_benefits for forms in desk.ehr.charts.signed[chart]] == [False, False, True]


def refused(call, *args, **kwargs):
    with pytest.raises(Refused) as answer:
        call(*args, **kwargs)
    return answer.value.code


def test_who_booked_for_an_adult_signs_nothing_without_an_authority_on_record(desk, row):
    assert refused(sign, desk, row, Signer.REPRESENTATIVE) is RefusalCode.FORBIDDEN
    assert set(states(row).values()) == {"to_be_signed"}
    record_authority(row.pk, "guardianship order seen", until=date(2026, 12, 31), actor=STAFF, now=desk.clock())
    sign(desk, row, Signer.REPRESENTATIVE)
    assert Consent.objects.get(appointment=row.pk, kind="terms").signer_name == "Otto Quill"


def test_an_authority_that_has_ended_signs_nothing(desk, row):
    record_authority(row.pk, "order of 2025", until=date(2026, 3, 1), actor=STAFF, now=desk.clock())
    assert refused(sign, desk, row, Signer.REPRESENTATIVE) is RefusalCode.FORBIDDEN


def test_a_minor_signs_nothing_and_a_parent_does(desk, row):
    patient = Patient.objects.get(pk=row.patient_id)
    patient.date_of_birth = "2012-01-01"
    patient.save()
    assert refused(sign, desk, row) is RefusalCode.FORBIDDEN
    assert refused(sign, desk, row, Signer.REPRESENTATIVE) is RefusalCode.FORBIDDEN
    Booker.objects.update(kind="parent")
    sign(desk, row, Signer.REPRESENTATIVE)
    assert states(row)["terms"] == "given"


@pytest.mark.parametrize("versions", [{"terms": "0"}, {"terms": ""}, {"unknown": "1"}, {"terms": "1", "sms": "1"}])
def test_only_the_text_in_force_is_signed_and_all_or_nothing(desk, row, versions):
    assert refused(sign, desk, row, versions=versions) is RefusalCode.CONSENT_MISSING
    assert set(states(row).values()) == {"to_be_signed"}


def test_a_contact_may_be_told_once_the_patient_has_signed_for_it(desk, row):
    contact = to_be_signed(row.pk).contacts[0].id
    sign(desk, row, versions={}, contacts=[contact])
    stored = RoiContact.objects.get(pk=contact)
    assert (stored.signed_at, stored.signer_name) == (desk.clock(), "Zoë Ñandú-O'Leary")
    assert revoke_contact(contact, actor=STAFF, now=desk.clock())
    assert not revoke_contact(contact, actor=STAFF, now=desk.clock())


def test_contacts_of_another_visit_cannot_be_signed_for(desk, row):
    other = asked(desk, "10:00").appointment
    sign(desk, row, versions={}, contacts=RoiContact.objects.filter(appointment=other).values_list("pk", flat=True))
    assert RoiContact.objects.get(appointment=other).signed_at is None


def test_a_minor_who_ticks_for_himself_has_agreed_to_nothing(desk):
    grown = a_request(at("10:00"), now=desk.clock(), patient=patient(date_of_birth="2008-03-02"), consents=agreed())
    young = a_request(at("10:00"), now=desk.clock(), patient=patient(date_of_birth="2008-03-03"), consents=agreed())
    assert (signs_himself(grown, date(2026, 3, 2)), signs_himself(young, date(2026, 3, 2))) == (True, False)


def test_a_moved_visit_keeps_what_was_given_along_with_the_old_one(desk, row):
    new = asked(desk, "10:00").appointment
    for model in (Insurance, Consent, RoiContact, Booker):
        model.objects.filter(appointment=new).delete()
    carry_over(row.pk, new)
    carry_over(row.pk, new)
    for model in (Insurance, Consent, RoiContact, Booker):
        assert model.objects.filter(appointment=new).count() == model.objects.filter(appointment=row.pk).count() > 0
    assert Insurance.objects.get(appointment=new).member_id == "MX-100"
    assert Booker.objects.get(appointment=new).name == "Otto Quill"
