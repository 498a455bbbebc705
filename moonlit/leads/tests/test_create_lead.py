"""Rules 8: who may be one lead, and who never."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection, connections

from moonlit.audit.actor import PUBLIC, Actor
from moonlit.audit.models import AuditEvent
from moonlit.domain.refusals import RefusalCode, Refused
from moonlit.leads.inputs import LeadInput
from moonlit.leads.models import Lead
from moonlit.leads.queries import list_leads
from moonlit.leads.services import create_lead
from moonlit.platform.models import OutboxEvent

QUILL = {
    "email": "quill@example.org",
    "preferred_name": "Bartholomew",
    "payer": "canyon",
    "reason": "out_of_network",
    "consent": {"email": True, "version": "1"},
}


def leave(scene, **changes):
    return create_lead(LeadInput.model_validate(QUILL | changes), actor=PUBLIC, now=scene.clock())


def test_a_lead_is_kept_with_what_was_said_told_once_and_audited(scene):
    lead = leave(
        scene, insurance_effective_date="2026-05-01", criteria={"patient_state": "UT", "date_of_birth": "1990-02-28"}
    )
    row = Lead.objects.get(pk=lead)
    assert (row.email, row.preferred_name, row.payer_code, row.reason) == (
        QUILL["email"],
        "Bartholomew",
        "canyon",
        "out_of_network",
    )
    assert row.effective_date.isoformat() == "2026-05-01"
    assert (row.criteria["patient_state"], row.criteria["age"]) == ("UT", 36)
    assert row.consent == {
        "email": True,
        "sms": False,
        "version": "1",
        "source": "api",
        "at": scene.clock().isoformat(),
    }
    assert row.status == "pending"
    assert OutboxEvent.objects.filter(topic="lead.created", subject=str(lead)).count() == 1
    assert AuditEvent.objects.filter(subject=f"lead:{lead}").count() == 1


def test_nothing_of_a_person_lies_open_in_the_table(scene):
    leave(scene, payer="", payer_name="Quill Family Plan", criteria={"employer": "Lantern Mills"})
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(leads_lead)::text FROM leads_lead")
        (stored,) = cursor.fetchone()
    for text in ("quill", "Bartholomew", "Quill Family", "Lantern Mills"):
        assert text.encode().hex() not in stored
        assert text not in stored


def test_the_same_again_within_a_day_is_the_same_lead(scene):
    first = leave(scene)
    scene.clock.forward(hours=23, minutes=59)
    assert leave(scene) == first
    assert leave(scene, email="QUILL@example.org") == first
    assert Lead.objects.count() == 1
    assert OutboxEvent.objects.filter(topic="lead.created").count() == 1


def test_after_a_day_it_is_another_lead(scene):
    first = leave(scene)
    scene.clock.forward(hours=24)
    assert leave(scene) != first


@pytest.mark.parametrize(
    "change",
    [
        {"email": "other@example.org"},
        {"phone": "801-555-0143"},
        {"preferred_name": "Ada"},
        {"preferred_name": None},
        {"payer": "basin"},
        {"payer": None, "payer_name": "Another Plan"},
        {"for_someone_else": True},
        {"reason": "language_request"},
    ],
)
def test_another_contact_name_payer_or_reason_is_another_lead(scene, change):
    assert leave(scene) != leave(scene, **change)
    assert Lead.objects.count() == 2


def test_two_insurances_of_no_list_are_told_apart(scene):
    assert leave(scene, payer=None, payer_name="One Plan") != leave(scene, payer=None, payer_name="Other Plan")


def test_leads_left_for_others_are_never_merged(scene):
    ids = {leave(scene, for_someone_else=True), leave(scene, for_someone_else=True), leave(scene), leave(scene)}
    assert len(ids) == 3


def test_a_payer_code_that_is_none_of_ours_is_refused(scene):
    with pytest.raises(Refused) as refused:
        leave(scene, payer="nobody")
    assert refused.value.code is RefusalCode.INVALID_REQUEST
    assert [reason.field for reason in refused.value.reasons] == ["payer"]
    assert not Lead.objects.exists()


def test_without_an_audit_row_there_is_no_lead(scene, monkeypatch):
    monkeypatch.setattr("moonlit.leads.services.create.record", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        leave(scene)
    assert not Lead.objects.exists()


def test_consent_is_kept_for_a_contact_that_was_given_and_can_be_used(scene):
    both = {"email": True, "sms": True, "version": "2"}
    by_mail = Lead.objects.get(pk=leave(scene, consent=both))
    assert (by_mail.consent["email"], by_mail.consent["sms"]) == (True, False), "no number was given"
    toll_free = Lead.objects.get(pk=leave(scene, email=None, phone="800-555-0199", consent=both))
    assert toll_free.consent["sms"] is False, "a toll-free number takes no texts"
    mobile = Lead.objects.get(pk=leave(scene, email=None, phone="801-555-0142", consent=both))
    assert (mobile.consent["email"], mobile.consent["sms"]) == (False, True)


def test_what_the_second_time_adds_is_kept_and_nothing_of_the_first_is_lost(scene):
    first = leave(scene, consent={"email": True, "version": "1"}, criteria={"patient_state": "UT"})
    scene.clock.forward(hours=1)
    again = leave(
        scene,
        consent={"email": False},
        payer_name="Canyon Gold",
        criteria={"modality": "telehealth"},
        insurance_effective_date="2026-05-01",
        language="es",
    )
    row = Lead.objects.get(pk=first)
    assert again == first
    assert (row.consent["email"], row.consent["version"]) == (True, "1"), "a tick left out takes nothing back"
    assert (row.payer_name, row.language, row.effective_date.isoformat()) == ("Canyon Gold", "es", "2026-05-01")
    assert (row.criteria["patient_state"], row.criteria["modality"]) == ("UT", "telehealth")
    assert row.version == 2
    scene.clock.forward(hours=1)
    leave(scene)
    row.refresh_from_db()
    assert (row.payer_name, row.criteria["patient_state"]) == ("Canyon Gold", "UT")


def test_who_leaves_the_same_again_agrees_to_nothing_for_the_first(scene):
    lead = leave(scene, phone="801-555-0142", consent={"email": True, "version": "1"})
    before = Lead.objects.get(pk=lead).consent
    assert leave(scene, phone="801-555-0142", consent={"email": True, "sms": True, "version": "2"}) == lead
    assert Lead.objects.get(pk=lead).consent == before


def test_whether_times_did_not_suit_is_as_it_was_last(leave):
    first = leave(payer="basin", reason="no_times_available", by_hand=True)
    again = leave(payer="basin", reason="no_times_available")
    assert (again.pk, again.by_hand) == (first.pk, False)


@pytest.mark.parametrize("status", ["closed", "converted"])
def test_who_writes_again_after_the_lead_is_over_is_heard(scene, status):
    first = leave(scene)
    Lead.objects.filter(pk=first).update(status=status)
    assert leave(scene) != first


@pytest.mark.django_db(transaction=True)
def test_of_two_alike_at_once_one_is_kept(scene):
    start = Barrier(2)

    def rival(_):
        try:
            start.wait(10)
            return leave(scene)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(rival, range(2))
    assert first == second
    assert Lead.objects.count() == 1


def test_whom_staff_were_shown_is_audited(scene):
    lead = leave(scene)
    (row,), total = list_leads(actor=Actor("staff", "7"))
    assert (row.id, row.name, row.email, total) == (lead, "Bartholomew", "quill@example.org", 1)
    assert AuditEvent.objects.get(actor_kind="staff").facts["leads"] == [str(lead)]


def test_staff_see_a_page_at_a_time_oldest_first(scene):
    ids = []
    for number in range(3):
        ids.append(leave(scene, email=f"quill{number}@example.org"))
        scene.clock.forward(minutes=1)
    page, total = list_leads(actor=Actor("staff", "7"), status="pending", limit=2, offset=1)
    assert ([row.id for row in page], total) == (ids[1:], 3)
    assert list_leads(actor=Actor("staff", "7"), status="closed")[1] == 0
