"""What staff read of leads instead of the program's own words."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Words = Mapping[str, str | Promise]

LEAD_STATUS: Words = {
    "pending": _("Waiting"),
    "contacted": _("Contacted"),
    "converted": _("Became a visit"),
    "closed": _("Closed"),
}
LEAD_CLOSED: Words = {
    "": _("No reason given"),
    "not_reached": _("Could not be reached"),
    "not_interested": _("No longer interested"),
    "helped_otherwise": _("Helped otherwise"),
    "duplicate": _("Asked twice"),
    "mistake": _("A mistake or a test"),
}
LEAD_REASON: Words = {
    "effective_date_over_30_days": _("Insurance opens in more than 30 days"),
    "effective_date_unknown": _("Insurance opens, date not known"),
    "credentialing_in_progress": _("Credentialing under way"),
    "out_of_network": _("Out of network"),
    "no_provider_available": _("No clinician for this request"),
    "language_request": _("Language we do not offer"),
    "minor": _("Under 18"),
    "no_times_available": _("No free time"),
    "notify_when_open": _("Wants to hear when we open"),
    "payer_unlisted": _("Insurance not listed"),
    "payer_unclear": _("Insurance not clear"),
    "returning_patient": _("Seen here before"),
}
LEAD_MATCH: Words = {
    "open": _("To be decided"),
    "confirmed": _("The same person"),
    "refused": _("Somebody else"),
}
LEAD_RESULT: Words = {
    "done": _("Saved."),
    "changed_meanwhile": _(
        "Somebody else changed this lead while you looked at it. Nothing was saved; this is how it stands now. "
        "What you entered is still there: press again if it still fits."
    ),
    "not_found": _("There is no such lead."),
    "over": _("This cannot be done with the lead as it stands. Nothing was changed."),
    "past_date": _("The day is over already. Please choose today or a later day."),
    "unknown_person": _("Nobody of this name works here now. Please choose somebody from the list."),
    "unknown_payer": _("This is none of our insurances. Please choose one from the list."),
    "no_consent": _("The person did not agree to e-mail or texts. Please call instead, or give the link on the phone."),
    "payer_not_named": _("Please say first which insurance is meant: the link opens with it. Nothing was sent."),
    "already_invited": _("The person has an invitation that still works. Nothing was sent."),
    "not_open": _("Nothing can be booked yet with this insurance. Nothing was sent."),
}
"""What became of a change that staff asked for."""
LEAD_DONE: Words = {
    "assign": _("Saved: who takes care of this lead."),
    "take": _("Saved: you take care of this lead."),
    "follow_up": _("Saved: the day to come back to it."),
    "note": _("Saved: your note."),
    "payer": _("Saved: the insurance. What can be booked is judged by it from now on."),
    "contacted": _("Saved: the lead is now “Contacted”."),
    "close": _("Saved: the lead is now “Closed”."),
    "reopen": _("Saved: the lead waits again."),
    "invite": _("The invitation is on its way. It stands under “Messages about it”."),
    "confirm": _("Saved: the lead became this visit."),
    "refuse": _("Saved: the visit is somebody else's. The lead goes on waiting."),
}
HISTORY: Words = {
    "leads:lead:created": _("Left"),
    "leads:lead:merged": _("Left again; added to this one"),
    "leads:lead:contacted": _("Marked as contacted"),
    "leads:lead:closed": _("Closed"),
    "leads:lead:reopened": _("Taken up again"),
    "leads:lead:changed": _("Changed"),
    "leads:lead:noted": _("Note written"),
    "leads:lead:invitable": _("Times can be booked now"),
    "leads:lead:invited": _("Invitation sent"),
    "leads:link:minted": _("Booking link made"),
    "leads:match:found": _("A visit with the same contact was booked"),
    "leads:match:refused": _("Not the same person"),
    "leads:lead:converted": _("Became a visit"),
}
"""What the audit log says was done to a lead."""
CONSENT_SOURCE: Words = {
    "widget": _("on the booking page"),
    "api": _("on another page, over our interface"),
    "staff": _("told to staff"),
}
