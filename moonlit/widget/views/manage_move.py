"""Moving: other times for the same request, old and new side by side, then one press. Late, staff are asked."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from moonlit.audit.actor import PUBLIC
from moonlit.availability.queries import Candidate, candidates
from moonlit.booking.services import SlotTaken, ask_staff_to_move
from moonlit.domain.business_time import answer_by
from moonlit.domain.criteria import Criteria
from moonlit.domain.refusals import Refused
from moonlit.platform.policy import public
from moonlit.practice.office import office
from moonlit.widget import managing, queries, words
from moonlit.widget.forms.manage import WordsForm, form_data
from moonlit.widget.free_times import instant, times_shown
from moonlit.widget.guard import patient_page, switches_language
from moonlit.widget.managing import Managed, in_session
from moonlit.widget.pages import ErrorLine, error_lines, page
from moonlit.widget.way import see_other

WISH = gettext_lazy("Which days and times would suit you?")


@public
@patient_page
@in_session
def move(request: HttpRequest, managed: Managed) -> HttpResponse:
    """Times of everybody who may see the patient, or with `?with=same` of the same clinician. Late: a request."""
    visit, criteria = managed.visit, managed.visit.criteria
    if not managed.may_move or criteria is None:
        return _ask(request, managed) if managed.may_ask_to_move else managed.to("manage")
    same = request.GET.get("with") == "same"
    times = times_shown(
        request,
        criteria,
        provider=visit.provider.id if same else None,
        keep={"with": "same"} if same else {},
        now=managed.now,
        without=visit.start,  # whoever looks for a new time does not mean another clinician at the old one
    )
    return page(
        request,
        "manage/move",
        title=_("Choose a new time"),
        **times,
        same=same,
        taken=request.GET.get("notice") == "taken",
        **managed.described(),
    )


@public
@patient_page
@in_session
def check(request: HttpRequest, managed: Managed) -> HttpResponse:
    """The old time and the new one, and who will be seen. The old one stands until the new one is booked."""
    given = request.POST if request.method == "POST" else request.GET
    start, criteria = instant(given.get("start", "")), managed.visit.criteria
    if not managed.may_move or start is None or criteria is None:
        return managed.to("manage_move")
    seen = _seen_by(managed, criteria, start, given.get("provider", ""))
    if seen is None:
        return _taken(managed)
    if request.method != "POST" or switches_language(request):
        return _check_page(request, managed, seen)
    try:
        told = managing.move(managed, start, seen.provider_id)
    except SlotTaken:
        return _taken(managed)
    except Refused as refused:
        return _check_page(request, managed, seen, fault=ErrorLine("new", _(refused.detail)))
    return see_other(reverse("manage_progress", args=[told]))


def _seen_by(managed: Managed, criteria: Criteria, start: datetime, shown: str) -> Candidate | None:
    """Who takes the new time: the one the page showed, else the same clinician as before, else the first."""
    found = candidates(criteria, start, provider_id=None, now=managed.now)
    if shown:
        return next((each for each in found if str(each.provider_id) == shown), None)
    same = (each for each in found if each.provider_id == managed.visit.provider.id)
    return next(same, found[0] if found else None)


def _check_page(
    request: HttpRequest, managed: Managed, seen: Candidate, *, fault: ErrorLine | None = None
) -> HttpResponse:
    return page(
        request,
        "manage/check",
        title=_("Check the new time"),
        errors=[fault] if fault else [],
        status=422 if fault else 200,
        new_moment=words.moment_words(seen.start, seen.time_zone),
        new_provider=queries.clinician(seen.provider_id),
        new_supervisor=queries.clinician(seen.decision.supervisor) if seen.decision.supervisor else "",
        start=seen.start.isoformat(),
        provider_id=seen.provider_id,
        typed_form="page-form",
        **managed.described(),
    )


def _ask(request: HttpRequest, managed: Managed) -> HttpResponse:
    """Inside the notice period, or for a visit that was made in the EHR: staff move it (rules 4.10)."""
    form = WordsForm(WISH, **form_data(request))
    errors = error_lines(form)
    if form.is_bound and not errors:
        visit = managed.visit.appointment
        wish = form.cleaned_data["words"]
        try:
            ask_staff_to_move(visit, note=wish, wanted_start=None, actor=PUBLIC, now=managed.now)
        except Refused as refused:
            errors = [ErrorLine("visit", _(refused.detail))]
        else:
            return managed.to("manage_asked")
    return page(
        request,
        "manage/ask",
        title=_("Ask us to move it"),
        errors=errors,
        status=422 if errors else 200,
        form=form,
        typed_form="page-form",
        late=managed.is_late,
        **managed.described(),
    )


@public
@patient_page
@in_session
def asked(request: HttpRequest, managed: Managed) -> HttpResponse:
    """Staff have the request; the appointment stands."""
    return page(
        request,
        "manage/asked",
        title=_("We have your request"),
        promise=words.day_words(answer_by(managed.now, office())),
        **managed.described(),
    )


def _taken(managed: Managed) -> HttpResponse:
    address = reverse("manage_move", args=[managed.token, managed.session])
    return see_other(f"{address}?{urlencode({'notice': 'taken'})}")
