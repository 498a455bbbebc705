"""What is switched on for which addresses, and whose word counts for where a request came from."""

from collections.abc import Callable
from ipaddress import ip_address
from typing import Any

from csp.middleware import CSPMiddleware, PolicyParts
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.middleware.csrf import CsrfViewMiddleware
from django.utils.translation import get_language_from_path, override

from moonlit.platform import clock
from moonlit.platform.env import env
from moonlit.practice.queries import is_published

STAFF_PREFIX = "/staff/"


def _for_staff(request: HttpRequest) -> bool:
    return request.path_info.startswith(STAFF_PREFIX)


class _StaffOnly:
    """Mixed into a middleware class: it acts under /staff/ and is as good as absent elsewhere."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return super().__call__(request) if _for_staff(request) else self.get_response(request)  # type: ignore[misc,attr-defined]


class StaffSession(_StaffOnly, SessionMiddleware):
    pass


class StaffAuthentication(_StaffOnly, AuthenticationMiddleware):
    pass


class StaffMessages(_StaffOnly, MessageMiddleware):
    pass


class StaffCsrf(_StaffOnly, CsrfViewMiddleware):
    def process_view(self, request: HttpRequest, *args: Any) -> Any:
        return super().process_view(request, *args) if _for_staff(request) else None


class PageLanguage:
    """The language of a patient's page stands in its path (/es/book): no cookie, and a switch loses nothing.

    A language that is not published leads to the same page in English.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        language = get_language_from_path(request.path_info)
        first, _, rest = request.get_full_path().removeprefix("/").partition("/")
        if language is None or first != language:  # /es-mx/ counts as Spanish there, and is no page of ours
            return self.get_response(request)
        if not is_published(language, clock.now()):
            # One slash, however many came: //elsewhere.example is an address on another site.
            return HttpResponseRedirect("/" + rest.lstrip("/\\"), status=303)
        with override(language):
            return self.get_response(request)


class ContentPolicy(CSPMiddleware):
    """The policy of the settings, which lets nobody frame us, but for pages that named who may: `framed_by`.

    The view names them on the request, so that it also holds for the page that says that this view failed.
    """

    def get_policy_parts(
        self, request: HttpRequest, response: HttpResponseBase, report_only: bool = False
    ) -> PolicyParts:
        parts = super().get_policy_parts(request, response, report_only)
        if origins := getattr(request, "framed_by", ()):
            parts.replace = {**(parts.replace or {}), "frame-ancestors": list(origins)}
        return parts


class ClientAddress:
    """Puts the caller's own address into REMOTE_ADDR, believing forwarded headers from trusted proxies only."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self.trusted = env().trusted_proxies

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        forwarded = request.META.pop("HTTP_X_FORWARDED_FOR", "")
        if self._is_proxy(request.META.get("REMOTE_ADDR", "")):
            hops = [hop.strip() for hop in forwarded.split(",") if hop.strip()]
            request.META["REMOTE_ADDR"] = next(
                (hop for hop in reversed(hops) if not self._is_proxy(hop)),
                request.META["REMOTE_ADDR"],
            )
        else:
            request.META.pop("HTTP_X_FORWARDED_PROTO", None)
        return self.get_response(request)

    def _is_proxy(self, address: str) -> bool:
        try:
            parsed = ip_address(address)
        except ValueError:
            return False
        return any(parsed in network for network in self.trusted)
