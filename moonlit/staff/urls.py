"""Sign-in, second factor, sign-out, all under /staff/. django-allauth's other addresses are left out on purpose."""

from allauth.account.views import LoginView, LogoutView, ReauthenticateView
from allauth.mfa.base.views import AuthenticateView
from django.urls import path

from moonlit.platform.policy import public, signed_in
from moonlit.staff.views import AddAuthenticatorView

urlpatterns = [
    path("login", public(LoginView.as_view()), name="account_login"),
    path("login/code", public(AuthenticateView.as_view()), name="mfa_authenticate"),
    path("logout", public(LogoutView.as_view()), name="account_logout"),
    path("account/authenticator", signed_in(AddAuthenticatorView.as_view()), name="mfa_activate_totp"),
    path("account/confirm", signed_in(ReauthenticateView.as_view()), name="account_reauthenticate"),
]
