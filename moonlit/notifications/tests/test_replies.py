"""People's texts to our number: STOP counts at once and for everyone, the visit is asked about, the rest is read."""

from collections import Counter
from datetime import timedelta
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from moonlit.audit.actor import SYSTEM
from moonlit.audit.models import AuditEvent
from moonlit.notifications import services
from moonlit.notifications.contact_queries import is_stopped
from moonlit.notifications.models import Message, Reply, StoppedContact
from moonlit.notifications.port import NotReached, TextReceived
from moonlit.notifications.services import push, replies
from moonlit.notifications.tests.scene import NOW, PHONE
from moonlit.people.models import Consent, Patient
from moonlit.people.services import phone_index
from moonlit.practice.models import Practice
from moonlit.worklist.models import Task

STRANGER = "+18015550177"


@pytest.fixture(autouse=True)
def at_now(clock_at_now):
    """What is queued reads the clock."""


def say(text, *, number=1, sender=PHONE, at=NOW, now=None, dated=True):
    told = TextReceived(f"reply-{number}", sender, text, at, dated)
    return replies.take_in(told, "notifyre", now=now or max(at, NOW))


def answers():
    """What the answers say, in which language."""
    rows = Message.objects.filter(kind="reply").order_by("created_at", "event")
    return [(row.event.partition(":")[0].removeprefix("reply."), row.language) for row in rows]


def tasks():
    return sorted(Task.objects.filter(state="open").values_list("kind", "subject"))


def test_stop_counts_in_the_transaction_that_keeps_it(visit):
    assert say("STOP")
    assert is_stopped("sms", PHONE)
    stop = StoppedContact.objects.get()
    assert (stop.reason, stop.wording, stop.contact) == ("stop_word", "stop", PHONE)
    assert Consent.objects.get().state == "revoked"
    assert Reply.objects.get().meaning == "stop"
    assert AuditEvent.objects.filter(verb="messages:contact:stopped").count() == 1


def test_a_failure_on_the_way_keeps_neither_the_stop_nor_the_reply(visit, monkeypatch):
    def fail(*_, **__):
        raise RuntimeError

    monkeypatch.setattr(replies, "queue_reply", fail)
    with pytest.raises(RuntimeError):
        say("STOP")
    assert not StoppedContact.objects.exists()
    assert not Reply.objects.exists()
    assert Consent.objects.get().state == "given"


@pytest.mark.parametrize("word", ["STOP", "cancel", "CANCELAR", "please stop texting me"])
def test_staff_are_asked_whether_the_visit_was_meant(visit, word):
    say(word)
    assert ("stop_or_cancel", f"appointment:{visit.pk}") in tasks()
    task = Task.objects.get(kind="stop_or_cancel")
    assert task.due - NOW <= timedelta(hours=1)
    assert task.visit_date.isoformat() == "2026-12-02"


@pytest.mark.parametrize(
    "change", [{"start": NOW + timedelta(days=15)}, {"start": NOW - timedelta(hours=1)}, {"state": "cancelled"}]
)
def test_a_visit_that_is_far_over_or_cancelled_was_not_meant(visit, change):
    for name, value in change.items():
        setattr(visit, name, value)
    visit.end = visit.start + timedelta(hours=1)
    visit.save()
    say("STOP")
    assert tasks() == []


def test_it_counts_for_everyone_who_uses_the_number(visit):
    other = Patient.objects.create(
        first_name="Ari", last_name="Fictional", date_of_birth="2010-01-01", phone=PHONE, phone_index=phone_index(PHONE),
        created_at=NOW,
    )  # fmt: skip
    Consent.objects.create(
        patient=other, appointment=other.pk, kind="sms", state="given", source="widget", decided_at=NOW
    )
    say("STOP")
    assert set(Consent.objects.values_list("state", flat=True)) == {"revoked"}


def test_one_confirmation_goes_out_however_often_they_say_it(visit):
    for number, word in enumerate(["STOP", "stop", "UNSUBSCRIBE"]):
        say(word, number=number, at=NOW + timedelta(seconds=number))
    assert answers() == [("stopped", "en")]
    assert len(tasks()) == 1


def test_a_confirmation_older_than_the_law_allows_is_not_sent(visit):
    say("STOP", now=NOW + timedelta(minutes=6))
    assert is_stopped("sms", PHONE)
    assert answers() == []


def test_the_same_reply_told_again_does_nothing(visit):
    assert say("STOP")
    assert not say("STOP")
    assert Reply.objects.count() == 1


def test_start_undoes_it_and_is_recorded(visit):
    say("STOP", number=1)
    say("START", number=2, at=NOW + timedelta(seconds=5))
    assert not is_stopped("sms", PHONE)
    stop = StoppedContact.objects.get()
    assert (stop.ended_by, stop.ended_at) == ("start_word", NOW + timedelta(seconds=5))
    consent = Consent.objects.get()
    assert (consent.state, consent.source, consent.decided_at) == ("given", "reply", NOW + timedelta(seconds=5))
    assert [what for what, _ in answers()] == ["stopped", "started"]


def test_a_late_stop_does_not_undo_a_later_start(visit):
    say("START", number=2, at=NOW + timedelta(seconds=5))
    say("STOP", number=1, at=NOW)
    assert not is_stopped("sms", PHONE)


def test_a_late_start_does_not_undo_a_later_stop(visit):
    say("STOP", number=2, at=NOW + timedelta(seconds=5))
    say("START", number=1, at=NOW)
    assert is_stopped("sms", PHONE)


def test_a_start_without_a_time_undoes_no_stop_and_a_person_reads_it(visit):
    say("STOP", number=1)
    say("START", number=2, at=NOW + timedelta(hours=1), dated=False)
    assert is_stopped("sms", PHONE)
    assert [kind for kind, _ in tasks()] == ["reply_to_read", "stop_or_cancel"]
    say("STOP", number=3, at=NOW + timedelta(minutes=30), now=NOW + timedelta(hours=2))
    assert is_stopped("sms", PHONE)


def test_a_start_without_a_time_does_not_outrank_a_stop_that_comes_late(practice):
    say("START", number=1, at=NOW + timedelta(hours=1), dated=False)
    say("STOP", number=2, at=NOW, now=NOW + timedelta(hours=1))
    assert is_stopped("sms", PHONE)


def test_a_stop_without_a_time_holds(practice):
    say("START", number=1, at=NOW)
    say("STOP", number=2, at=NOW + timedelta(minutes=1), dated=False)
    assert is_stopped("sms", PHONE)


@pytest.mark.parametrize(("text", "lasts"), [("STOP", timedelta(minutes=5)), ("what now?", timedelta(hours=1))])
def test_an_answer_that_a_vendor_kept_back_never_rings_at_night(practice, vendors, text, lasts):
    say(text, at=NOW, now=NOW + timedelta(minutes=1))
    row = Message.objects.get()
    assert row.give_up_at == NOW + lasts
    vendors["notifyre"].script = [NotReached("x")]
    push(row.pk, actor=SYSTEM, now=NOW + timedelta(minutes=1))
    push(row.pk, actor=SYSTEM, now=NOW + timedelta(hours=10))
    row.refresh_from_db()
    assert (row.state, row.error) == ("suppressed", "too_late")
    assert not Task.objects.filter(kind="message_failed").exists()


def test_an_answer_is_tried_again_while_it_is_of_use(practice, vendors):
    say("STOP")
    row = Message.objects.get()
    vendors["notifyre"].script = [NotReached("x")]
    push(row.pk, actor=SYSTEM, now=NOW)
    push(row.pk, actor=SYSTEM, now=NOW + timedelta(minutes=4))
    row.refresh_from_db()
    assert row.state == "sent"


def test_stop_and_start_in_turns_are_answered_a_few_times_and_always_count(practice):
    for number in range(40):
        say("STOP" if number % 2 else "START", number=number, at=NOW + timedelta(seconds=number))
    assert Counter(what for what, _ in answers()) == {"stopped": 3, "started": 3}
    assert is_stopped("sms", PHONE)


def test_start_says_nothing_for_who_never_agreed(visit):
    Consent.objects.update(state="refused")
    say("START")
    assert Consent.objects.get().state == "refused"


def test_help_is_answered_even_after_a_stop(visit):
    say("STOP", number=1)
    say("HELP", number=2)
    assert sorted(what for what, _ in answers()) == ["help", "stopped"]
    assert is_stopped("sms", PHONE)


def test_a_free_text_is_for_a_person_to_read(visit):
    say("I feel worse since the new pills")
    reply = Reply.objects.get()
    assert (reply.meaning, reply.text) == ("free", "I feel worse since the new pills")
    assert tasks() == [("reply_to_read", f"reply:{reply.pk}")]
    assert answers() == [("free", "en")]
    assert not is_stopped("sms", PHONE)


def test_free_texts_of_one_number_are_answered_once_a_day(visit):
    for hours in (0, 1, 23, 25):
        say("hello?", number=hours, at=NOW + timedelta(hours=hours))
    assert [what for what, _ in answers()] == ["free", "free"]


def test_a_sentence_about_the_visit_is_read_within_the_hour(visit):
    say("please cancel my appointment")
    assert Task.objects.get().kind == "reply_to_read"
    assert Task.objects.get().due - NOW <= timedelta(hours=1)
    assert not is_stopped("sms", PHONE)


def test_more_than_the_word_is_read_as_well(visit):
    say("Stop texting me. I do not want to live any more")
    assert is_stopped("sms", PHONE)
    assert {kind for kind, _ in tasks()} == {"stop_or_cancel", "reply_to_read"}


def test_somebody_else_has_the_number_now(visit):
    say("Sorry, wrong number")
    assert StoppedContact.objects.get().reason == "unreachable"
    assert ("contact_bounced", f"appointment:{visit.pk}") in tasks()
    assert Consent.objects.get().state == "given"  # the patient has taken nothing back
    assert answers() == [("stopped", "en")]


def test_a_stranger_may_stop_too(practice):
    say("STOP", sender=STRANGER)
    assert is_stopped("sms", STRANGER)
    assert tasks() == []
    assert answers() == [("stopped", "en")]


@pytest.mark.parametrize(
    ("text", "language", "spoken"), [("ALTO", "en", "es"), ("STOP", "es", "es"), ("STOP", "en", "en")]
)
def test_the_answer_is_in_the_language_of_the_word_or_of_the_person(visit, text, language, spoken):
    Practice.objects.update(published_languages={"es": {"reviewer": "Perpetua Oyelaran", "on": "2026-11-01"}})
    Patient.objects.update(language=language)
    say(text)
    assert answers() == [("stopped", spoken)]


def test_what_no_webhook_brought_is_fetched(visit, settings, monkeypatch):
    missed = TextReceived("reply-9", PHONE, "STOP", NOW - timedelta(hours=3))
    asked = []

    def replies_since(since, *, now):
        asked.append(now - since)
        return [missed, missed]

    monkeypatch.setattr(replies, "get_sms", lambda: SimpleNamespace(name="notifyre", replies_since=replies_since))
    assert services.take_in_missed(now=NOW) == 1
    assert is_stopped("sms", PHONE)
    assert answers() == []  # long ago
    assert services.take_in_missed(now=NOW) == 0
    assert asked == [timedelta(days=2)] * 2


def test_a_vendor_that_does_not_answer_is_asked_later(practice, monkeypatch):
    def replies_since(*_, **__):
        raise NotReached("replies_failed")

    monkeypatch.setattr(replies, "get_sms", lambda: SimpleNamespace(name="notifyre", replies_since=replies_since))
    assert services.take_in_missed(now=NOW) == 0


def test_one_that_stumbles_keeps_no_stop_behind_it_out(visit, monkeypatch):
    told = [TextReceived("a", PHONE, "hello", NOW), TextReceived("b", STRANGER, "STOP", NOW + timedelta(seconds=1))]
    vendor = SimpleNamespace(name="notifyre", replies_since=lambda *_, **__: told)
    monkeypatch.setattr(replies, "get_sms", lambda: vendor)
    monkeypatch.setattr(replies, "_free", lambda *_, **__: 1 / 0)
    assert services.take_in_missed(now=NOW) == 1
    assert is_stopped("sms", STRANGER)
    assert not Reply.objects.filter(reply_id="a").exists(), "it is asked for again"


def test_one_number_has_one_task_however_much_it_writes(practice):
    for number in range(5):
        say("blah", number=number, at=NOW + timedelta(minutes=number))
    say("blah", number=9, sender=STRANGER)
    first = [Reply.objects.get(reply_id=f"reply-{number}").pk for number in (0, 9)]
    assert {subject for _, subject in tasks()} == {f"reply:{pk}" for pk in first}
    assert len(tasks()) == 2


def test_what_is_urgent_hastens_the_task_that_is_open(visit):
    say("hello", number=1)
    slow = Task.objects.get().due
    say("please cancel my appointment", number=2)
    assert Task.objects.get().due < slow
    assert Task.objects.get().due - NOW <= timedelta(hours=1)
    say("thanks", number=3)
    assert Task.objects.get().due - NOW <= timedelta(hours=1)


def test_reading_one_reads_what_else_the_number_had_written_and_was_shown(practice):
    for number in (1, 2, 3):
        say(f"text {number}", number=number, at=NOW + timedelta(minutes=number))
    say("of another", number=9, sender=STRANGER)
    one, two, three = Reply.objects.filter(sender_index=phone_index(PHONE)).order_by("received_at")
    assert services.mark_read(one.pk, until=two.received_at, actor=SYSTEM, now=NOW + timedelta(hours=1))
    unread = Reply.objects.filter(read_at=None, sender_index=phone_index(PHONE))
    assert [row.pk for row in unread] == [three.pk]
    assert ("reply_to_read", f"reply:{three.pk}") in tasks(), "it came while somebody read the others"
    assert len(tasks()) == 2
    assert services.mark_read(three.pk, actor=SYSTEM, now=NOW + timedelta(hours=1))
    assert len(tasks()) == 1


def test_reading_a_later_one_leaves_nothing_unread_behind(practice):
    for number in (1, 2):
        say(f"text {number}", number=number, at=NOW + timedelta(minutes=number))
    last = Reply.objects.get(reply_id="reply-2")
    assert services.mark_read(last.pk, actor=SYSTEM, now=NOW + timedelta(hours=1))
    assert not Reply.objects.filter(read_at=None).exists()
    assert tasks() == []


def test_reading_it_closes_its_task(visit):
    say("hello")
    reply = Reply.objects.get()
    assert services.mark_read(reply.pk, actor=SYSTEM, now=NOW)
    assert tasks() == []
    assert not services.mark_read(reply.pk, actor=SYSTEM, now=NOW)


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["STOP", "START", "HELP", "cancel", "hello"]), st.integers(0, 50)),
        min_size=1,
        max_size=6,
        unique_by=lambda each: each[1],
    ),
    st.randoms(),
)
def test_the_last_word_counts_in_whatever_order_texts_come(visit, said, random):
    StoppedContact.objects.all().delete()
    Reply.objects.all().delete()
    shuffled = list(said) * 2
    random.shuffle(shuffled)
    for text, second in shuffled:
        say(text, number=second, at=NOW + timedelta(seconds=second), now=NOW + timedelta(hours=1))
    words = [text for text, _ in sorted(said, key=lambda each: each[1]) if text in ("STOP", "START", "cancel")]
    assert is_stopped("sms", PHONE) is (bool(words) and words[-1] != "START")
