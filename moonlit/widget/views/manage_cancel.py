"""Cancelling: the policy first, then a reason if one likes to give one, then one press."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from moonlit.domain.refusals import RefusalCode, Refused
from moonlit.platform.policy import public
from moonlit.practice.queries import practice
from moonlit.widget import words
from moonlit.widget.forms.manage import WordsForm, form_data
from moonlit.widget.guard import patient_page
from moonlit.widget.managing import Managed, in_session
from moonlit.widget.managing import cancel as ask_to_cancel
from moonlit.widget.pages import ErrorLine, error_lines, page
from moonlit.widget.way import see_other

REASON = gettext_lazy("Would you like to tell us why? (optional)")
POLICY_SHOWN = "policy_shown"


@public
@patient_page
@in_session
def cancel(request: HttpRequest, managed: Managed) -> HttpResponse:
    """A page opened before the notice period and sent inside it comes back with the policy; what was typed stays."""
    if not managed.may_cancel:
        return managed.to("manage")
    form = WordsForm(REASON, **form_data(request))
    if not (form.is_bound and form.is_valid()):
        return _cancel_page(request, managed, form)
    try:
        told = ask_to_cancel(managed, reason=form.cleaned_data["words"], late_ok=POLICY_SHOWN in request.POST)
    except Refused as refused:
        late = refused.code is RefusalCode.LATE_CHANGE and managed.is_late
        detail = _("It is now less than a day before. Please read what that means.") if late else _(refused.detail)
        return _cancel_page(request, managed, form, fault=ErrorLine("policy" if late else "visit", detail))
    return see_other(reverse("manage_progress", args=[told]))


def _cancel_page(
    request: HttpRequest, managed: Managed, form: WordsForm, *, fault: ErrorLine | None = None
) -> HttpResponse:
    errors = [fault] if fault else error_lines(form)
    return page(
        request,
        "manage/cancel",
        title=_("Cancel this appointment?"),
        errors=errors,
        status=422 if errors else 200,
        form=form,
        typed_form="page-form",
        late=managed.is_late,
        in_time_until=words.moment_words(managed.visit.can_change_until, managed.visit.time_zone),
        hours=practice().change_notice_hours,
        policy_shown=POLICY_SHOWN,
        may_move=managed.may_ask_to_move,
        **managed.described(),
    )
