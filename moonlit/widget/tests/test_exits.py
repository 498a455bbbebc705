"""Wherever the pages lead to no calendar, one form takes word, with a promise and consent by its own words (rules 2, 8)."""

import pytest

from moonlit.audit.actor import SYSTEM
from moonlit.audit.verbs import Verb
from moonlit.availability.models import MirrorState, Slot
from moonlit.availability.services.calendars import rebuild
from moonlit.coverage.models import Payer, ProviderPayer
from moonlit.leads.models import Lead
from moonlit.practice.services import changing_facts
from moonlit.widget.forms.lead import WORDING
from moonlit.widget.tests.visitor import WHO

PROMISE = "A person answers you by the end of Tuesday, March 3, 2026."


def no_start_date():
    rows = ProviderPayer.objects.filter(payer__code="pehp")
    assert rows.update(effective_date=None)
    with changing_facts(Verb.PRACTICE_CHANGED, actor=SYSTEM, subject="practice:1"):
        pass


def no_times(town):
    Slot.objects.all().delete()
    for provider in MirrorState.objects.values_list("provider", flat=True).distinct():
        rebuild(provider, now=town.clock())


def by_payer(code):
    return lambda visitor, _town: visitor.go("/book").press("/book", payer=code)


def by_answers(**answers):
    return lambda visitor, _town: visitor.go("/book").press("/book", payer="selecthealth").press(**(WHO | answers))


def unlisted(visitor, _town):
    visitor.go("/book").press("/book", payer_name="Nowhere Mutual")


def unknown_date(visitor, town):
    no_start_date()
    by_payer("pehp")(visitor, town)


def rather_told(visitor, town):
    by_payer("emi-health")(visitor, town)
    visitor.go(visitor.path.replace("/pay", "/ask?notify=1"))


def nothing_free(visitor, town):
    no_times(town)
    by_answers()(visitor, town)


def none_suits(visitor, town):
    by_answers()(visitor, town)
    visitor.go(visitor.path.replace("/when", "/ask?notify=time"))


def payer_unclear(visitor, town):
    with changing_facts(Verb.PRACTICE_CHANGED, actor=SYSTEM, subject="practice:1"):
        assert Payer.objects.filter(code="hmhi-bhn").update(practice_status="denied")
    by_payer("uuhp")(visitor, town)
    visitor.press(benefit="unsure")


EXITS = {
    "out_of_network": by_payer("cigna"),
    "effective_date_over_30_days": by_payer("pehp"),
    "credentialing_in_progress": by_payer("tricare-west"),
    "payer_unlisted": unlisted,
    "no_provider_available": by_answers(state="other"),
    "language_request": by_answers(visit_language="und"),
    "minor": by_answers(age="minor"),
    "returning_patient": by_answers(seen_before="yes"),
    "notify_when_open": rather_told,
    "none_suits": none_suits,
    "payer_unclear": payer_unclear,
    "effective_date_unknown": unknown_date,
    "no_times_available": nothing_free,
}


def test_every_exit_takes_word_promises_an_answer_and_keeps_the_consent(visitor, town):
    """One world for all: those that change it come last."""
    for exit_name, lead_on in EXITS.items():
        before = set(Lead.objects.values_list("pk", flat=True))
        lead_on(visitor, town)
        assert PROMISE in visitor.text, exit_name
        assert "Call us: 801-555-0100" in visitor.text
        visitor.press(contact=f"{exit_name}@example.org", may_write="on")
        assert visitor.page == "sent"
        assert PROMISE in visitor.text
        lead = Lead.objects.exclude(pk__in=before).get()
        none_suited = exit_name == "none_suits"
        assert lead.reason == ("no_times_available" if none_suited else exit_name)
        assert (lead.by_hand, lead.language) == (none_suited, "en")
        assert lead.consent == {
            "email": True,
            "sms": False,
            "version": WORDING,
            "source": "widget",
            "at": town.clock().isoformat(),
        }


@pytest.fixture
def asked(visitor, town):
    by_payer("cigna")(visitor, town)
    return visitor


def test_a_mobile_number_may_be_texted_and_without_the_tick_nothing_is_agreed_to(asked, town):
    asked.press(contact="(801) 555-0142", may_write="on")
    by_payer("cigna")(asked, town)
    asked.press(contact="801-555-0143")
    texted, silent = (row.consent for row in sorted(Lead.objects.all(), key=lambda row: row.phone))
    assert (texted["sms"], texted["version"]) == (True, WORDING)
    assert (silent["email"], silent["sms"], silent["version"]) == (False, False, "")


def test_a_number_that_takes_no_texts_is_not_asked_to_and_nothing_typed_is_lost(asked):
    asked.press(contact="800-555-0199", name="Zoë", may_write="on")
    assert asked.status == 422
    assert "This number takes no text messages. Leave this out, and we call you." in asked.text
    assert (asked.value_of("contact"), asked.value_of("name")) == ("800-555-0199", "Zoë")
    assert not Lead.objects.exists()
    asked.press(contact="800-555-0199", name="Zoë")
    assert asked.page == "sent"


def test_the_same_left_twice_is_one_lead_and_leads_for_children_are_never_merged(visitor, town):
    for _ in range(2):
        by_payer("cigna")(visitor, town)
        visitor.press(contact="zoe@example.org", name="Zoë")
    for _ in range(2):
        by_answers(age="minor")(visitor, town)
        visitor.press(contact="zoe@example.org", name="Zoë")
    assert sorted(Lead.objects.values_list("reason", flat=True)) == ["minor", "minor", "out_of_network"]
