"""The code of the second factor: a wrong one is recorded like a wrong password."""

from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.models import Authenticator

from moonlit.staff.adapter import sign_in_failed


class SecondFactorForm(AuthenticateForm):
    def _emit_authentication_failed(self, authenticator: Authenticator) -> None:
        super()._emit_authentication_failed(authenticator)
        sign_in_failed(self.user, "code")
