"""The Notification Service: promise a message, hand it to its vendor once, say visibly when that failed."""

from moonlit.notifications.services.alerts import alert_teams
from moonlit.notifications.services.contacts import OnlyThePersonMay, lift_stop, resume_contact, stop_contact
from moonlit.notifications.services.deliveries import is_work, work_off
from moonlit.notifications.services.handover import push, sweep
from moonlit.notifications.services.intake import Intake, receive
from moonlit.notifications.services.later import tell_to_complete, tell_waiting
from moonlit.notifications.services.queue import queue_code, queue_visit_message
from moonlit.notifications.services.queue_others import queue_lead_messages, queue_reply, queue_staff_alert
from moonlit.notifications.services.refused import audit_refused, note_refused
from moonlit.notifications.services.reminders import remind
from moonlit.notifications.services.replies import mark_read, take_in_missed
from moonlit.notifications.services.resending import Resend, Resent, resend

__all__ = [
    "Intake",
    "OnlyThePersonMay",
    "Resend",
    "Resent",
    "alert_teams",
    "audit_refused",
    "is_work",
    "lift_stop",
    "mark_read",
    "note_refused",
    "push",
    "queue_code",
    "queue_lead_messages",
    "queue_reply",
    "queue_staff_alert",
    "queue_visit_message",
    "receive",
    "remind",
    "resend",
    "resume_contact",
    "stop_contact",
    "sweep",
    "take_in_missed",
    "tell_to_complete",
    "tell_waiting",
    "work_off",
]
