"""A vendor in memory: it answers as scripted and keeps what it took."""

from dataclasses import dataclass, field

from moonlit.notifications.port import Email, Found, MessageError, Sent, Sms, Trace, Unknown


@dataclass
class Vendor:
    name: str
    per_second: float = 0
    script: list[MessageError] = field(default_factory=list)
    """Errors of the next sends, in order; then everything is taken."""
    looks: list[Found | MessageError] = field(default_factory=list)
    """Answers of the next look-ups; then the truth."""
    taken: list[Email | Sms] = field(default_factory=list)
    calls: int = 0
    loses_answers: bool = False
    """True: it takes the message and the answer never comes."""

    def send(self, message, *, now):
        self.calls += 1
        if self.script:
            raise self.script.pop(0)
        self.taken.append(message)
        if self.loses_answers:
            raise Unknown("answer_lost")
        return Sent(f"{self.name}-{len(self.taken)}")

    def look_up(self, message_id, to, *, since, now):
        if self.looks:
            answer = self.looks.pop(0)
            if isinstance(answer, MessageError):
                raise answer
            return answer
        place = next((n for n, message in enumerate(self.taken, 1) if message.id == message_id), None)
        return Found(Trace.SENT, f"{self.name}-{place}") if place else Found(Trace.ABSENT)

    def replies_since(self, since, *, now):
        return []


VENDORS = {"sendgrid": Vendor("sendgrid"), "notifyre": Vendor("notifyre")}


def email():
    return VENDORS["sendgrid"]


def sms():
    return VENDORS["notifyre"]
