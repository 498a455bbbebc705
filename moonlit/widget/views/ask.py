"""Where there is no calendar: why, what we do about it, and two fields to leave word (rules 2)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from moonlit.audit.actor import PUBLIC
from moonlit.domain.business_time import answer_by
from moonlit.domain.reasons import LeadReason
from moonlit.platform import clock
from moonlit.platform.policy import public
from moonlit.practice.office import office
from moonlit.widget import pages, queries, services, words
from moonlit.widget.forms.lead import LeadForm
from moonlit.widget.guard import patient_page, switches_language
from moonlit.widget.journey import Meaning
from moonlit.widget.pages import error_lines, page
from moonlit.widget.paying import paid_by, price
from moonlit.widget.reasons import explained, no_time_suits
from moonlit.widget.way import Way, on_the_way, onward, to


@public
@patient_page
@on_the_way()
def ask(request: HttpRequest, way: Way) -> HttpResponse:
    """One form for every reason; `?notify=1` is for who would rather be told than book ahead, `?notify=time` for whom
    none of the free times suits.
    """
    reason = _reason(request, way)
    if reason is None:
        return onward(way.token, way.draft)
    none_suits = way.can_choose_time and reason is LeadReason.NO_TIMES_AVAILABLE
    if switches_language(request):
        form = LeadForm(initial=request.POST.dict())
    else:
        form = LeadForm(request.POST if request.method == "POST" else None, initial=_known(way))
    if form.is_bound and form.is_valid():
        lead = form.lead(way.choices, way.standing, reason)
        if lead is not None:
            services.leave_lead(way.draft, lead, by_hand=none_suits, actor=PUBLIC, now=way.now)
            return to("sent", way.token)
    words_of_it = (
        no_time_suits()
        if none_suits
        else explained(
            reason,
            payer=paid_by(way.choices, way.facts),
            opens=words.day_words(way.standing.opens) if way.standing.opens else "",
            language=words.language_words(way.choices.language),
        )
    )
    return page(
        request,
        "ask",
        title=_("How we can help"),
        step=2 if way.choices.answered else 1,
        token=way.token,
        errors=error_lines(form) if form.is_bound else [],
        status=422 if form.is_bound else 200,
        form=form,
        typed_form="page-form",
        reason=reason.value,
        heading=words_of_it.heading,
        sentences=words_of_it.sentences,
        promise=words.day_words(answer_by(way.now, office())),
        self_pay_offered=way.standing.self_pay_offered,
        price=price(way.choices, way.facts),
        answered=way.choices.answered,
        identified=way.draft.identified,
    )


@public
@patient_page
def sent(request: HttpRequest, token: str) -> HttpResponse:
    """The lead has arrived."""
    draft = queries.draft_by_token(token, clock.now())
    if draft is None or draft.sent_at is None or draft.appointment is not None:
        return pages.gone(request)
    day = words.day_words(answer_by(draft.sent_at, office()))
    return page(request, "sent", title=_("We have your message"), token=token, promise=day)


def _reason(request: HttpRequest, way: Way) -> LeadReason | None:
    if way.can_choose_time and request.GET.get("notify") == "time":
        return LeadReason.NO_TIMES_AVAILABLE
    if way.standing.meaning is Meaning.OPENS_LATER and "notify" in request.GET:
        return LeadReason.NOTIFY_WHEN_OPEN
    return way.standing.reason if way.standing.meaning is Meaning.LEAD else None


def _known(way: Way) -> dict[str, str]:
    """Nothing is asked twice: what step 4 already has."""
    answers = way.draft.answers
    return {
        "contact": answers.get("email") or answers.get("phone") or "",
        "name": answers.get("preferred_name") or answers.get("first_name") or "",
    }
