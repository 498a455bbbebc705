"""Guards every request under /staff/ after authentication: session limits, second factor, denials, no caching."""

from collections.abc import Callable

from django.contrib.auth import logout
from django.db import transaction
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse

from moonlit.audit.services import record
from moonlit.audit.verbs import Verb
from moonlit.platform import clock
from moonlit.platform.policy import AccessDeniedError
from moonlit.staff.actor import actor_of
from moonlit.staff.sessions import is_over, note_seen

# Where somebody may go who has given a password but owns no second factor yet.
_WITHOUT_FACTOR = {"mfa_activate_totp", "account_logout", "account_reauthenticate"}


class StaffGuard:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not hasattr(request, "user"):
            return self.get_response(request)
        now = clock.now()
        if request.user.is_authenticated:
            if is_over(request.session, now):
                with transaction.atomic():
                    record(Verb.STAFF_SESSION_ENDED, actor=actor_of(request), subject=f"staff:{request.user.pk}")
                    logout(request)
            else:
                note_seen(request.session, now)
        response = self.get_response(request)
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    def process_view(self, request: HttpRequest, *_: object) -> HttpResponseBase | None:
        """Send those without a second factor to set one up; nothing else is open to them."""
        user = getattr(request, "user", None)
        if user is None or not user.is_authenticated or user.has_second_factor:
            return None
        if request.resolver_match and request.resolver_match.url_name in _WITHOUT_FACTOR:
            return None
        return HttpResponseRedirect(reverse("mfa_activate_totp"))

    def process_exception(self, request: HttpRequest, exception: Exception) -> None:
        if isinstance(exception, AccessDeniedError):
            with transaction.atomic():
                record(Verb.STAFF_DENIED, actor=actor_of(request), subject=f"verb:{exception.verb}")
