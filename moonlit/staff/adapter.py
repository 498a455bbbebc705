"""Where django-allauth asks us: no sign-up, every attempt recorded, secrets encrypted."""

from base64 import b64decode, b64encode
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse

from moonlit.audit.actor import Actor
from moonlit.audit.services import record
from moonlit.audit.verbs import Verb
from moonlit.platform import clock
from moonlit.platform.crypto.seal import seal, unseal
from moonlit.staff.actor import actor_for
from moonlit.staff.models import User
from moonlit.staff.sessions import start_session

_STRANGER = Actor("staff", "unknown")


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002
        return False

    def get_logout_redirect_url(self, request: HttpRequest) -> str:  # noqa: ARG002
        return reverse("account_login")

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        """Django-allauth would tell the holder of a closed account so; here it is one more failed attempt."""
        user = super().authenticate(request, **credentials)
        if user is not None and not user.is_active:
            self.authentication_failed(request, **credentials)
            return None
        return user

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:  # noqa: ARG002
        # What was typed is not kept: people type their password into the wrong box.
        user = User.objects.filter(email__iexact=credentials.get("email", "")).first()
        sign_in_failed(user, "password")

    def reauthenticate(self, user: User, password: str) -> bool:
        return self.authenticate(context.request, email=user.email, password=password) == user

    def login(self, request: HttpRequest, user: User) -> None:
        with transaction.atomic():
            super().login(request, user)
            start_session(request.session, clock.now())
            record(Verb.STAFF_SIGNED_IN, actor=actor_for(user), subject=f"staff:{user.pk}")

    def logout(self, request: HttpRequest) -> None:
        with transaction.atomic():
            if request.user.is_authenticated:
                record(Verb.STAFF_SIGNED_OUT, actor=actor_for(request.user), subject=f"staff:{request.user.pk}")
            super().logout(request)


def sign_in_failed(user: User | None, factor: str) -> None:
    """Record a refused attempt; `factor` is password or code."""
    with transaction.atomic():
        record(
            Verb.STAFF_SIGN_IN_FAILED,
            actor=actor_for(user) if user else _STRANGER,
            subject=f"staff:{user.pk if user else 'unknown'}",
            facts={"factor": factor},
        )


class MFAAdapter(DefaultMFAAdapter):
    """The authenticator secrets lie in the database under our own key."""

    def encrypt(self, text: str) -> str:
        return b64encode(seal(text.encode(), "staff.authenticator")).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return unseal(b64decode(encrypted_text), "staff.authenticator").decode()
