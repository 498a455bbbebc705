"""The texts patients agree to: their names, what each says in short, and the address of the page that shows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from moonlit.practice.documents import TextInForce


@dataclass(frozen=True, slots=True)
class TextWords:
    title: Any
    agree: Any
    """What the tick says."""
    in_short: tuple[Any, ...]


WORDS = {
    "terms": TextWords(
        _("Terms of use"),
        _("I agree to the terms of use"),
        (
            _("These pages are for asking for a visit. They are not for emergencies: call or text 988, or call 911."),
            _("A visit is booked when we say so. Until then we hold the time and ask for it."),
            _("Please give true answers about the person who will be seen."),
            _("You may change or cancel a visit. Please tell us at least one day ahead."),
        ),
    ),
    "privacy_notice": TextWords(
        _("Notice of privacy practices"),
        _("I have read the notice of privacy practices"),
        (
            _("We use what you tell us to plan and give care, to be paid for it, and to run the practice."),
            _("We share it with others only as the law allows, or when you say so in writing."),
            _("You may ask to see, correct or get a copy of your record, and whom we shared it with."),
            _("You may complain to us or to the U.S. Department of Health and Human Services."),
            _("Nobody is treated worse for a complaint."),
        ),
    ),
    "treatment": TextWords(
        _("Consent to treatment"),
        _("I agree to be examined and treated"),
        (
            _("You agree to be examined and treated by our clinicians, some of whom work under supervision."),
            _("You may ask questions at any time, say no to any treatment, and take this consent back."),
        ),
    ),
    "telehealth": TextWords(
        _("Consent to video visits"),
        _("I agree to visits by video"),
        (
            _("A video visit needs a quiet, private place and a working connection."),
            _("Tell us at the start where you are, so that we can send help if you need it."),
            _("You may ask for a visit in the clinic instead."),
        ),
    ),
    "financial_policy": TextWords(
        _("Financial policy"),
        _("I agree to the financial policy"),
        (
            _("You pay what your plan leaves to you, or the price shown if you pay yourself."),
            _("We check your plan before the visit and tell you what we learn."),
            _("What the plan pays is its own decision."),
            _("A visit missed or cancelled on the last day may cost a fee."),
        ),
    ),
    "assignment_of_benefits": TextWords(
        _("Assignment of benefits"),
        _("I ask my insurance to pay the practice directly"),
        (_("Your insurance may send its payment for our visits to us, and we may send it the claims."),),
    ),
    "sms": TextWords(
        _("Text messages"),
        _("You may send me text messages about my visits"),
        (
            _("We text when a visit is booked or changes or something is left to do, and to remind you."),
            _("How many texts you get depends on your visits. Message and data rates may apply."),
            _("Reply STOP to any of them to end them all, or HELP for help."),
            _("You do not have to agree: your care does not depend on it."),
        ),
    ),
    "email": TextWords(
        _("E-mail"),
        _("You may send me e-mail about my visits"),
        (
            _("E-mail is not encrypted everywhere on its way. We write only the date, the time and a link."),
            _("Without this we send you no e-mail but the codes that you ask for."),
            _("You may end it at any time, through the link in a message or by telling us."),
        ),
    ),
}


def text_address(text: TextInForce) -> str:
    """Our own page of the text: pages with a token link to no other origin."""
    return reverse("book_text", args=[text.kind.replace("_", "-"), text.version])
