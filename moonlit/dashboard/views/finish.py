"""Staff enter the EHR's id of a visit they booked there by hand."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from moonlit.booking.services import finish_with_ehr_id
from moonlit.dashboard.views.appointments import appointment_page
from moonlit.domain.refusals import RefusalCode, Refused
from moonlit.platform import clock
from moonlit.platform.policy import Verb, staff_only
from moonlit.staff.actor import actor_of

ID_LENGTH = 40


@staff_only(Verb.APPOINTMENT_FINISH)
@require_POST
def finish(request: HttpRequest, appointment_id: UUID) -> HttpResponse:
    """`athena_appt_id`: read back from the EHR; a refusal shows the visit again with what was typed."""
    typed = request.POST.get("athena_appt_id", "").strip()
    if not (typed.isascii() and typed.isalnum() and len(typed) <= ID_LENGTH):
        fault = _("Please enter the appointment's id as the EHR shows it: letters and digits, no spaces.")
        return appointment_page(request, appointment_id, typed=typed, finish_fault=fault, http_status=422)
    try:
        finish_with_ehr_id(appointment_id, typed, actor=actor_of(request), clock=clock.now)
    except Refused as refused:
        if refused.code is RefusalCode.NOT_FOUND:
            raise Http404 from None
        return appointment_page(request, appointment_id, typed=typed, finish_fault=refused.detail, http_status=422)
    messages.success(request, _("Booked: the EHR's appointment was read back and belongs to this visit."))
    return redirect("dashboard:appointment", appointment_id)
