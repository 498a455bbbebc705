"""Whom messages about a visit reach, from the rows of the person and of other people."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from moonlit.audit.actor import Actor
from moonlit.audit.models import AuditEvent
from moonlit.domain.reaching import Channel
from moonlit.people.message_queries import patient_settings
from moonlit.people.models import Booker, ConfidentialContact, Consent, MessagePreference, Patient
from moonlit.people.queries import code_contact, reachable
from moonlit.people.services import (
    Choice,
    chart_index,
    email_index,
    end_confidential_contact,
    name_dob_index,
    permit_texts,
    phone_index,
    revoke_texts,
    set_confidential_contact,
    set_preferences,
)
from moonlit.people.topics import Topic

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 17, tzinfo=UTC)
DESK = Actor("staff", "7")
ZOE, PHONE = "zoe@example.org", "+18015550142"
MINE = "+18015550166"
"""Of somebody who knows Zoë's name, birth date and e-mail, and books with them."""
SAFE = "+18015550199"


class Person:
    """One booking of somebody: a row of the patient and the id of the visit."""

    def __init__(self, name="Zoë", email=ZOE, phone=PHONE, born="1990-02-28", chart="", texts="given"):
        self.patient = Patient.objects.create(
            first_name=name,
            last_name="Fictional",
            date_of_birth=born,
            email=email or None,
            phone=phone or None,
            state="UT",
            name_dob_index=name_dob_index(name, "Fictional", born),
            email_index=email_index(email) if email else None,
            phone_index=phone_index(phone) if phone else None,
            ehr_patient_id=chart or None,
            ehr_patient_index=chart_index(chart) if chart else None,
            identity="matched" if chart else "unchecked",
            created_at=NOW,
        )
        self.visit = uuid4()
        if texts:
            self.consent("sms", texts)

    def consent(self, kind, state):
        return Consent.objects.create(
            patient=self.patient, appointment=self.visit, kind=kind, state=state, source="widget", decided_at=NOW
        )

    def booked_by(self, messages_to, **changes):
        given = {"kind": "case_manager", "name": "Cleo Fictional", "email": "cleo@example.org", **changes}
        Booker.objects.create(patient=self.patient, appointment=self.visit, messages_to=messages_to, **given)
        return self

    def chooses(self, topic, channel, allowed, *, hours=1, by="patient", source="link", proven=b""):
        choice = Choice(Topic(topic), Channel(channel), allowed, "2026-01")
        return set_preferences(
            self.patient.pk,
            [choice],
            source=MessagePreference.Source(source),
            decided_by=by,
            proven=proven,
            actor=DESK,
            now=NOW + timedelta(hours=hours),
        )

    def asks_for(self, channel, address="", hours=1):
        now = NOW + timedelta(hours=hours)
        return set_confidential_contact(self.patient.pk, Channel(channel), address=address, actor=DESK, now=now)

    def found(self, topic="visits"):
        return reachable(self.visit, self.patient.pk, Topic(topic))

    def ways(self, topic="visits"):
        found = self.found(topic)
        return found.email, found.sms, found.booker_email

    def code(self, channel, holder="patient"):
        return code_contact(self.visit, self.patient.pk, channel=channel, holder=holder)


def test_each_topic_has_its_own_choice_and_the_last_one_counts():
    zoe = Person()
    zoe.chooses("reminders", "sms", False)
    assert zoe.ways("reminders") == (ZOE, "", "")
    assert zoe.ways("visits") == (ZOE, PHONE, "")
    zoe.chooses("reminders", "sms", True, hours=2)
    assert zoe.ways("reminders") == (ZOE, PHONE, "")
    assert [row.allowed for row in MessagePreference.objects.order_by("decided_at")] == [False, True]


def test_the_same_choice_again_adds_no_row():
    zoe = Person()
    assert zoe.chooses("visits", "email", False) == 1
    assert zoe.chooses("visits", "email", False, hours=2) == 0
    events = AuditEvent.objects.filter(verb="people:preference:set")
    assert [event.facts["wording"] for event in events] == ["2026-01"]
    assert ZOE not in str(events.values_list("facts", flat=True))


def test_email_that_was_refused_when_booking_is_not_sent_but_codes_are():
    zoe = Person()
    zoe.consent("email", "refused")
    assert zoe.ways() == ("", PHONE, "")
    assert zoe.code("email") == ZOE


@pytest.mark.parametrize("state", ["to_be_signed", "given"])
def test_email_that_nobody_refused_is_sent(state):
    zoe = Person()
    zoe.consent("email", state)
    assert zoe.ways() == (ZOE, PHONE, "")


@pytest.mark.parametrize("state", ["to_be_signed", "refused", "revoked", ""])
def test_there_are_no_texts_without_consent(state):
    assert Person(texts=state).ways() == (ZOE, "", "")


def test_what_who_booked_chooses_is_about_their_own_messages():
    zoe = Person().booked_by("both")
    zoe.chooses("visits", "email", False, by="booker")
    assert zoe.ways() == (ZOE, PHONE, "")
    assert zoe.ways("reminders") == (ZOE, PHONE, "cleo@example.org")


def test_a_confidential_request_replaces_every_contact_and_ends_the_bookers_messages():
    zoe = Person().booked_by("both")
    zoe.asks_for("sms", SAFE)
    assert zoe.ways() == ("", SAFE, "")
    assert (zoe.code("sms"), zoe.code("email"), zoe.code("email", "booker")) == (SAFE, "", "")
    assert end_confidential_contact(zoe.patient.pk, actor=DESK, now=NOW + timedelta(hours=2))
    assert not end_confidential_contact(zoe.patient.pk, actor=DESK, now=NOW + timedelta(hours=3))
    assert zoe.ways() == (ZOE, PHONE, "cleo@example.org")


def test_the_last_confidential_request_is_the_one_in_force_and_none_of_its_words_reach_the_log():
    zoe = Person()
    zoe.asks_for("sms", SAFE)
    zoe.asks_for("email", "safe@example.org", hours=2)
    assert zoe.ways() == ("safe@example.org", "", "")
    assert ConfidentialContact.objects.filter(ended_at=None).count() == 1
    facts = str(list(AuditEvent.objects.values_list("facts", flat=True)))
    assert SAFE not in facts
    assert "safe@" not in facts


@pytest.mark.parametrize("channel", ["phone", "none"])
def test_who_is_to_be_called_is_sent_nothing_and_staff_learn_why(channel):
    zoe = Person().booked_by("both")
    zoe.asks_for(channel)
    assert zoe.ways() == ("", "", "")
    assert zoe.found().call_only
    assert zoe.code("sms") == zoe.code("email") == ""


def test_nothing_sent_because_nobody_wants_it_is_told_apart_from_nothing_to_send_to():
    zoe = Person(texts="refused")
    zoe.consent("email", "refused")
    assert (zoe.ways(), zoe.found().unwanted) == (("", "", ""), True)
    nobody = Person(name="Miro", email="", phone="")
    assert (nobody.ways(), nobody.found().unwanted) == (("", "", ""), False)
    assert not Person(name="Nele").found().unwanted


def test_a_request_without_address_needs_the_contact_on_file():
    with pytest.raises(ValueError, match="no address"):
        Person(email="").asks_for("email")
    assert not ConfidentialContact.objects.exists()


@pytest.mark.parametrize(
    "same",
    [
        {"email": "other@example.org"},  # the phone is shared
        {"phone": "+18015550177"},  # the e-mail is shared
        {"name": "Zo", "email": "z@example.org", "phone": SAFE, "chart": "88"},  # the chart is the same, surely
    ],
)
def test_what_the_person_refused_for_another_visit_holds_for_this_one(same):
    before, now = Person(**same), Person(chart=same.get("chart", ""))
    before.chooses("reminders", "email", False, by="7", source="staff")
    before.chooses("reminders", "sms", False, by="7", source="staff")
    assert now.ways("reminders") == ("", "", "")
    assert now.ways("visits") == (ZOE, PHONE, "")


def test_what_was_refused_behind_a_link_holds_elsewhere_for_the_contact_that_was_proven_there():
    before, now, moved = Person(), Person(), Person(email="new@example.org")
    for channel, contact in (("email", email_index(ZOE)), ("sms", email_index(ZOE))):
        before.chooses("visits", channel, False, proven=contact)
    assert before.ways() == ("", "", "")
    assert now.ways() == ("", PHONE, "")
    assert moved.ways() == ("new@example.org", PHONE, "")
    assert before.chooses("visits", "sms", False, hours=2, proven=phone_index(PHONE)) == 1
    assert (now.ways(), moved.ways()) == (("", "", ""), ("new@example.org", "", ""))
    assert before.chooses("visits", "sms", False, hours=3, proven=phone_index(PHONE)) == 0


def test_a_no_to_texts_at_a_confidential_number_holds_where_that_number_is_used():
    before, now = Person(), Person()
    for each in (before, now):
        each.asks_for("sms", SAFE)
    before.chooses("visits", "sms", False, hours=2, proven=phone_index(SAFE))
    assert now.ways() == ("", "", "")
    assert now.ways("reminders") == ("", SAFE, "")


@pytest.mark.parametrize("chart", ["", "88"])
@pytest.mark.parametrize("channel", ["email", "sms"])
def test_a_planted_record_stops_nobodys_messages(chart, channel):
    zoe = Person(chart=chart)
    planted = Person(phone=MINE, chart=chart)
    planted.chooses("visits", channel, False, hours=2, proven=phone_index(MINE))
    assert zoe.ways() == (ZOE, PHONE, "")


@pytest.mark.parametrize("source", ["link", "staff"])
def test_a_planted_record_allows_nothing_that_was_refused(source):
    zoe = Person()
    zoe.chooses("reminders", "sms", False, by="7" if source == "staff" else "patient", source=source)
    planted = Person(phone=MINE)
    assert planted.chooses("reminders", "sms", True, hours=2, proven=phone_index(MINE)) == 1
    assert zoe.ways("reminders") == (ZOE, "", "")
    assert planted.ways("reminders") == (ZOE, MINE, "")  # their own number


def test_a_no_told_to_staff_ends_an_earlier_yes_here_and_a_later_one_is_said_again():
    before, now = Person(email="old@example.org"), Person()
    proven = {"proven": email_index(ZOE)}
    now.chooses("visits", "email", True, **proven)
    before.chooses("visits", "email", False, hours=2, by="7", source="staff")
    assert now.ways() == ("", PHONE, "")
    assert now.chooses("visits", "email", True, hours=3, **proven) == 1
    assert now.chooses("visits", "email", True, hours=4, **proven) == 0
    assert now.ways() == (ZOE, PHONE, "")
    assert before.ways() == ("", PHONE, "")


def test_the_page_of_a_planted_record_tells_nothing_of_what_was_refused():
    zoe = Person()
    for channel in ("email", "sms"):
        zoe.chooses("reminders", channel, False, by="7", source="staff")
    planted, stranger = Person(phone=MINE), Person(name="Miro", phone=MINE)
    shown = [patient_settings(each.visit, each.patient.pk, proven=phone_index(MINE)).on for each in (planted, stranger)]
    assert shown[0] == shown[1]
    again = Person()
    own = patient_settings(again.visit, again.patient.pk, proven=email_index(ZOE)).on
    assert (Topic.REMINDERS, Channel.EMAIL) not in own
    assert (Topic.REMINDERS, Channel.SMS) in own


@pytest.mark.parametrize("channel", ["phone", "none", "sms", "email"])
def test_who_plants_a_record_learns_nothing_of_a_confidential_request(channel):
    zoe = Person().booked_by("both")
    zoe.asks_for(channel)
    planted = Person(phone=MINE).booked_by("both")
    assert planted.ways()[1:] == (MINE, "")
    assert planted.code("sms") == MINE
    left = ZOE if channel == "email" else ""
    assert (planted.ways()[0], planted.code("email")) == (left, left)


@pytest.mark.parametrize(
    "other",
    [
        {"name": "Miro"},  # a family that shares its contacts
        {"born": "1991-02-28"},
        {"email": "other@example.org", "phone": SAFE},  # a namesake
    ],
)
def test_what_somebody_else_refused_changes_nothing(other):
    somebody, zoe = Person(**other), Person()
    somebody.chooses("visits", "email", False)
    somebody.asks_for("none")
    assert zoe.ways() == (ZOE, PHONE, "")


def test_a_chart_that_is_not_sure_joins_nobody():
    somebody = Person(name="Miro", chart="88")
    zoe = Person(chart="88")
    Patient.objects.filter(pk=zoe.patient.pk).update(identity="unverified")
    somebody.asks_for("none")
    assert zoe.ways() == (ZOE, PHONE, "")


def test_a_planted_record_opens_nothing():
    """Somebody books with Zoë's name, birth date and e-mail and his own number, and says yes to everything there."""
    zoe = Person(texts="")
    zoe.consent("sms", "refused")
    planted = Person(phone=MINE)
    zoe.chooses("visits", "email", False, proven=email_index(ZOE))
    planted.chooses("visits", "email", True, hours=2, proven=phone_index(MINE))
    planted.asks_for("sms", hours=3)
    assert zoe.ways() == ("", "", "")
    assert (zoe.code("sms"), zoe.code("email")) == (PHONE, "")
    assert planted.ways() == ("", MINE, "")


def test_who_proves_the_very_contact_may_take_back_what_was_refused_elsewhere():
    before, now = Person(), Person()
    before.chooses("visits", "email", False, proven=email_index(ZOE))
    assert now.chooses("visits", "email", True, hours=2, proven=phone_index(PHONE)) == 1
    assert now.ways() == ("", PHONE, "")
    assert now.chooses("visits", "email", True, hours=3, proven=email_index(ZOE)) == 2
    assert now.ways() == before.ways() == (ZOE, PHONE, "")


def test_what_is_told_to_staff_counts_for_all_records_of_the_person():
    before, now = Person(), Person()
    before.chooses("visits", "sms", False)
    now.chooses("visits", "sms", True, hours=2, by="7", source="staff")
    assert now.ways() == before.ways() == (ZOE, PHONE, "")


def test_a_stop_word_takes_back_every_consent_of_the_number_and_start_gives_back_only_those():
    zoe, miro, never = Person(), Person(name="Miro"), Person(name="Nele", texts="refused")
    number = phone_index(PHONE)
    assert revoke_texts(number, actor=DESK, now=NOW + timedelta(hours=1)) == 2
    assert revoke_texts(number, actor=DESK, now=NOW + timedelta(hours=1)) == 0
    assert [each.ways()[1] for each in (zoe, miro, never)] == ["", "", ""]
    assert zoe.code("sms") == ""
    assert permit_texts(number, actor=DESK, now=NOW + timedelta(hours=2)) == 2
    assert [each.ways()[1] for each in (zoe, miro, never)] == [PHONE, PHONE, ""]
    assert set(Consent.objects.filter(state="given").values_list("source", flat=True)) == {"reply"}


def test_a_stop_word_from_the_confidential_number_ends_texts_to_it():
    zoe = Person()
    zoe.asks_for("sms", SAFE)
    revoke_texts(phone_index(SAFE), actor=DESK, now=NOW + timedelta(hours=2))
    assert zoe.ways() == ("", "", "")
    assert zoe.code("sms") == ""
    assert not zoe.found().call_only
