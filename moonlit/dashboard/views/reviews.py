"""Booked visits whose coverage changed: lost, otherwise billed, or already held; and what staff decide on them."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from moonlit.booking.services import apply_review, dismiss_review, tell_patient
from moonlit.booking.staff_queries import open_reviews, review_counts
from moonlit.dashboard.pages import page
from moonlit.dashboard.paging import ROWS, Page, asked_page, to_last_page
from moonlit.notifications.staff_queries import proposals_untold
from moonlit.platform import clock
from moonlit.platform.policy import Verb, may, staff_only
from moonlit.staff.actor import actor_of

KINDS = {
    "lost": gettext_lazy("No longer covered"),
    "proposal": gettext_lazy("Billed another way"),
    "past": gettext_lazy("Already held"),
}


@staff_only(Verb.REVIEW_LIST)
@require_safe
def reviews(request: HttpRequest) -> HttpResponse:
    """`kind` is one of KINDS; the most urgent one that has any when absent."""
    now, counts = clock.now(), review_counts()
    wanted = request.GET.get("kind", "")
    kind = wanted if wanted in KINDS else next((each for each in KINDS if counts.get(each)), "lost")
    here = Page(asked_page(request), counts.get(kind, 0))
    if here.past_the_end:
        return to_last_page(request, here)
    found = open_reviews(actor=actor_of(request), now=now, kind=kind, limit=ROWS, offset=here.offset)
    untold = proposals_untold(row.visit.id for row in found if row.told_at)
    return page(
        request,
        "reviews.html",
        section="reviews",
        now=now,
        rows=[(row, untold.get(row.id)) for row in found],
        here=here,
        kind=kind,
        kinds=[(key, label, counts.get(key, 0)) for key, label in KINDS.items()],
        may_settle=may(request, Verb.REVIEW_SETTLE),
    )


@staff_only(Verb.REVIEW_SETTLE)
@require_POST
def settle(request: HttpRequest, review_id: UUID) -> HttpResponse:
    """`do` is `apply` (bill the visit the new way), `ask` (have the patient call) or `dismiss` (leave it as it is)."""
    now, actor = clock.now(), actor_of(request)
    match request.POST.get("do"):
        case "apply" if apply_review(review_id, actor=actor, now=now):
            messages.success(request, _("Done: the visit is billed the new way from now on."))
        case "dismiss" if dismiss_review(review_id, actor=actor, now=now):
            messages.success(request, _("Done: the visit stays as it is."))
        case "ask" if tell_patient(review_id, actor=actor, now=now):
            done = _(
                "Done: we write to the patient to call or choose another time. If nobody can be told, you see it here."
            )
            messages.success(request, done)
        case "ask":
            problem = _(
                "Nothing was sent: the patient has been asked, has no contact we may write to, or the visit has "
                "changed. Please call."
            )
            messages.info(request, problem)
        case "apply" | "dismiss":
            messages.info(request, _("Nothing was changed: this has been settled, or the visit has changed meanwhile."))
        case _:
            messages.error(request, _("Choose what to do with the visit. Nothing was changed."))
    return redirect("dashboard:reviews")
