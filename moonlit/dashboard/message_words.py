"""What staff read of messages, replies and stopped contacts instead of the program's own words."""

from __future__ import annotations

import re
from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Words = Mapping[str, str | Promise]

MESSAGE: Words = {
    "received": _("Request received"),
    "not_booked": _("Time could not be booked"),
    "confirmation": _("Confirmation"),
    "change": _("Change of the visit"),
    "cancellation": _("Cancellation"),
    "reminder": _("Reminder"),
    "join_link": _("Link to join the video visit"),
    "to_complete": _("What is left to complete"),
    "proposal": _("Question about a change"),
    "code": _("Code that proves who asks"),
    "lead_received": _("Thank you to a lead"),
    "lead_invitation": _("Invitation of a lead"),
    "lead_alert": _("Lead alert"),
    "staff_alert": _("Alert that something needs a hand"),
    "reply": _("Answer to a text message"),
}
"""By kind."""
AUDIENCE: Words = {
    "patient": _("to the patient"),
    "booker": _("to who booked"),
    "lead": _("to the lead"),
    "staff": _("to the team"),
    "sender": _("to who wrote to us"),
}
CHANNEL: Words = {"email": _("E-mail"), "sms": _("Text message")}
VENDOR: Words = {"sendgrid": _("SendGrid"), "notifyre": _("Notifyre")}
MESSAGE_STATE: Words = {
    "queued": _("Waiting to be sent"),
    "sending": _("Being sent"),
    "sent": _("Sent"),
    "failed": _("Failed"),
    "suppressed": _("Not sent on purpose"),
}
DELIVERY: Words = {
    "": _("Nothing heard from the vendor yet"),
    "processed": _("The vendor is sending it"),
    "deferred": _("Delayed: the receiving side said “later”"),
    "delivered": _("Delivered"),
    "blocked": _("Refused by the receiving side, this once"),
    "bounced": _("Bounced: the address does not exist"),
    "dropped": _("Not sent by the vendor: the address is on its stop list"),
    "undelivered": _("Not delivered: the phone did not take it"),
    "complained": _("Marked as spam by the person"),
}
"""What the vendor told last of a message it took."""
MESSAGE_ERROR: Words = {
    # ours
    "revealing": _("A name in it would reveal the kind of care"),
    "too_long": _("The text does not fit two segments"),
    "quiet_hours": _("Held back overnight"),
    "superseded": _("The visit has changed since; what it says is no longer true"),
    "too_late": _("Too late: what it tells is over"),
    "no_consent": _("No consent to messages of this kind"),
    "recipient_changed": _("The contact has changed since"),
    "visit_gone": _("The visit it is about is no more"),
    "code_over": _("The code was no longer waited for"),
    "too_old": _("Tried for a whole day without success"),
    "unconfirmed": _("Never confirmed: it may have arrived"),
    "unclear": _("The vendor's answer was not clear"),
    "proven_absent": _("The vendor never had it, will be sent again"),
    "other_time": _("The visit begins at another time now"),
    "decided": _("The EHR has answered meanwhile; the next message says more"),
    "complete": _("Nothing is left to do before the visit"),
    "settled": _("What the patient was to be asked is decided"),
    "rebooked": _("The person has asked for another time meanwhile"),
    "just_told": _("The time was told shortly before"),
    "told_already": _("It was told already"),
    "being_changed": _("Held back: the visit is being cancelled or moved"),
    "stopped_contact": _("Nothing is sent to this contact any more"),
    "no_contact": _("There is no e-mail address or phone number to send it to"),
    "call_only": _("The person wants calls only"),
    "confidential": _("The person asked us not to use this address or number"),
    "lead_gone": _("The lead is no more"),
    "lead_closed": _("The lead is closed"),
    "lead_converted": _("The lead has become a visit"),
    "ehr": _("The EHR sends messages of this kind"),
    "none": _("Nobody sends messages of this kind, as the practice has set"),
    "not_open": _("Nothing can be booked yet with this insurance"),
    "contact_unusable": _("The address or number cannot be written to"),
    "recipient_unfit": _("The address or number cannot be written to"),
    "header_unfit": _("A name or subject holds a character that no e-mail may have"),
    "blank": _("The text was empty; an empty message is never sent"),
    "missing": _("A part of the text was missing; half a message is never sent"),
    "attachment_empty": _("The calendar file was empty"),
    "template_variable_missing": _("The vendor's template lacks one of our words"),
    "slept": _("Our program was stopped on the way to the vendor"),
    "fault": _("Our program stumbled over it; it tries again"),
    # what a vendor tells later
    "deferred": _("The receiving side said “later”"),
    "blocked": _("The receiving side refused it, this once"),
    "bounced": _("The address does not exist"),
    "dropped": _("The address is on the vendor's stop list"),
    "complained": _("The person marked it as spam"),
    "unsubscribed": _("The person asked the vendor for no more e-mail"),
    "undelivered": _("The phone did not take it"),
    "number_unreachable": _("The number takes no texts"),
    "carrier_failed": _("The phone company did not deliver it"),
    # a vendor, while we hand over
    "vendor_busy": _("The vendor was busy"),
    "connection_not_made": _("The vendor could not be reached"),
    "answer_lost": _("The vendor's answer was lost"),
    "replies_failed": _("The vendor could not be asked for texts"),
    "look_up_failed": _("The vendor could not be asked what became of it"),
    "look_up_unreadable": _("The vendor's answer about it was unreadable"),
    "look_up_refused": _("The vendor refused to say what became of it"),
    "look_up_too_long": _("The vendor's list was too long to find it"),
    "sandboxed": _("Test mode: the vendor checked it and sent nothing"),
    "sandboxed_unasked": _("The vendor is in test mode: it sends nothing"),
    "vendor_refused": _("The vendor refused it"),
    "number_refused": _("The vendor refused the phone number"),
    "no_payload": _("The vendor's answer was empty"),
    "no_message_id": _("The vendor's answer had no number"),
}
"""Why the last step stopped. A status of HTTP (`vendor_503`) is put in words by `why`."""
ATTEMPT: Words = {
    "": _("Under way"),
    "sent": _("The vendor took it"),
    "not_reached": _("The vendor could not be reached"),
    "throttled": _("The vendor asked us to wait"),
    "rejected": _("The vendor refused it"),
    "configuration": _("The vendor refused our account; it needs repair"),
    "unknown": _("No clear answer; it may be on its way"),
}
NOTICE: Words = {
    "promised": _("Promised"),
    "stale": _("It was no longer true when its turn came"),
    "not_ours": _("The EHR sends this kind, or nobody does"),
    "nobody": _("No contact, no consent, or the person wants none of it"),
    "too_late": _("It was too late to be of use"),
    "enough": _("This contact has had as many of these as one may get for now"),
}
"""What was decided about one thing worth telling."""
VENDOR_NOTICE: Words = {
    "": _("Not worked on yet"),
    "applied": _("Noted"),
    "late": _("Came after something newer; kept, changes nothing"),
    "ignored": _("Says nothing about its way"),
    "unknown_message": _("About no message of ours"),
    "given_up": _("Our program could not take it in; the technical team looks into it"),
}
EVENT: Words = {
    "promised": _("Promised"),
    "tried": _("Try"),
    "told": _("The vendor told us"),
    "resent": _("Sent again by staff"),
}
TOLD: Words = {
    "processed": _("is sending it"),
    "deferred": _("delayed, the receiving side said “later”"),
    "delivered": _("delivered"),
    "bounce": _("it came back"),
    "dropped": _("not sent, the address is on the stop list"),
    "spamreport": _("marked as spam by the person"),
    "unsubscribe": _("the person wants no more e-mail"),
    "group_unsubscribe": _("the person wants no more e-mail"),
    "undelivered": _("not delivered"),
    "undeliverable": _("not delivered, the number takes no texts"),
    "failed": _("not delivered, the phone company refused it"),
}
"""The vendors' own words; another one is shown as it is."""
MEANING: Words = {
    "stop": _("Stop"),
    "start": _("Start again"),
    "help": _("Help"),
    "free": _("A message"),
}
ANSWER: Words = {
    "stopped": _("Answer: texts are stopped"),
    "started": _("Answer: texts come again"),
    "help": _("Answer: whom to call"),
    "free": _("Answer: texts are not answered here"),
}
"""What the answer to a text said."""
DONE_BY_ITSELF: Words = {
    "stop": _("No text goes to this number any more. One text told them so."),
    "start": _("Texts go to this number again. One text told them so."),
    "help": _("One text gave them our phone number."),
    "free": _("Nothing was changed by itself. What we answered stands below."),
}
STOPPED: Words = {
    "stop_word": _("They texted a stop word"),
    "bounced": _("E-mail came back: the address does not work"),
    "complained": _("They marked a message as spam"),
    "unreachable": _("The number takes no texts: a landline, or no longer in use"),
    "staff": _("Stopped by staff"),
}
RESEND: Words = {
    "resent": _("It is on its way again."),
    "may_have_arrived": _("It may have arrived already. Tick the box if it is to be sent again all the same."),
    "not_failed": _("Nothing was sent: it was not given up, or somebody else has sent it again already."),
    "no_longer_true": _("Nothing was sent: what it says no longer holds."),
    "needs_contact": _("Nothing was sent: nothing goes to this contact any more. Please ask for another one."),
}
VENDOR_STATE: Words = {
    "working": _("working"),
    "unreachable": _("not reachable just now; what waits is sent by itself later"),
    "repair": _("our account is refused; nothing leaves until somebody repairs it"),
}
_STATUS = re.compile(r"vendor_(\d{3})")


def why(code: str) -> str:
    """The sentence for the code of what stopped a step; "" for none, a plain sentence for one nobody has met."""
    if not code:
        return ""
    if code in MESSAGE_ERROR:
        return str(MESSAGE_ERROR[code])
    status = _STATUS.fullmatch(code)
    if status:
        return str(_("The vendor answered with error %(number)s") % {"number": status[1]})
    return code.replace("_", " ")
