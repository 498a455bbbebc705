"""How the visit is paid, in words."""

from __future__ import annotations

from moonlit.domain.facts import Facts
from moonlit.widget import words
from moonlit.widget.asking import kinds_of_help
from moonlit.widget.journey import Choices


def paid_by(choices: Choices, facts: Facts) -> str:
    """The insurance as the patient knows it; empty for self-pay."""
    payer = facts.payers.get(choices.payer)
    return payer.name if payer else choices.payer_name


def price(choices: Choices, facts: Facts) -> str:
    """What a first visit costs who pays himself, from the cheapest clinician on; empty when it is not known."""
    codes = [choices.help] if choices.help in facts.visit_types else kinds_of_help(facts)[:1]
    prices = [
        own if own is not None else facts.visit_types[code].self_pay_cents
        for code in codes
        for provider in facts.offering(code)
        for own in [service.self_pay_cents for service in facts.services_of(provider, code)]
    ]
    known = [each for each in prices if each is not None]
    return words.money_words(min(known)) if known else ""
