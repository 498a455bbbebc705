"""Why there is no calendar, in plain words. Nobody is told that he is or is not covered."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from moonlit.domain.reasons import LeadReason


@dataclass(frozen=True, slots=True)
class Explained:
    heading: str
    sentences: tuple[str, ...]


def explained(reason: LeadReason, *, payer: str, opens: str, language: str) -> Explained:
    """`opens` is a day in words where one is known; `language` the name of the visit's language."""
    named = {"payer": payer or _("your insurance"), "day": opens, "language": language}
    heading, *sentences = {
        LeadReason.EFFECTIVE_DATE_OVER_30_DAYS: (
            _("We start with %(payer)s on %(day)s"),
            _("That is more than 30 days from now, so its calendar is not open yet."),
            _("Leave your e-mail or phone number, and we will tell you when you can choose a time."),
        ),
        LeadReason.EFFECTIVE_DATE_UNKNOWN: (
            _("We are about to start with %(payer)s"),
            _("We do not have the first day yet, so its calendar is not open."),
            _("Leave your e-mail or phone number, and we will tell you when you can choose a time."),
        ),
        LeadReason.CREDENTIALING_IN_PROGRESS: (
            _("We are joining %(payer)s"),
            _("Our application is under way. Until it is done we cannot book visits with this insurance."),
            _("Leave your e-mail or phone number, and we will tell you when you can choose a time."),
        ),
        LeadReason.OUT_OF_NETWORK: (
            _("We do not work with %(payer)s today"),
            _("Leave your e-mail or phone number, and a person will tell you who else could help."),
        ),
        LeadReason.PAYER_UNLISTED: (
            _("We do not know this insurance yet"),
            _("We will look it up. Leave your e-mail or phone number, and a person will tell you what we find."),
        ),
        LeadReason.PAYER_UNCLEAR: (
            _("We need to look at your plan first"),
            _("With %(payer)s it depends on the plan which network pays for the visit."),
            _("Leave your e-mail or phone number, and a person will find out with you."),
        ),
        LeadReason.NO_PROVIDER_AVAILABLE: (
            _("No clinician fits these answers right now"),
            _("Another place, video instead of the clinic, or another kind of help may have times."),
            _("Or leave your e-mail or phone number, and a person will look for a way."),
        ),
        LeadReason.LANGUAGE_REQUEST: (
            _("We will find somebody for your language"),
            _("Nobody with free times speaks it (%(language)s), so a person plans this visit with you."),
            _("An interpreter never costs you anything."),
        ),
        LeadReason.MINOR: (
            _("Please talk to us about visits for people under 18"),
            _("We plan these visits with the family on the phone. Call us, or leave your number and we will call you."),
        ),
        LeadReason.NO_TIMES_AVAILABLE: (
            _("There are no free times right now"),
            _("Everybody who could see you is booked for the weeks that are open."),
            _("Call us, or leave your e-mail or phone number, and we will tell you when there is a time."),
        ),
        LeadReason.NOTIFY_WHEN_OPEN: (
            _("We will tell you when it is time"),
            _("%(payer)s can be used here from %(day)s. We will tell you when that day is near."),
        ),
        LeadReason.RETURNING_PATIENT: (
            _("Welcome back"),
            _("Our team plans the next visit of people we know, with the clinician who knows them."),
            _("Call us, or leave your phone number and we will call you."),
        ),
    }[reason]
    return Explained(heading % named, tuple(sentence % named for sentence in sentences))


def no_time_suits() -> Explained:
    """There are free times, and none of them suits."""
    return Explained(
        _("Let us look for a time with you"),
        (_("Leave your e-mail or phone number. A person looks for a time that suits you and tells you."),),
    )
