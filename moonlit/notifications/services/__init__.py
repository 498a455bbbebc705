"""The Notification Service: promise a message, hand it to its vendor once, say visibly when that failed."""

from moonlit.notifications.services.handover import push, sweep
from moonlit.notifications.services.queue import queue_code, queue_lead_alert, queue_visit_message

__all__ = ["push", "queue_code", "queue_lead_alert", "queue_visit_message", "sweep"]
