"""The task that asks for another way to somebody, once the contact that was dead lives again."""

from __future__ import annotations

from datetime import datetime

from moonlit.audit.actor import Actor
from moonlit.booking.models import Appointment
from moonlit.notifications.kinds import Kind
from moonlit.notifications.models import Message, Reply, StoppedContact
from moonlit.people.queries import people_with_number
from moonlit.worklist.kinds import TaskKind, TaskOutcome
from moonlit.worklist.queries import open_subjects
from moonlit.worklist.services import close_task

Reason = StoppedContact.Reason
_DEAD = (Reason.BOUNCED, Reason.UNREACHABLE)


def task_subject(message: Message) -> str:
    """What a task about the contact of this message is about."""
    if message.audience == Message.Audience.LEAD:
        return f"lead:{message.subject}"
    return f"{'reply' if message.kind == Kind.REPLY else 'appointment'}:{message.subject}"


def close_contact_tasks(lifted: StoppedContact, *, actor: Actor, now: datetime) -> None:
    """Close what asked for another contact because of this one, save where a second one is dead as well.

    Must run inside the transaction that has ended the stop.
    """
    if lifted.reason not in _DEAD:
        return
    about = set(open_subjects(TaskKind.CONTACT_BOUNCED))
    for subject in sorted(about & _subjects_of(lifted)) if about else ():
        if not _another_is_dead(subject):
            gone = TaskOutcome.CONDITION_GONE
            close_task(TaskKind.CONTACT_BOUNCED, subject=subject, outcome=gone, actor=actor, now=now)


def _subjects_of(contact: StoppedContact) -> set[str]:
    """Whatever was, or would be, told to this contact."""
    index = bytes(contact.contact_index)
    written = Message.objects.filter(channel=contact.channel, recipient_index=index)
    found = {task_subject(message) for message in written.only("audience", "kind", "subject")}
    if contact.channel == Message.Channel.SMS:
        people = [patient.pk for patient in people_with_number(index)]
        visits = Appointment.objects.filter(patient__in=people).values_list("pk", flat=True)
        found |= {f"appointment:{pk}" for pk in visits}
        found |= {f"reply:{pk}" for pk in Reply.objects.filter(sender_index=index).values_list("pk", flat=True)}
    return found


def _another_is_dead(subject: str) -> bool:
    contacts = Message.objects.filter(subject=subject.partition(":")[2]).values("recipient_index")
    return StoppedContact.objects.filter(contact_index__in=contacts, reason__in=_DEAD, ended_at=None).exists()
