"""Who may agree for a patient, who may be told (rules 4.11)."""

from datetime import UTC, date, datetime

import pytest

from moonlit.domain.consents import Release, Representation, Scope, Signer, consents_needed, may_sign, may_tell, of_age

DAY = date(2026, 3, 6)
AT = datetime(2026, 3, 1, 18, tzinfo=UTC)


def release(**changes):
    given = {"scope": Scope.APPOINTMENTS, "granted_at": AT, "signed_at": AT, "expires_on": None, "revoked_at": None}
    return Release(**(given | changes))


def test_an_unsigned_tick_releases_nothing():
    assert not may_tell(release(signed_at=None), Scope.APPOINTMENTS, DAY)
    assert may_tell(release(), Scope.APPOINTMENTS, DAY)


def test_what_was_taken_back_releases_nothing():
    assert not may_tell(release(revoked_at=AT), Scope.APPOINTMENTS, DAY)


def test_a_permission_holds_to_its_last_day_inclusive():
    assert may_tell(release(expires_on=DAY), Scope.APPOINTMENTS, DAY)
    assert not may_tell(release(expires_on=date(2026, 3, 5)), Scope.APPOINTMENTS, DAY)


@pytest.mark.parametrize(
    ("permitted", "asked", "answer"),
    [
        (Scope.APPOINTMENTS, Scope.APPOINTMENTS_AND_BILLING, False),
        (Scope.APPOINTMENTS_AND_BILLING, Scope.APPOINTMENTS, True),
        (Scope.APPOINTMENTS_AND_BILLING, Scope.ALL, False),
        (Scope.ALL, Scope.ALL, True),
        (Scope.ALL, Scope.APPOINTMENTS, True),
    ],
)
def test_a_wider_scope_includes_the_narrower_and_never_the_other_way(permitted, asked, answer):
    assert may_tell(release(scope=permitted), asked, DAY) is answer


def booker(kind="other", *, authority=False, until=None):
    return Representation(kind, authority, until)


def test_a_grown_patient_agrees_for_himself_and_a_minor_does_not():
    assert may_sign(Signer.PATIENT, None, adult=True, on=DAY)
    assert not may_sign(Signer.PATIENT, None, adult=False, on=DAY)


@pytest.mark.parametrize("kind", ["parent", "guardian", "case_manager", "other"])
def test_who_books_for_an_adult_represents_nobody_without_an_authority_on_record(kind):
    assert not may_sign(Signer.REPRESENTATIVE, booker(kind), adult=True, on=DAY)
    assert may_sign(Signer.REPRESENTATIVE, booker(kind, authority=True), adult=True, on=DAY)


@pytest.mark.parametrize(("kind", "answer"), [("parent", True), ("guardian", True), ("case_manager", False)])
def test_parents_and_guardians_agree_for_a_minor(kind, answer):
    assert may_sign(Signer.REPRESENTATIVE, booker(kind), adult=False, on=DAY) is answer


def test_an_authority_ends_after_its_last_day():
    assert may_sign(Signer.REPRESENTATIVE, booker(authority=True, until=DAY), adult=True, on=DAY)
    assert not may_sign(Signer.REPRESENTATIVE, booker(authority=True, until=date(2026, 3, 5)), adult=True, on=DAY)


def test_nobody_booked_so_nobody_represents():
    assert not may_sign(Signer.REPRESENTATIVE, None, adult=False, on=DAY)


def test_the_state_says_who_is_of_age():
    born = date(2008, 3, 6)
    assert of_age(born, DAY, "UT")
    assert not of_age(born, date(2026, 3, 5), "UT")
    assert not of_age(born, DAY, "NE")


def test_a_visit_needs_the_texts_that_concern_it():
    kinds = ["terms", "privacy_notice", "telehealth", "assignment_of_benefits", "sms", "email"]
    assert consents_needed(kinds, video=True, self_pay=False) == {
        "terms", "privacy_notice", "telehealth", "assignment_of_benefits",
    }  # fmt: skip
    assert consents_needed(kinds, video=False, self_pay=True) == {"terms", "privacy_notice"}
