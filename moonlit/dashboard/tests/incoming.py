"""What came back, as rows: texts, and what a vendor tells of a message."""

from uuid import uuid4

from moonlit.notifications.models import Reply
from moonlit.notifications.port import TextReceived
from moonlit.notifications.services.replies import take_in
from moonlit.people.services import phone_index

ZOE = "+18015550142"
"""The number of the patient of `tests.support.people`."""


def text_in(words, now, sender=ZOE):
    """The reply, after somebody texted `words` to our number."""
    assert take_in(TextReceived(str(uuid4()), sender, words, now), "notifyre", now=now)
    return Reply.objects.filter(sender_index=phone_index(sender)).latest("received_at", "said_at")
