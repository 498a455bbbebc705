"""What messages about visits can be about, as far as somebody may want some and not others.

Invitations of a lead are none of these: they follow the lead's own consent, and end with the lead.
"""

from django.db.models import TextChoices


class Topic(TextChoices):
    VISITS = "visits"
    """Booked, moved, cancelled, what is left to do."""
    REMINDERS = "reminders"
