"""Messages going out, and what comes back."""

from moonlit.notifications.models.incoming import RefusedWebhook, Reply, StoppedContact, VendorNotice
from moonlit.notifications.models.message import Attempt, Message, Notice

__all__ = ["Attempt", "Message", "Notice", "RefusedWebhook", "Reply", "StoppedContact", "VendorNotice"]
