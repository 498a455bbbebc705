"""Step 1, what each way of paying means, and the leads."""

from __future__ import annotations

from tests.states.walk import See, Walk

STATES = {
    "pay-start": "Step 1: how will you pay?",
    "pay-results": "Step 1: what the search found",
    "pay-results-many": "Step 1: a name that many share",
    "pay-nothing-found": "Step 1: no insurance by that name",
    "pay-too-short": "Step 1: one letter is not enough",
    "pay-error": "Step 1: the name of the insurance is missing",
    "pay-preselected": "Step 1: the link named the insurance",
    "pay-question": "Step 1: who carries the benefit?",
    "pay-question-error": "Step 1: the question was not answered",
    "pay-chosen": "Step 1 again: the insurance that was chosen",
    "pay-self-chosen": "Step 1 again: paying oneself",
    "pay-opens-later": "Insurance that starts in 20 days",
    "lead-tell-me": "Insurance that starts in 20 days: tell me then",
    "lead-starts-in-45-days": "Insurance that starts in 45 days",
    "lead-credentialing": "Insurance we are joining",
    "lead-denied": "Insurance that did not take us",
    "lead-unlisted": "Insurance that is not listed",
    "lead-medicaid-unlisted": "A Medicaid plan typed by name: no self-pay button",
    "lead-minor": "The patient is under 18",
    "lead-returning": "The patient has been here before",
    "lead-language": "A language we do not list",
    "lead-no-provider": "Nobody for that state",
    "lead-errors": "A lead without a contact",
    "lead-sent": "A lead was sent",
}


def first_step(walk: Walk, see: See) -> None:
    walk.open()
    see("pay-start")
    walk.search("zzqx")
    see("pay-nothing-found")
    walk.open().search("a")
    see("pay-too-short")
    walk.open().search("medicaid")
    see("pay-results-many")
    walk.open().pay_with_unlisted("")
    see("pay-error")
    walk.open("/book?payer=aetna")
    see("pay-preselected")
    walk.open().search("regence")
    see("pay-results")
    walk.press("button[name=payer][value=regence]")
    see("pay-question")
    walk.submit()
    see("pay-question-error")
    walk.answer_card("regence").go(f"{walk.draft}/pay")
    see("pay-chosen")
    walk.open().pay_self().go(f"{walk.draft}/pay")
    see("pay-self-chosen")


def not_yet(walk: Walk, see: See) -> None:
    walk.open().pay_with("emi-health", "emi").at("pay")
    see("pay-opens-later")
    walk.press("a[href*='notify=1']")
    see("lead-tell-me")
    walk.open().pay_with("pehp", "pehp").at("ask")
    see("lead-starts-in-45-days")
    walk.open().pay_with("tricare-west", "tricare").at("ask")
    see("lead-credentialing")
    walk.open().pay_with("cigna", "cigna").at("ask")
    see("lead-denied")
    walk.open().pay_with_unlisted("Harborlight Mutual").at("ask")
    see("lead-unlisted")
    walk.submit()
    see("lead-errors")
    walk.fill(contact="harbor@example.org", name="Harper").submit().at("sent")
    see("lead-sent")
    walk.open().pay_with_unlisted("Medicaid of Nowhere").at("ask")
    see("lead-medicaid-unlisted")


def other_answers(walk: Walk, see: See) -> None:
    for state, answers in {
        "lead-minor": {"age": "minor"},
        "lead-returning": {"seen_before": "yes"},
        "lead-language": {"visit_language": "und"},
        "lead-no-provider": {"state": "other"},
    }.items():
        walk.open().pay_with("aetna", "aetna").who(**answers).at("ask")
        see(state)


WALKS = {
    first_step: [name for name in STATES if name.startswith("pay-") and name != "pay-opens-later"],
    not_yet: [
        "pay-opens-later",
        "lead-tell-me",
        "lead-starts-in-45-days",
        "lead-credentialing",
        "lead-denied",
        "lead-unlisted",
        "lead-errors",
        "lead-sent",
        "lead-medicaid-unlisted",
    ],
    other_answers: ["lead-minor", "lead-returning", "lead-language", "lead-no-provider"],
}
