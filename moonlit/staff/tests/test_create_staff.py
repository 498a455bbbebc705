from datetime import UTC, datetime

import pytest
from django.core.exceptions import ValidationError

from moonlit.audit.actor import SYSTEM
from moonlit.audit.models import AuditEvent
from moonlit.audit.verbs import Verb
from moonlit.platform.policy import Role
from moonlit.staff import totp
from moonlit.staff.models import User
from moonlit.staff.services import EmailTakenError, create_staff

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)
GOOD = {
    "email": "Odalys@Example.org",
    "name": "Odalys Fairbourne",
    "role": Role.SCHEDULER,
    "password": "correct horse battery staple",
}


def create(**changes):
    return create_staff(**{**GOOD, **changes}, actor=SYSTEM, now=NOW)


def test_an_account_is_made_with_both_factors():
    made = create()
    user = User.objects.get(pk=made.user_id)
    assert (user.email, user.policy_role, user.created_at) == ("odalys@example.org", Role.SCHEDULER, NOW)
    assert user.check_password(GOOD["password"])
    assert made.otpauth_url.startswith("otpauth://totp/odalys%40example.org?secret=" + made.totp_secret)
    assert AuditEvent.objects.get().verb == Verb.STAFF_CREATED


def test_the_secret_is_stored_encrypted_and_not_printed():
    made = create()
    stored = User.objects.get().authenticator_set.get().data["secret"]
    assert made.totp_secret not in stored
    assert made.totp_secret not in repr(made)


def test_an_address_is_taken_whatever_its_case():
    create()
    with pytest.raises(EmailTakenError):
        create(email="ODALYS@EXAMPLE.ORG")
    assert AuditEvent.objects.count() == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"email": "odalys"},
        {"name": "  "},
        {"password": "short"},
        {"password": "password1234"},
        {"password": "odalys@example"},
    ],
)
def test_what_will_not_do_is_refused_and_writes_nothing(wrong):
    with pytest.raises(ValidationError):
        create(**wrong)
    assert not User.objects.exists()
    assert not AuditEvent.objects.exists()


def test_an_inactive_account_has_no_role():
    user = User.objects.get(pk=create().user_id)
    user.is_active = False
    assert user.policy_role is None


@pytest.mark.parametrize(("at", "expected"), [(59, "287082"), (1111111109, "081804"), (2000000000, "279037")])
def test_codes_are_those_of_rfc_6238(at, expected):
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    assert totp.code(secret, datetime.fromtimestamp(at, UTC)) == expected
