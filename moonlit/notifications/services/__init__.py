"""The Notification Service: promise a message, hand it to its vendor once, say visibly when that failed."""

from moonlit.notifications.services.handover import push, sweep
from moonlit.notifications.services.queue import queue_confirmation, queue_lead_alert

__all__ = ["push", "queue_confirmation", "queue_lead_alert", "sweep"]
