"""Who may do what: a role has a set of verbs, every route declares its policy, a guard test walks the routes.

A verb reads area:object:verb. Staff who lack one get the same 404 as for an address that does not exist.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.utils.http import urlencode


class Role(StrEnum):
    ADMIN = "admin"
    CREDENTIALING = "credentialing"
    SCHEDULER = "scheduler"
    PROVIDER = "provider"
    AUDITOR = "auditor"


class Verb(StrEnum):
    OWN_ACCOUNT = "staff:account:use"
    TODAY_READ = "dashboard:today:read"
    APPOINTMENT_LIST = "booking:appointment:list"
    APPOINTMENT_READ = "booking:appointment:read"
    APPOINTMENT_FINISH = "booking:appointment:finish"
    PATIENT_CHANGE = "people:patient:change"
    RESTRICTION_READ = "people:restriction:read"
    RESTRICTION_CHANGE = "people:restriction:change"
    LEAD_LIST = "leads:lead:list"
    LEAD_READ = "leads:lead:read"
    LEAD_CHANGE = "leads:lead:change"
    MESSAGE_LIST = "messages:message:list"
    MESSAGE_READ = "messages:message:read"
    MESSAGE_RESEND = "messages:message:resend"
    REPLY_READ = "messages:reply:read"
    CONTACT_CHANGE = "messages:contact:change"
    TASK_LIST = "worklist:task:list"
    TASK_CLOSE = "worklist:task:close"
    COVERAGE_READ = "coverage:contract:read"
    REVIEW_LIST = "booking:review:list"
    REVIEW_SETTLE = "booking:review:settle"
    SYNC_READ = "sync:status:read"


_EVERYBODY = frozenset({Verb.OWN_ACCOUNT, Verb.TODAY_READ})

ROLE_VERBS: dict[Role, frozenset[Verb]] = {
    Role.ADMIN: frozenset(Verb),
    Role.CREDENTIALING: _EVERYBODY | {Verb.COVERAGE_READ, Verb.TASK_LIST, Verb.TASK_CLOSE},
    Role.SCHEDULER: _EVERYBODY
    | {
        Verb.APPOINTMENT_LIST,
        Verb.APPOINTMENT_READ,
        Verb.APPOINTMENT_FINISH,
        Verb.PATIENT_CHANGE,
        Verb.RESTRICTION_READ,
        Verb.RESTRICTION_CHANGE,
        Verb.LEAD_LIST,
        Verb.LEAD_READ,
        Verb.LEAD_CHANGE,
        Verb.MESSAGE_LIST,
        Verb.MESSAGE_READ,
        Verb.MESSAGE_RESEND,
        Verb.REPLY_READ,
        Verb.CONTACT_CHANGE,
        Verb.TASK_LIST,
        Verb.TASK_CLOSE,
        Verb.COVERAGE_READ,
        Verb.REVIEW_LIST,
        Verb.REVIEW_SETTLE,
        Verb.SYNC_READ,
    },
    Role.PROVIDER: _EVERYBODY,
    Role.AUDITOR: _EVERYBODY,
}


class Audience(StrEnum):
    PUBLIC = "public"
    """Anybody; where a path holds a token, the token is the right."""
    SIGNED_IN = "signed_in"
    """Whoever has given a staff password, even without a second factor yet."""
    STAFF = "staff"
    WEBHOOK = "webhook"
    """A vendor, proven by the signature of the body."""


@dataclass(frozen=True, slots=True)
class Policy:
    audience: Audience
    verb: Verb | None = None
    vendor: str = ""


class AccessDeniedError(Http404):
    """Signed in, but the role lacks the verb. To the browser it is a 404; the staff middleware records it."""

    def __init__(self, verb: Verb) -> None:
        super().__init__("not found")
        self.verb = verb


View = Callable[..., Any]


def declared_policy(view: View) -> Policy | None:
    """What the view, or ninja operation function, declares; None when it was forgotten."""
    return getattr(view, "policy", None)


def public(view: View) -> View:
    """Anybody may call this."""
    view.policy = Policy(Audience.PUBLIC)  # type: ignore[attr-defined]
    return view


def webhook(vendor: str) -> Callable[[View], View]:
    """Called by a vendor; the view itself checks the signature before it believes a byte."""

    def declare(view: View) -> View:
        view.policy = Policy(Audience.WEBHOOK, vendor=vendor)  # type: ignore[attr-defined]
        return view

    return declare


def signed_in(view: View) -> View:
    """Only for the few pages by which an account gets its second factor."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return view(request, *args, **kwargs) if request.user.is_authenticated else _to_sign_in(request)

    guarded.policy = Policy(Audience.SIGNED_IN)  # type: ignore[attr-defined]
    return guarded


def staff_only(verb: Verb) -> Callable[[View], View]:
    """Only staff whose role has the verb. Others: to the sign-in page, or, signed in, 404."""

    def declare(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            role = role_of(request)
            if role is None:
                return _to_sign_in(request)
            if verb not in ROLE_VERBS[role]:
                raise AccessDeniedError(verb)
            return view(request, *args, **kwargs)

        guarded.policy = Policy(Audience.STAFF, verb=verb)  # type: ignore[attr-defined]
        return guarded

    return declare


def _to_sign_in(request: HttpRequest) -> HttpResponseRedirect:
    back_to = "?" + urlencode({"next": request.get_full_path()}) if request.method == "GET" else ""
    return HttpResponseRedirect(resolve_url(settings.LOGIN_URL) + back_to)


def role_of(request: HttpRequest) -> Role | None:
    """The role this request acts under; None for everybody who has not passed both factors."""
    return getattr(getattr(request, "user", None), "policy_role", None)


def may(request: HttpRequest, verb: Verb) -> bool:
    """Whether the role of the request has the verb; for leaving a link out of a page."""
    role = role_of(request)
    return role is not None and verb in ROLE_VERBS[role]
