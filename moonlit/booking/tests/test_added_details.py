"""What is told through the link after the booking: kept by version, masked, and nothing of it lost (rules 4.13)."""

import json
from dataclasses import replace
from datetime import date, timedelta

import pytest

from moonlit.audit.actor import PUBLIC
from moonlit.audit.models import AuditEvent
from moonlit.booking.models import Appointment
from moonlit.booking.services import (
    advance,
    advance_change,
    details_standing,
    request_cancel,
    request_move,
)
from moonlit.booking.tests.adding import (
    FRIDAY,
    HOME,
    MIRO,
    STAFF,
    a_desk,
    booked,
    policy_of,
    tasks,
    tell,
)
from moonlit.domain.added_details import still_missing, would_help
from moonlit.domain.consents import Signer
from moonlit.domain.refusals import RefusalCode, Refused
from moonlit.people.inputs import AddedInput
from moonlit.people.models import AddedDetails, Insurance, Patient
from moonlit.people.services import set_verification
from moonlit.platform.crypto.blind import blind_index
from moonlit.worklist.kinds import TaskKind, Team
from moonlit.worklist.services import open_task
from tests.support.people import BY_VIDEO, patient


@pytest.fixture
def desk(scene):
    return a_desk(scene)


# what is stored


def test_what_is_told_stands_for_the_visit_and_in_a_version_of_its_own(desk):
    row = booked(desk)
    before = row.decisions.get().snapshot
    assert tell(desk, row, member_id="MX-100", sex="female", address=HOME) == {"member_id", "sex", "address"}
    person = Patient.objects.get(pk=row.patient_id)
    assert (policy_of(row).member_id, person.sex, person.address) == ("MX-100", "female", HOME)
    added = AddedDetails.objects.get()
    assert (added.version, added.by, added.added_at) == (1, "patient", desk.clock())
    assert added.given == {"member_id": "MX-100", "sex": "female", "address": HOME}
    assert row.decisions.get().snapshot == before, "what was true when it was decided stays (rules 4.14)"


def test_another_value_is_a_new_version_and_the_old_one_stays_readable(desk):
    row = booked(desk)
    tell(desk, row, member_id="MX-100")
    desk.clock.forward(hours=1)
    assert tell(desk, row, member_id="MX-200", group_number="G-7") == {"member_id", "group_number"}
    versions = list(AddedDetails.objects.order_by("version").values_list("version", flat=True))
    told = [row.given["member_id"] for row in AddedDetails.objects.order_by("version")]
    assert (versions, told, policy_of(row).member_id) == ([1, 2], ["MX-100", "MX-200"], "MX-200")


def test_two_windows_with_different_fields_lose_nothing(desk):
    row = booked(desk)
    tell(desk, row, member_id="MX-100", address=HOME)
    tell(desk, row, sex="female")
    person = Patient.objects.get(pk=row.patient_id)
    assert (policy_of(row).member_id, person.address, person.sex) == ("MX-100", HOME, "female")


def test_telling_the_same_again_changes_nothing(desk):
    row = booked(desk)
    tell(desk, row, member_id="MX-100", relationship="spouse", subscriber=MIRO)
    events = AuditEvent.objects.count()
    assert tell(desk, row, member_id="MX-100", relationship="spouse", subscriber=MIRO) == frozenset()
    assert (AddedDetails.objects.count(), AuditEvent.objects.count()) == (1, events)


def test_the_number_can_be_found_by_its_index_and_not_read_from_the_table(desk):
    row = booked(desk)
    tell(desk, row, member_id="MX-100", address=HOME, relationship="spouse", subscriber=MIRO)
    assert bytes(policy_of(row).member_id_index) == blind_index("insurance.member_id", "MX-100")
    raw = repr(list(Insurance.objects.values_list())) + repr(list(AddedDetails.objects.values_list()))
    assert not any(word in raw for word in ("MX-100", "Canyon", "Miro"))


def test_the_audit_row_names_the_fields_and_none_of_their_contents(desk):
    row = booked(desk)
    tell(desk, row, by=Signer.REPRESENTATIVE, member_id="MX-100", address=HOME, relationship="spouse", subscriber=MIRO)
    event = AuditEvent.objects.get(verb="people:details:added")
    assert (event.actor_kind, event.actor_id, event.subject) == ("patient", "anonymous", f"appointment:{row.pk}")
    assert event.facts == {
        "fields": ["address", "member_id", "relationship", "subscriber"],
        "version": 1,
        "by": "booker",
    }
    assert not any(word in json.dumps(event.facts) for word in ("MX-100", "Canyon", "Miro", "spouse"))


def test_the_payer_is_not_asked_for(desk):
    with pytest.raises(ValueError, match="payer"):
        AddedInput.model_validate({"payer": "basin"})


def test_a_policy_of_ones_own_has_no_other_subscriber_any_more(desk):
    row = booked(desk)
    tell(desk, row, relationship="spouse", subscriber=MIRO)
    assert (policy_of(row).relationship, policy_of(row).subscriber) == ("spouse", MIRO)
    tell(desk, row, relationship="self")
    assert (policy_of(row).relationship, policy_of(row).subscriber) == ("self", None)


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"relationship": "spouse"}, "subscriber_missing", "subscriber.first_name"),
        ({"subscriber": MIRO}, "subscriber_not_needed", "relationship"),
        (
            {"relationship": "spouse", "subscriber": {**MIRO, "date_of_birth": "2026-03-03"}},
            "date_of_birth_future",
            "subscriber.date_of_birth",
        ),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_stored(desk, given, code, field):
    row = booked(desk)
    with pytest.raises(Refused) as caught:
        tell(desk, row, member_id="MX-100", **given)
    assert caught.value.code is RefusalCode.PATIENT_INVALID
    assert [(reason.code, reason.field) for reason in caught.value.reasons] == [(code, field)]
    assert (policy_of(row).member_id, AddedDetails.objects.count()) == (None, 0)


def test_a_visit_the_patient_pays_himself_takes_an_address_and_no_member_number(desk):
    row = booked(desk, criteria=replace(BY_VIDEO, payer=None, self_pay=True), insurances=())
    assert tell(desk, row, address=HOME) == {"address"}
    with pytest.raises(Refused):
        tell(desk, row, member_id="MX-100")


def test_a_checked_policy_is_to_be_checked_again_when_it_changes(desk):
    row = booked(desk)
    verified = Insurance.Verification.VERIFIED
    set_verification(row.pk, 1, verified, today=date(2026, 3, 2), actor=STAFF, now=desk.clock())
    tell(desk, row, address=HOME)
    assert policy_of(row).verification == "verified"
    tell(desk, row, member_id="MX-100")
    assert policy_of(row).verification == "recheck_due"


# when


def test_until_the_visit_begins_and_not_later(desk):
    row = booked(desk)
    desk.clock.at = row.start - timedelta(minutes=1)
    assert tell(desk, row, member_id="MX-100")
    desk.clock.at = row.start
    with pytest.raises(Refused) as caught:
        tell(desk, row, member_id="MX-200")
    assert caught.value.code is RefusalCode.LATE_CHANGE
    assert policy_of(row).member_id == "MX-100"


def test_a_cancelled_visit_and_one_of_the_ehr_take_nothing(desk):
    row = booked(desk)
    Appointment.objects.filter(pk=row.pk).update(state="cancelled")
    with pytest.raises(Refused) as caught:
        tell(desk, row, member_id="MX-100")
    assert caught.value.code is RefusalCode.NOT_FOUND
    Appointment.objects.filter(pk=row.pk).update(state="booked", patient=None)
    with pytest.raises(Refused):
        tell(desk, row, member_id="MX-100")
    assert details_standing(row.pk) is None


def test_while_the_visit_is_being_cancelled_nothing_is_taken(desk):
    row = booked(desk)
    request_cancel(row.pk, note="", actor=PUBLIC, now=desk.clock(), late_ok=False)
    with pytest.raises(Refused) as caught:
        tell(desk, row, member_id="MX-100")
    assert caught.value.code is RefusalCode.REQUEST_IN_PROGRESS


def test_a_move_takes_along_what_was_told_and_what_is_told_meanwhile_is_refused_not_lost(desk):
    row = booked(desk)
    tell(desk, row, member_id="MX-100", address=HOME)
    ten = row.start + timedelta(hours=1)
    request_move(row.pk, start=ten, provider_id=row.provider_id, hold=None, actor=PUBLIC, now=desk.clock())
    with pytest.raises(Refused) as caught:
        tell(desk, row, member_id="MX-200")
    assert caught.value.code is RefusalCode.REQUEST_IN_PROGRESS
    new = Appointment.objects.get(moved_from=row)
    advance(new.pk, clock=desk.clock)
    advance_change(row.pk, clock=desk.clock)
    assert policy_of(new).member_id == "MX-100"
    assert [added.given for added in AddedDetails.objects.filter(appointment=new.pk)] == [
        {"member_id": "MX-100", "address": HOME}
    ]
    assert tell(desk, new, sex="female")


# what is shown


def test_what_is_missing_and_a_number_by_its_end_alone(desk):
    row = booked(desk)
    before = details_standing(row.pk)
    assert still_missing(before.known) == ("member_id", "address")
    assert would_help(before.known) == ("sex",)
    tell(desk, row, member_id="MX-100", address=HOME, sex="female")
    after = details_standing(row.pk)
    assert (still_missing(after.known), would_help(after.known), after.member_id_ends) == ((), (), "100")
    assert "MX" not in repr(after)


def test_a_part_of_an_address_is_no_address(desk):
    row = booked(desk, patient=patient(address={"zip": "84601"}))
    assert "address" in still_missing(details_standing(row.pk).known)


# readiness


def test_what_was_not_ready_is_judged_again_at_once(desk):
    row = booked(desk)
    verified = Insurance.Verification.VERIFIED
    set_verification(row.pk, 1, verified, today=date(2026, 3, 2), actor=STAFF, now=desk.clock())
    desk.clock.at = row.start - timedelta(hours=40)
    subject = f"appointment:{row.pk}"
    more = {"visit_date": FRIDAY, "actor": STAFF, "now": desk.clock()}
    open_task(TaskKind.NOT_READY, subject=subject, team=Team.FRONT_DESK, due=None, **more)
    tell(desk, row, address=HOME)
    assert tasks("not_ready") == 0
    tell(desk, row, member_id="MX-100")
    assert tasks("not_ready") == 1, "the number that was checked is another one now"
