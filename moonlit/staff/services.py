"""Staff accounts."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from allauth.mfa.adapter import get_adapter
from allauth.mfa.totp.internal import auth as totp_auth
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction

from moonlit.audit.actor import Actor
from moonlit.audit.services import record
from moonlit.audit.verbs import Verb
from moonlit.platform.policy import Role
from moonlit.staff.models import User


class EmailTakenError(Exception):
    """Somebody already has this e-mail address."""


@dataclass(frozen=True, slots=True)
class NewStaff:
    user_id: UUID
    email: str
    otpauth_url: str = field(repr=False)
    """What an authenticator app takes, as a link or a QR code. Shown once."""
    totp_secret: str = field(repr=False)
    """The same secret in base32."""


def create_staff(*, email: str, name: str, role: Role, password: str, actor: Actor, now: datetime) -> NewStaff:
    """An account that can sign in at once: password and authenticator secret are made together.

    Raises ValidationError for an address, a name or a password that will not do (12 characters, not a common one,
    not like the person's name), EmailTakenError when the address is in use.
    """
    address = email.strip().lower()
    validate_email(address)
    if not name.strip():
        raise ValidationError("a member of staff needs a name")
    user = User(email=address, name=name.strip(), role=role.value, created_at=now)
    validate_password(password, user)
    user.set_password(password)
    secret = totp_auth.generate_totp_secret()
    with transaction.atomic():
        try:
            with transaction.atomic():
                user.save(force_insert=True)
        except IntegrityError:
            raise EmailTakenError from None
        totp_auth.TOTP.activate(user, secret)
        record(Verb.STAFF_CREATED, actor=actor, subject=f"staff:{user.pk}", facts={"role": role.value})
    return NewStaff(user.pk, address, get_adapter().build_totp_url(user, secret), secret)
