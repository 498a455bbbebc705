"""What may follow later by the link: member number, whose insurance it is, address, sex (rules 4.13)."""

from __future__ import annotations

from collections.abc import Mapping

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from moonlit.booking.services import session_ends
from moonlit.domain.refusals import RefusalCode, Refused
from moonlit.people.details_queries import Standing
from moonlit.people.inputs import AddedInput
from moonlit.platform.policy import public
from moonlit.platform.ratelimit import allow
from moonlit.practice.office import office
from moonlit.widget import managing, queries, words
from moonlit.widget.forms.details import DetailsForm, added_from, as_typed, faults_between
from moonlit.widget.forms.faults import Faults
from moonlit.widget.guard import patient_page, switches_language
from moonlit.widget.managing import Managed, in_session
from moonlit.widget.pages import ErrorLine, error_lines, page
from moonlit.widget.way import see_other

MOST_SAVED = 10
"""For one visit at once: each that is new is a version, and a call to the EHR."""
PER_SECONDS = 3600


@public
@patient_page
@in_session
def details(request: HttpRequest, managed: Managed) -> HttpResponse:
    """Every field may stay empty: empty means that what we have stays. Shown is that we have it, never what it is."""
    known = managed.standing
    if known is None or not managed.may_add:
        return managed.to("manage")
    if request.method != "POST":
        return _details_page(request, managed, known, {})
    typed = as_typed(request.POST)
    if switches_language(request):
        return _details_page(request, managed, known, typed)
    told = added_from(typed, relationship=known.relationship)
    if not isinstance(told, AddedInput):
        return _details_page(request, managed, known, typed, told)
    if not _says_something(told, known):
        nothing = ErrorLine("page-form", _("Nothing was filled in, so nothing was saved."))
        return _details_page(request, managed, known, typed, line=nothing)
    bucket = f"details|{managed.visit.appointment}"
    if not (verdict := allow(bucket, capacity=MOST_SAVED, per_seconds=PER_SECONDS, now=managed.now)):
        return _too_much(request, managed, known, typed, verdict.retry_after)
    try:
        managing.add(managed, told)
    except Refused as refused:
        if refused.code is RefusalCode.PATIENT_INVALID:
            return _details_page(request, managed, known, typed, faults_between(refused.reasons))
        line = ErrorLine("page-form", _(refused.detail))
        return _details_page(request, managed, known, typed, line=line)
    return see_other(reverse("manage", args=[managed.token, managed.session]) + "?notice=added")


def _says_something(told: AddedInput, known: Standing) -> bool:
    said = told.model_dump(exclude_none=True)
    return any(said.values()) and said != {"relationship": known.relationship}


def _too_much(
    request: HttpRequest, managed: Managed, known: Standing, typed: Mapping[str, str], retry_after: int
) -> HttpResponse:
    """429 with the page as it was typed: going back in the browser would lose it, for no page is kept."""
    line = ErrorLine(
        "page-form", _("That was a lot at once. Nothing is lost. Wait a few minutes and press Save again.")
    )
    response = _details_page(request, managed, known, typed, line=line, status=429)
    response["Retry-After"] = str(retry_after)
    return response


def _details_page(
    request: HttpRequest,
    managed: Managed,
    known: Standing,
    typed: Mapping[str, str],
    faults: Faults | None = None,
    *,
    line: ErrorLine | None = None,
    status: int = 422,
) -> HttpResponse:
    drawn = {"relationship": known.relationship, "relationship_shown": known.relationship}
    form = DetailsForm({**drawn, **typed}, faults, by_patient=managed.by_patient)
    errors = [line] if line else error_lines(form)
    ends = session_ends(managed.session)
    return page(
        request,
        "manage/details",
        title=_("Add details"),
        errors=errors,
        status=status if errors else 200,
        form=form,
        typed_form="page-form",
        known=known.known,
        has_sex=known.sex,
        member_id_ends=known.member_id_ends,
        payer=queries.payer_name(known.payer),
        ends=words.until_words(ends, office().zone) if ends else "",
        **managed.described(),
    )
