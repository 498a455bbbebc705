"""Step 2: who and how."""

from __future__ import annotations

from dataclasses import replace

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from moonlit.audit.actor import PUBLIC
from moonlit.platform.policy import public
from moonlit.widget import queries, services, words
from moonlit.widget.forms.who import WhoForm
from moonlit.widget.guard import patient_page, switches_language
from moonlit.widget.journey import Meaning
from moonlit.widget.pages import error_lines, page
from moonlit.widget.paying import paid_by
from moonlit.widget.way import Way, on_the_way, onward


@public
@patient_page
@on_the_way()
def who(request: HttpRequest, way: Way) -> HttpResponse:
    """Open as soon as the way of paying leads to a calendar; answers already given are shown again."""
    paying = queries.standing(replace(way.choices, answered=False), way.now)
    if paying.meaning in {Meaning.LEAD, Meaning.QUESTION}:
        return onward(way.token, way.draft)
    switched = switches_language(request)
    answers = request.POST if request.method == "POST" and not switched else None
    usual = queries.in_page_language(paying.criteria, way.now)
    form = WhoForm(way.facts, way.choices, usual=usual, data=answers, typed=request.POST if switched else None)
    if form.is_bound and form.is_valid():
        services.keep_choices(way.draft, form.apply_to(way.choices), actor=PUBLIC, now=way.now)
        return onward(way.token, way.draft)
    return page(
        request,
        "who",
        title=_("Who and how?"),
        step=2,
        token=way.token,
        errors=error_lines(form),
        status=422 if form.is_bound else 200,
        form=form,
        typed_form="page-form",
        payer=paid_by(way.choices, way.facts),
        opens=words.day_words(paying.opens) if paying.meaning is Meaning.OPENS_LATER and paying.opens else "",
    )
