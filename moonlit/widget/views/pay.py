"""Step 1: how will you pay? Begun at /book without a draft, changed under one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from moonlit.audit.actor import PUBLIC
from moonlit.coverage.queries import facts as current_facts
from moonlit.domain.facts import Facts
from moonlit.platform import clock
from moonlit.platform.policy import public
from moonlit.widget import queries, services, words
from moonlit.widget.forms.who import QuestionForm
from moonlit.widget.guard import patient_page, switches_language
from moonlit.widget.journey import Choices, Meaning, Page
from moonlit.widget.pages import ErrorLine, error_lines, page
from moonlit.widget.parts import varied, wants_part
from moonlit.widget.payer_search import LONGEST_NAME, found, search
from moonlit.widget.paying import paid_by, price
from moonlit.widget.way import Way, on_the_way, onward, see_other, to


@public
@patient_page
def start(request: HttpRequest) -> HttpResponse:
    """A GET creates nothing; the first POST creates the draft. `?payer=` comes from the clinic's own site."""
    return begin(request, reverse("book_start"), payer=request.GET.get("payer", ""))


def begin(
    request: HttpRequest,
    here: str,
    *,
    payer: str = "",
    self_pay: bool = False,
    lead: UUID | None = None,
    invited: bool = False,
) -> HttpResponse:
    """Step 1 before there is a draft, at the address `here`, with a way of paying chosen beforehand. `invited`: behind
    a lead's own link, `lead` whose booking it then is.
    """
    if wants_part(request):
        return found(request, here)
    chosen = None if request.GET.get("q") else _preselected(payer) or (_by_self() if self_pay else None)
    shown = {"choose_url": here, "chosen": chosen, "invited": invited}
    if request.method != "POST" or switches_language(request):
        return _search_page(request, shown)
    now = clock.now()
    choices = _chosen(request.POST, Choices(), current_facts())
    if isinstance(choices, ErrorLine):
        return _search_page(request, shown, fault=choices)
    token = services.begin(choices, lead=lead, now=now)
    draft = queries.draft_by_token(token, now)
    return onward(token, draft) if draft else see_other(request.path)


@public
@patient_page
@on_the_way()
def pay(request: HttpRequest, way: Way) -> HttpResponse:
    """What the choice means, the question of a carve-out, and the way to choose anew."""
    if wants_part(request):
        return found(request, reverse("book_pay", args=[way.token]))
    if request.method != "POST" or switches_language(request):
        return _outcome_page(request, way)
    if "benefit" in request.POST or (_has_question(way) and not _names_payment(request.POST)):
        return _answer_question(request, way)
    chosen = _chosen(request.POST, way.choices, way.facts)
    if isinstance(chosen, ErrorLine):
        return _outcome_page(request, way, fault=chosen)
    if chosen.self_pay and not way.choices.self_pay and not _may_pay_self(way):
        return to(Page.ASK, way.token)
    services.keep_choices(way.draft, chosen, actor=PUBLIC, now=way.now)
    return onward(way.token, way.draft)


def _answer_question(request: HttpRequest, way: Way) -> HttpResponse:
    question = way.standing.answer.question if way.standing.answer else None
    if question is None:
        return onward(way.token, way.draft)
    form = QuestionForm(question, request.POST)
    if not form.is_valid():
        return _outcome_page(request, way, form=form)
    answered = replace(way.choices, benefit=form.cleaned_data["benefit"])
    services.keep_choices(way.draft, answered, actor=PUBLIC, now=way.now)
    return onward(way.token, way.draft)


def _chosen(posted: Any, choices: Choices, facts: Facts) -> Choices | ErrorLine:
    """The way of paying that was pressed, or what is wrong with it."""
    if posted.get("self_pay"):
        return choices.paying(self_pay=True)
    if "payer_name" in posted:
        name = " ".join(posted["payer_name"].split())
        if not name:
            return ErrorLine("id_payer_name", _("Please write the name of the insurance as it stands on the card."))
        if len(name) > LONGEST_NAME or not name.isprintable():
            return ErrorLine("id_payer_name", _("Please write the name in at most 120 letters."))
        return choices.paying(payer_name=name)
    if posted.get("payer") in facts.payers:
        return choices.paying(payer=posted["payer"])
    return ErrorLine("id_q", _("Please choose an insurance from the list, or pay yourself."))


def _may_pay_self(way: Way) -> bool:
    """Not as a button for anyone who named Medicaid or Medicare (rules 1.13)."""
    return way.standing.self_pay_offered


def _has_question(way: Way) -> bool:
    return way.standing.meaning is Meaning.QUESTION


def _names_payment(posted: Any) -> bool:
    return any(name in posted for name in ("payer", "payer_name", "self_pay"))


def _search_page(request: HttpRequest, shown: dict[str, Any], *, fault: ErrorLine | None = None) -> HttpResponse:
    response = page(
        request,
        "start",
        title=_("How will you pay?"),
        step=1,
        errors=[fault] if fault else [],
        status=422 if fault else 200,
        typed_form=_typed_form(request),
        **shown,
        **search(request),
    )
    return varied(response)


def _preselected(code: str) -> dict[str, str] | None:
    """The insurance that the clinic's own page or a lead's link has named, and what it means; None for an unknown
    one.
    """
    payer = current_facts().payers.get(code)
    if payer is None:
        return None
    standing = queries.standing(Choices(payer=code), clock.now())
    day = words.day_words(standing.opens) if standing.opens else ""
    means = {
        Meaning.TIMES: _("We take this insurance. We will check your plan before your visit."),
        Meaning.QUESTION: _("We ask one question about your card. We will check your plan before your visit."),
        Meaning.OPENS_LATER: _("You can use it here from %(day)s. We will check your plan before your visit."),
        Meaning.LEAD: _("We cannot book visits with this insurance today. The next page says what we can do."),
    }[standing.meaning]
    hides = {} if standing.self_pay_offered else {"no_self_pay": "1"}  # rules 1.13
    return {"field": "payer", "value": code, "name": payer.name, "means": means % {"day": day}, **hides}


def _by_self() -> dict[str, str]:
    means = _("We do not ask about insurance. You see the price before you confirm.")
    return {"field": "self_pay", "value": "1", "name": "", "means": means}


def _typed_form(request: HttpRequest) -> str:
    """The form whose contents a change of language carries along."""
    return "named-form" if "payer_name" in request.POST else "search-form"


def _outcome_page(
    request: HttpRequest, way: Way, *, fault: ErrorLine | None = None, form: QuestionForm | None = None
) -> HttpResponse:
    standing, choices = way.standing, way.choices
    question = standing.answer.question if standing.answer else None
    if form is None and question is not None:
        form = QuestionForm(question, initial={"benefit": request.POST.get("benefit", "")})
    errors = [fault] if fault else error_lines(form) if form is not None and form.is_bound else []
    asks = standing.meaning is Meaning.QUESTION
    response = page(
        request,
        "pay",
        title=_("How will you pay?"),
        step=1,
        token=way.token,
        errors=errors,
        status=422 if errors else 200,
        goes_on=way.draft.identified and choices.answered,
        payer=paid_by(choices, way.facts),
        self_pay=choices.self_pay,
        meaning=standing.meaning.value,
        form=form,
        opens=words.day_words(standing.opens) if standing.opens else "",
        self_pay_offered=standing.self_pay_offered,
        self_pay_hidden=choices.self_pay or not standing.self_pay_offered or standing.meaning is Meaning.OPENS_LATER,
        choosing=bool(fault) or "q" in request.GET or "change" in request.GET or "payer_name" in request.POST,
        price=price(way.choices, way.facts),
        typed_form="page-form" if asks and "payer_name" not in request.POST else _typed_form(request),
        **search(request),
    )
    return varied(response)
