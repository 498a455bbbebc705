"""The linter of words: it finds what is wrong, and nothing is wrong with any message we send (rules 6.1, 6.4)."""

from dataclasses import replace
from datetime import date, timedelta
from urllib.parse import urlsplit

import pytest
from django.db import transaction

from moonlit.audit.actor import SYSTEM
from moonlit.audit.verbs import Verb
from moonlit.booking.models import Appointment, ManageLink, OneTimeCode
from moonlit.booking.services import mint_link
from moonlit.leads.models import Lead
from moonlit.notifications import texts
from moonlit.notifications.compose import compose
from moonlit.notifications.kinds import ABOUT_VISITS, Kind
from moonlit.notifications.lint import faults, lint, untranslated
from moonlit.notifications.models import Message
from moonlit.notifications.port import Email
from moonlit.notifications.samples import LONGEST_NAME, LONGEST_VISIT, Sample, every_message
from moonlit.notifications.segments import measure
from moonlit.notifications.tests.scene import EMAIL, NOW, PHONE
from moonlit.people.models import Insurance, Patient
from moonlit.platform.env import env
from moonlit.practice.models import Practice, Vendor
from moonlit.practice.services import changing_facts

BASE = "https://book.example.org"
HOST = "book.example.org"
LINK = f"{BASE}/m/Zm9vYmFyYmF6cXV4MTIzNA"
SMS = Sample("booked", Kind.CONFIRMATION, "en", "sms", {"text": f"Moonlit: you are booked. {LINK} STOP to end"})
MAIL = Sample(
    "booked",
    Kind.CONFIRMATION,
    "en",
    "email",
    {"subject": "Moonlit: booked", "text": f"You are booked.\n\n{LINK}\n", "html": f'<p>Booked.</p><a href="{LINK}">'},
)


# nothing is wrong with ours


@pytest.mark.parametrize("base", [BASE, "https://appointments.moonlit.example", "http://127.0.0.1:8000"])
@pytest.mark.parametrize("name", ["Moonlit", LONGEST_NAME, "Clínica Luna Llena"])
def test_no_message_of_ours_has_a_fault(base, name):
    assert lint(base, name=name) == []


def test_every_kind_is_looked_at_in_both_languages_on_each_channel_it_has():
    found = {(each.kind, each.language, each.channel) for each in every_message(BASE)}
    by_email_alone = {Kind.LEAD_ALERT, Kind.STAFF_ALERT}
    for kind in set(Kind) - by_email_alone:
        for language in texts.LANGUAGES:
            channels = {channel for of, spoken, channel in found if (of, spoken) == (kind, language)} - {"calendar"}
            assert channels == ({"sms"} if kind is Kind.REPLY else {"email", "sms"}), (kind, language)
    assert {channel for of, _, channel in found if of in by_email_alone} == {"email"}
    assert {each.what for each in every_message(BASE)} >= {told.news for told in ABOUT_VISITS.values()}


def test_the_samples_are_the_longest_there_are():
    assert len(LONGEST_NAME) == Practice._meta.get_field("message_name").max_length
    lengths = {language: set() for language in texts.LANGUAGES}
    for hours in range(0, 366 * 24, 7):
        start = LONGEST_VISIT.start + timedelta(hours=hours)
        for zone in ("America/Anchorage", "America/Denver", "Pacific/Honolulu", "America/Puerto_Rico"):
            at = texts.on_its_clock(texts.Visit(start, zone))
            for language, words in texts.LANGUAGES.items():
                lengths[language].add(len(words.short_when(at)))
    for language, words in texts.LANGUAGES.items():
        assert max(lengths[language]) <= len(words.short_when(texts.on_its_clock(LONGEST_VISIT)))


def test_english_takes_one_segment_and_spanish_two_at_most():
    for sample in every_message(BASE):
        if sample.channel == "sms":
            assert measure(sample.parts["text"]).count <= {"en": 1, "es": 2}[sample.language], sample.title


# it finds what is wrong


def test_a_good_message_has_no_fault():
    assert faults(SMS, host=HOST) == []
    assert faults(MAIL, host=HOST) == []


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (f"Moonlit: your therapy is booked. {LINK} STOP", "therap"),
        (f"Moonlit: su cita con la psic\N{COMBINING ACUTE ACCENT}ologa. {LINK} STOP", "psico"),
        (f"Moonlit: salud mental. {LINK} STOP", "mental"),
        (f"Moonlit: your insurance said yes. {LINK} STOP", "insur"),
        (f"Moonlit: booked with Canary. {LINK} STOP", "private data"),
        (f"Moonlit: booked. {LINK}?for=CANARY STOP", "private data"),
        ("Moonlit: booked. https://evil.example/m/abc STOP", "another host"),
        ("Moonlit: booked. https://book.example.org.evil.example/m/abc STOP", "another host"),
        ("Moonlit: booked. https://book.example.org:8443/m/abc STOP", "another host"),
        ("Moonlit: booked. https://psych.example.org/m/abc STOP", "psych"),
        (f"Moonlit: booked. {LINK} {BASE}/m/another STOP", "more than one link"),
        (f"Moonlit: booked for {{when}}. {LINK} STOP", "brace"),
        (f"Moonlit: booked for . {LINK} STOP", "gap"),
        (f"Moonlit: booked for  today. {LINK} STOP", "gap"),
        (f": booked. {LINK} STOP", "gap"),
        (f"Moonlit: booked. {LINK}", "how to stop"),
        (
            f"Moonlit: ma\N{LATIN SMALL LETTER N WITH TILDE}ana est\N{LATIN SMALL LETTER A WITH ACUTE}. {LINK} STOP",
            "UCS-2",
        ),
        (f"Moonlit: booked. {LINK} STOP" + "." * 100, "2 segments"),
        ("", "empty"),
        (" \n", "empty"),
    ],
)
def test_a_bad_text_is_found(text, fault):
    found = faults(replace(SMS, parts={"text": text}), host=HOST, private=["canary"])
    assert any(fault in each for each in found), found


@pytest.mark.parametrize(
    ("part", "text", "fault"),
    [
        ("subject", "", "subject: empty"),
        ("subject", "Your psychiatrist is waiting", "psych"),
        ("text", "You are booked.\n", ""),
        ("html", "<style>p { color: red }</style><p></p>", "html: empty"),
        ("html", f'<p>Booked.</p><a href="{LINK}"><img src="{LINK}">', "loads"),
        ("html", '<p>Booked.</p><a href="https://evil.example/">', "another host"),
        ("html", "<p>Your diag&#110;osis</p>", "diagnos"),
        ("html", "<p>Booked {{ when }}</p>", "brace"),
        ("template line", "Booked with Canary", "private data"),
    ],
)
def test_a_bad_mail_is_found(part, text, fault):
    found = faults(replace(MAIL, parts={**MAIL.parts, part: text}), host=HOST, private=["canary"])
    assert any(fault in each for each in found) if fault else found == []


def test_a_time_told_to_a_vendor_without_agreement_is_found():
    told = replace(SMS, agreed=False, hidden=("Tue Dec 1",), parts={"text": f"Moonlit: tue dec 1. {LINK} STOP"})
    assert faults(told, host=HOST) == ["text: tells date or time"]


def test_a_word_hidden_in_a_folded_line_of_a_calendar_file_is_found():
    sample = replace(SMS, channel="calendar", parts={"file": "SUMMARY:Appointment psy\r\n chiatry\r\n"})
    assert faults(sample, host=HOST) == ['file: "psych" reveals the kind of care']


def test_a_text_left_in_english_is_found():
    spanish = replace(SMS, language="es")
    assert list(untranslated([SMS, spanish])) == ["booked, sms, es: text: as in English"]
    assert list(untranslated([SMS, replace(spanish, parts={"text": "Moonlit: su cita. ALTO"})])) == []


def test_a_bad_wording_in_a_module_is_found(monkeypatch):
    from moonlit.notifications.texts import es

    wording = replace(es.LEAD_INVITATION, line="Ya hay horas para su terapia.", action="Choose a time")
    monkeypatch.setattr(es, "LEAD_INVITATION", wording)
    found = lint(BASE)
    assert 'lead_invitation, email, es: text: "terap" reveals the kind of care' in found
    assert "lead_invitation, email, es: template action_label: as in English" in found
    monkeypatch.setattr(es, "CODE_LINE", "Su clave es {code}, {person}.")
    assert lint(BASE) == ["a message cannot be worded: missing"]


# nor with what leaves, made from rows full of what must not


CANARIES = {
    "first_name": "Canarina",
    "last_name": "Ysolderson",
    "date_of_birth": "1977-07-07",
    "member_id": "ZQX99887766",
    "provider": "Quintero",
    "payer": "Brambleshield",
    "booker": "Odalys",
    "street": "Plover Lane",
}
NOBODYS = [*CANARIES.values(), "Marisol", "psychia", "attending", "Moonlit Psychiatry", PHONE, PHONE[2:]]


WITH_A_FILE = {"appointment.booked", "appointment.moved", "appointment.followed", "appointment.cancelled"}


@pytest.fixture
def told_visit(visit):
    patient = Patient.objects.get(pk=visit.patient_id)
    patient.first_name, patient.last_name = CANARIES["first_name"], CANARIES["last_name"]
    patient.date_of_birth, patient.address = CANARIES["date_of_birth"], {"line1": CANARIES["street"]}
    patient.save()
    Insurance.objects.create(
        patient=patient,
        appointment=visit.pk,
        sequence=1,
        payer_code="brambleshield",
        plan=CANARIES["payer"],
        member_id=CANARIES["member_id"],
        relationship="self",
    )
    Appointment.objects.filter(pk=visit.pk).update(payer_code="brambleshield")
    with changing_facts(Verb.PRACTICE_CHANGED, actor=SYSTEM, subject="practice:1"):
        Practice.objects.update(published_languages={"es": {"reviewer": "Perpetua Oyelaran", "on": "2026-03-01"}})
    return visit


def message(topic, kind, channel, subject, language, **more):
    return Message(
        event=f"{topic}:{subject}:1",
        kind=kind,
        channel=channel,
        subject=str(subject),
        recipient=EMAIL if channel == "email" else PHONE,
        recipient_index=b"1",
        language=language,
        created_at=NOW,
        **more,
    )


def left(letter, kind, language, *, agreed, hidden=()):
    """What leaves, as the linter reads it."""
    if not isinstance(letter, Email):
        return Sample("left", kind, language, "sms", {"text": letter.text}, agreed, hidden)
    parts = {"sender": letter.sender_name, "subject": letter.subject, "text": letter.text, "html": letter.html}
    parts |= {f"template {key}": value for key, value in letter.template_data.items() if value}
    for file in letter.attachments:
        parts |= {"file name": file.name, "file": file.content.decode().replace("\r\n ", "").replace(EMAIL, "")}
    return Sample("left", kind, language, "email", parts, agreed, hidden)


@pytest.mark.parametrize("modality", ["telehealth", "clinic"])
def test_no_message_about_a_visit_holds_anything_but_name_time_and_link(told_visit, modality):
    told_visit.location.kind = modality
    told_visit.location.save()
    host, seen = urlsplit(env().base_url).netloc, 0
    for agreed in (True, False):
        Vendor.objects.update(baa_until=date(2036, 12, 31) if agreed else date(2020, 1, 1))
        for topic, told in ABOUT_VISITS.items():
            if told.kind is Kind.JOIN and modality == "clinic":
                continue
            for language in texts.LANGUAGES:
                for channel, vendor in (("email", "sendgrid"), ("sms", "notifyre")):
                    row = message(topic, told.kind, channel, told_visit.pk, language)
                    with transaction.atomic():
                        letter = compose(row, vendor, actor=SYSTEM, now=NOW)
                    hidden = (
                        () if agreed else ("2026", "Dec 2", "December", "2 de dic", "2 dic", "9:00", "MST", "DTSTART")
                    )
                    sample = left(letter, told.kind, language, agreed=agreed, hidden=hidden)
                    assert faults(sample, host=host, private=[*NOBODYS, EMAIL]) == [], (topic, language, channel)
                    assert ("file" in sample.parts) == (agreed and channel == "email" and topic in WITH_A_FILE)
                    seen += 1
    assert seen == 8 * (len(ABOUT_VISITS) - (modality == "clinic"))


def test_no_other_message_holds_anything_of_whom_it_is_about(told_visit):
    host = urlsplit(env().base_url).netloc
    with transaction.atomic():
        mint_link(told_visit.pk, ManageLink.Purpose.MANAGE, actor=SYSTEM, now=NOW)
    code = OneTimeCode.objects.create(link=ManageLink.objects.get(), channel="sms", asked_at=NOW)
    lead = Lead.objects.create(
        email=EMAIL,
        email_index=b"1",
        preferred_name=CANARIES["first_name"],
        payer_name=CANARIES["payer"],
        reason="out_of_network",
        consent={"email": True, "sms": True},
        created_at=NOW,
    )
    subjects = {
        Kind.CODE: (told_visit.pk, ["code.requested"]),
        Kind.LEAD_RECEIVED: (lead.pk, ["lead.created"]),
        Kind.LEAD_INVITATION: (lead.pk, ["lead.invitable"]),
        Kind.REPLY: (code.pk, ["reply.stopped", "reply.started", "reply.help", "reply.free"]),
        Kind.LEAD_ALERT: (lead.pk, ["lead.created"]),
        Kind.STAFF_ALERT: ("front_desk", ["staff.alert"]),
    }
    assert {told.kind for told in ABOUT_VISITS.values()} | set(subjects) == set(Kind), "every kind is looked at"
    for kind, (subject, topics) in subjects.items():
        channels = {Kind.REPLY: ["sms"], Kind.LEAD_ALERT: ["email"], Kind.STAFF_ALERT: ["email"]}
        for topic in topics:
            for channel in channels.get(kind, ["email", "sms"]):
                for language in texts.LANGUAGES:
                    more = {"asked_code": code.pk} if kind is Kind.CODE else {}
                    row = message(topic, kind, channel, subject, language, **more)
                    with transaction.atomic():
                        letter = compose(row, "any", actor=SYSTEM, now=NOW)
                    staff = kind in {Kind.LEAD_ALERT, Kind.STAFF_ALERT}
                    sample = left(letter, kind, "en" if staff else language, agreed=False)
                    sample = replace(sample, what={Kind.CODE: "code"}.get(kind, topic.replace(".", " ")))
                    assert faults(sample, host=host, private=[*NOBODYS, EMAIL]) == [], (topic, language, channel)
