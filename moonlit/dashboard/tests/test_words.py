"""Every value that can be stored of messages and leads has words for staff."""

import ast
import re

import pytest

from moonlit.audit.verbs import Verb
from moonlit.dashboard import lead_words, message_words
from moonlit.domain.reasons import LeadReason
from tests.guard.source import dotted, modules

CODE = re.compile(r"[a-z]+(_[a-z]+)+|[a-z]{4,}")
ERRORS = {"CannotWord", "NotReached", "Throttled", "Rejected", "ConfigurationRefused", "Unknown", "CannotCompose"}
TAKES_A_CODE = {"state.failed": 1, "state.withheld": 1, "settle": 2, "Heard": 1}
"""Calls whose argument of this number is a code."""
WHOLE = ("services/withhold.py", "truth.py", "audience.py")
"""Files whose every returned text is a code."""


def tables():
    from moonlit.leads.models import Lead, LeadMatch
    from moonlit.leads.services import Result
    from moonlit.notifications.kinds import Kind
    from moonlit.notifications.models import Attempt, Message, Notice, Reply, StoppedContact
    from moonlit.notifications.services import Resend
    from moonlit.notifications.texts.wording import Reply as Answer

    return [
        (Kind, message_words.MESSAGE),
        (Message.Channel, message_words.CHANNEL),
        (Message.State, message_words.MESSAGE_STATE),
        (Message.Audience, message_words.AUDIENCE),
        (Message.Delivery, message_words.DELIVERY),
        (Attempt.Outcome, message_words.ATTEMPT),
        (Notice.Outcome, message_words.NOTICE),
        (Reply.Meaning, message_words.MEANING),
        (Reply.Meaning, message_words.DONE_BY_ITSELF),
        (Answer, message_words.ANSWER),
        (StoppedContact.Reason, message_words.STOPPED),
        (Resend, message_words.RESEND),
        (Lead.Status, lead_words.LEAD_STATUS),
        (Lead.Closed, lead_words.LEAD_CLOSED),
        (LeadMatch.State, lead_words.LEAD_MATCH),
        (LeadReason, lead_words.LEAD_REASON),
        (Result, lead_words.LEAD_RESULT),
    ]


def test_every_stored_value_has_words():
    missing = {each.__qualname__: sorted({str(one.value) for one in each} - {*table}) for each, table in tables()}
    assert {name: values for name, values in missing.items() if values} == {}


def test_everything_the_log_says_of_a_lead_has_words():
    said = {verb.value for verb in Verb if verb.value.startswith("leads:")} - {Verb.LEAD_READ, Verb.LEAD_LISTED}
    assert said == {*lead_words.HISTORY}


def codes():
    """(code, where) of what the notifications write down as the reason why a message or a notice stopped."""
    for path, tree in modules("moonlit/notifications"):
        if "/tests/" in path or "/texts/" in path:
            continue
        for node in ast.walk(tree):
            for found in _named(node, path):
                if isinstance(found, ast.Constant) and isinstance(found.value, str) and CODE.fullmatch(found.value):
                    yield found.value, f"{path}:{node.lineno}"


def _named(node, path):
    if isinstance(node, ast.Call):
        name = dotted(node.func)
        yield from (node.args[:1] if name.rpartition(".")[2] in ERRORS else [])
        place = TAKES_A_CODE.get(name)
        yield from node.args[place : place + 1] if place else []
        yield from (keyword.value for keyword in node.keywords if keyword.arg in {"error", "nowhere"})
    elif (isinstance(node, ast.Return) and path.endswith(WHOLE)) or (
        isinstance(node, ast.Assign) and path.endswith(WHOLE)
    ):
        yield node.value


def test_every_code_that_stops_a_message_has_a_sentence():
    found = dict(codes())
    assert len(found) > 25
    assert {code: at for code, at in found.items() if code not in message_words.MESSAGE_ERROR} == {}


@pytest.mark.parametrize("vendor", ["sendgrid", "notifyre"])
def test_every_code_of_a_webhook_has_a_sentence(vendor):
    source = next(tree for path, tree in modules("moonlit/notifications") if path.endswith(f"{vendor}/webhook.py"))
    told = [node for node in ast.walk(source) if isinstance(node, ast.AnnAssign) and isinstance(node.value, ast.Dict)]
    pairs = [pair for node in told for pair in node.value.values if isinstance(pair, ast.Tuple)]
    named = {pair.elts[1].value for pair in pairs} - {""}
    assert named
    assert named <= {*message_words.MESSAGE_ERROR}


def test_a_status_and_a_code_nobody_knows_are_said_in_plain_words():
    assert message_words.why("vendor_503") == "The vendor answered with error 503"
    assert message_words.why("brand_new_code") == "brand new code"
    assert message_words.why("") == ""
