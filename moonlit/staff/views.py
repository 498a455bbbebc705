"""Sign-in pages: django-allauth's views with our templates and destinations."""

from typing import Any

from allauth.mfa.totp.views import ActivateTOTPView
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect

from moonlit.audit.services import record
from moonlit.audit.verbs import Verb
from moonlit.staff.actor import actor_of


class AddAuthenticatorView(ActivateTOTPView):
    """Set up the authenticator app, for an account that has none."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.has_second_factor:
            return HttpResponseRedirect(self.get_success_url())
        return super().dispatch(request, *args, **kwargs)

    def form_valid(self, form: Any) -> HttpResponse:
        with transaction.atomic():
            response = super().form_valid(form)
            record(Verb.STAFF_FACTOR_ADDED, actor=actor_of(self.request), subject=f"staff:{self.request.user.pk}")
        return response

    def get_success_url(self) -> str:
        return settings.LOGIN_REDIRECT_URL
