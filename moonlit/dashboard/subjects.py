"""What a task is about, as a link where the reader may follow it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from moonlit.coverage.staff_queries import contract_names
from moonlit.dashboard.message_words import VENDOR
from moonlit.dashboard.words import said
from moonlit.platform.policy import Verb, may
from moonlit.worklist.kinds import TaskOutcome
from moonlit.worklist.queries import TaskRow

OUTCOMES = [outcome for outcome in TaskOutcome if outcome is not TaskOutcome.CONDITION_GONE]
"""How a person can say that a task ended; the one left out is the program's own."""


@dataclass(frozen=True, slots=True)
class TaskLine:
    task: TaskRow
    about: str
    address: str
    """"" when there is no page, or the reader's role may not open it."""


def task_lines(request: HttpRequest, tasks: list[TaskRow]) -> list[TaskLine]:
    subjects = [task.subject.partition(":") for task in tasks]
    contracts = contract_names([int(key) for kind, _colon, key in subjects if kind == "contract" and key.isdecimal()])
    named = {f"contract:{key}": name for key, name in contracts.items()}
    lines = [TaskLine(task, *_about(request, task.subject, named)) for task in tasks]
    return [
        line if _may_read_note(request, line) else replace(line, task=replace(line.task, note="")) for line in lines
    ]


def _may_read_note(request: HttpRequest, line: TaskLine) -> bool:
    """A note about a visit may hold the patient's own words: only for who may open the visit."""
    return not line.task.subject.startswith("appointment:") or may(request, Verb.APPOINTMENT_READ)


def outcomes_for(request: HttpRequest) -> list[TaskOutcome]:
    """What may be chosen; nothing for a reader whose role closes no tasks."""
    return OUTCOMES if may(request, Verb.TASK_CLOSE) else []


def _about(request: HttpRequest, subject: str, named: Mapping[str, str]) -> tuple[str, str]:
    kind, _colon, key = subject.partition(":")
    match kind:
        case "appointment":
            return _("the appointment"), _link(request, "appointment", Verb.APPOINTMENT_READ, key)
        case "lead":
            return _("the lead"), _link(request, "lead", Verb.LEAD_READ, key)
        case "message":
            return _("the message"), _link(request, "message", Verb.MESSAGE_READ, key)
        case "reply":
            return _("the text"), _link(request, "reply", Verb.REPLY_READ, key)
        case "contact":
            return _("stopped contacts"), reverse("dashboard:stopped") if may(request, Verb.MESSAGE_LIST) else ""
        case "vendor_notice":
            return _("what a vendor told of a message"), ""
        case "vendor":
            words = _("sending through %(vendor)s") % {"vendor": said(key, VENDOR)}
            return words, reverse("dashboard:messages") if may(request, Verb.MESSAGE_LIST) else ""
        case "reviews":
            address = reverse("dashboard:reviews") if may(request, Verb.REVIEW_LIST) else ""
            return _("visits already held"), f"{address}?kind={key}" if address else ""
        case "location":
            return _("location %(code)s") % {"code": key}, ""
        case "contract":
            return named.get(subject, _("a contract that is no more")), ""
        case _:
            return f"{kind} {key}".strip(), ""


def _link(request: HttpRequest, name: str, verb: Verb, key: str) -> str:
    try:
        return reverse(f"dashboard:{name}", args=[UUID(key)]) if may(request, verb) else ""
    except ValueError:
        return ""
