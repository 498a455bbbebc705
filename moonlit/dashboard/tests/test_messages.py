"""What staff see of messages, and sending one again."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from moonlit.audit.actor import SYSTEM
from moonlit.audit.models import AuditEvent
from moonlit.audit.verbs import Verb
from moonlit.dashboard.paging import ROWS
from moonlit.dashboard.tests.reading import page
from moonlit.dashboard.views import messages as message_views
from moonlit.notifications import staff_queries
from moonlit.notifications.contact_queries import contact_index
from moonlit.notifications.models import Attempt, Message, Notice, VendorNotice
from moonlit.platform.testing import run_pending
from moonlit.platform.vendor_models import VendorBreaker
from moonlit.worklist.kinds import TaskKind, Team
from moonlit.worklist.services import open_task

SENT = "/staff/messages?show=sent"


@pytest.fixture
def confirmation(desk, book):
    """The e-mail that tells of a booked visit, as promised."""
    visit = book(confirmed=True)
    run_pending(now=desk.clock())
    return Message.objects.get(subject=str(visit), kind="confirmation", channel="email")


@pytest.fixture
def given_up(confirmation):
    """The same, given up."""
    Message.objects.filter(pk=confirmation.pk).update(
        state="failed", error="vendor_400", next_at=None, vendor="sendgrid", attempts=1
    )
    return Message.objects.get(pk=confirmation.pk)


def copies(message, count, **changes):
    """More messages like this one, as rows, to other people."""
    for number in range(count):
        address = f"p{number}@example.org"
        row = Message.objects.get(pk=message.pk)
        row.pk, row.recipient, row.event = uuid4(), address, f"{message.event}-{number}"
        row.recipient_index = contact_index("email", address)
        for name, value in changes.items():
            setattr(row, name, value)
        row.save(force_insert=True)


def rows(client, query=""):
    return client.get(f"/staff/messages{query}").content.decode().count('<th scope="row">')


def test_the_list_opens_with_what_needs_a_hand(staff, given_up):
    text = page(staff, "/staff/messages")
    assert "Need a hand 1" in text
    assert "Confirmation E-mail z...@example.org to the patient Visit Fri, March 6, 2026, 9:00 AM MST Failed" in text
    assert "The vendor answered with error 400" in text


def test_a_message_that_was_marked_as_spam_needs_a_hand_too(staff, confirmation):
    spam = {"state": "sent", "delivery": "complained", "sent_at": confirmation.created_at}
    Message.objects.filter(pk=confirmation.pk).update(**spam)
    text = page(staff, "/staff/messages")
    assert "Need a hand 1" in text
    assert "Marked as spam by the person" in text


def test_no_list_shows_a_contact_in_full(staff, given_up):
    for show in ("hand", "waiting", "sent", "withheld", "nobody"):
        html = staff.get(f"/staff/messages?show={show}").content.decode()
        assert "zoe@example.org" not in html
        assert "5550142" not in html


def test_whose_messages_were_shown_is_written_down(staff, given_up):
    page(staff, "/staff/messages")
    shown = AuditEvent.objects.get(verb=Verb.MESSAGE_LISTED)
    assert (shown.actor_kind, shown.facts) == ("staff", {"messages": [str(given_up.pk)]})


def test_every_message_lies_on_one_pile(staff, confirmation):
    Message.objects.exclude(pk=confirmation.pk).delete()
    for state, show in [
        ("failed", "hand"),
        ("queued", "waiting"),
        ("sending", "waiting"),
        ("sent", "sent"),
        ("suppressed", "withheld"),
    ]:
        Message.objects.filter(pk=confirmation.pk).update(state=state)
        found = [pile for pile in ("hand", "waiting", "sent", "withheld") if rows(staff, f"?show={pile}")]
        assert found == [show], state


def test_the_list_is_narrowed_by_kind_channel_and_period(desk, staff, given_up):
    assert rows(staff, "?kind=confirmation&channel=email") == 1
    assert rows(staff, "?kind=reminder") == 0
    assert rows(staff, "?channel=sms") == 0
    Message.objects.filter(pk=given_up.pk).update(created_at=desk.clock() - timedelta(days=31))
    assert (rows(staff), rows(staff, "?days=90"), rows(staff, "?days=")) == (0, 1, 1)


def test_a_filter_that_is_none_is_said_and_not_obeyed(staff, given_up):
    for query in ("show=x", "kind=x", "channel=pigeon", "days=8", "days=-1", "show=%00"):
        assert "There is no such" in page(staff, f"/staff/messages?{query}"), query
        assert rows(staff, f"?{query}") == 1, query


def test_each_empty_list_says_what_that_means(staff):
    for show, told in {
        "hand": "No message needs a hand",
        "waiting": "Nothing waits to be sent",
        "sent": "Nothing was sent",
        "withheld": "No message was held back",
        "nobody": "Everybody who had to be told something was told",
    }.items():
        assert told in page(staff, f"/staff/messages?show={show}")


def test_a_long_list_comes_in_pages(staff, given_up):
    copies(given_up, ROWS)
    assert f"1 to {ROWS} of {ROWS + 1} Next page" in page(staff, "/staff/messages?kind=confirmation")
    assert staff.get("/staff/messages?show=hand&page=9")["Location"] == "/staff/messages?show=hand&page=2"


def test_fifty_messages_take_no_more_queries_than_one(staff, given_up, django_assert_num_queries):
    with CaptureQueriesContext(connection) as few:
        staff.get("/staff/messages")
    copies(given_up, 50)
    with django_assert_num_queries(len(few)):
        assert rows(staff) == ROWS


def test_what_nobody_was_told_stands_with_its_reason(desk, staff, book):
    Notice.objects.create(
        event="appointment.booked:x:1",
        kind="confirmation",
        subject=str(book()),
        outcome="nobody",
        why="no_contact",
        decided_at=desk.clock(),
    )
    text = page(staff, "/staff/messages?show=nobody")
    assert "Told to nobody 1" in text
    assert "Confirmation Visit Fri, March 6, 2026, 9:00 AM MST There is no e-mail address or phone" in text


def test_a_reminder_that_came_too_late_is_nothing_to_look_at(desk, staff, book):
    Notice.objects.create(
        event="appointment.in_3_days:x:1",
        kind="reminder",
        subject=str(book()),
        outcome="too_late",
        decided_at=desk.clock(),
    )
    assert "Told to nobody 0" in page(staff, "/staff/messages")


def test_how_each_vendor_does_stands_above(desk, staff, confirmation):
    assert "E-mail: working nothing sent yet · 1 waits" in page(staff, "/staff/messages")
    Message.objects.filter(pk=confirmation.pk).update(sent_at=desk.clock(), state="sent")
    assert "E-mail: working last sent just now" in page(staff, "/staff/messages")
    from moonlit.notifications.port import get_email

    name = get_email().name
    VendorBreaker.objects.filter(vendor=name).update(errors=10, open_until=desk.clock() - timedelta(seconds=1))
    assert "E-mail: not reachable just now" in page(staff, "/staff/messages")
    open_task(
        TaskKind.MESSAGE_FAILED,
        subject=f"vendor:{name}",
        team=Team.TECHNICAL,
        due=None,
        visit_date=None,
        actor=SYSTEM,
        now=desk.clock(),
    )
    assert "E-mail: our account is refused" in page(staff, "/staff/messages")
    assert "sending through SendGrid" in page(staff, "/staff/tasks")


def test_one_message_shows_its_whole_way_and_its_recipient(desk, staff, given_up):
    at = desk.clock()
    tried = {"vendor": "sendgrid", "ended_at": at, "outcome": "not_reached", "code": "connection_not_made"}
    Attempt.objects.filter(message=given_up).update(**tried)
    VendorNotice.objects.create(
        vendor="sendgrid",
        notice_id="1",
        name="bounce",
        message_id=given_up.pk,
        told_at=at + timedelta(minutes=1),
        received_at=at,
        outcome="late",
    )
    text = page(staff, f"/staff/messages/{given_up.pk}")
    for told in (
        "Confirmation E-mail to the patient. Failed The vendor answered with error 400",
        "Promised Mon, March 2, 2026, 9:00 AM MST Try 1 Mon, March 2, 2026, 9:00 AM MST",
        "SendGrid: The vendor could not be reached",
        "The vendor told us Mon, March 2, 2026, 9:01 AM MST SendGrid: it came back",
        "Came after something newer",
        "zoe@example.org",
        "Visit Fri, March 6, 2026, 9:00 AM MST",
        "Language English",
    ):
        assert told in text, told
    read = AuditEvent.objects.get(verb=Verb.MESSAGE_READ)
    assert (read.actor_kind, read.subject) == ("staff", f"message:{given_up.pk}")


def test_a_given_up_message_is_sent_again_in_one_press(desk, staff, given_up):
    answer = staff.post(f"/staff/messages/{given_up.pk}/resend")
    assert answer["Location"] == f"/staff/messages/{given_up.pk}"
    text = page(staff, answer["Location"])
    assert "It is on its way again" in text
    assert "Sent again by staff" in text
    assert "Odalys Fairbourne" in text
    stored = Message.objects.get(pk=given_up.pk)
    assert (stored.state, stored.resends) == ("queued", 1)
    assert AuditEvent.objects.get(verb=Verb.MESSAGE_RESENT).actor_kind == "staff"


def test_one_that_may_have_arrived_is_sent_again_only_when_somebody_says_so(staff, given_up):
    Message.objects.filter(pk=given_up.pk).update(error="unconfirmed")
    address = f"/staff/messages/{given_up.pk}"
    assert "the person may get it twice" in page(staff, address)
    refused = staff.post(f"{address}/resend")
    assert refused.status_code == 409
    assert "It may have arrived already" in refused.content.decode()
    assert Message.objects.get(pk=given_up.pk).state == "failed"
    assert staff.post(f"{address}/resend", {"anyway": "1"}).status_code == 302
    assert Message.objects.get(pk=given_up.pk).state == "queued"


def test_who_comes_second_hears_that_it_is_on_its_way(staff, given_up):
    staff.post(f"/staff/messages/{given_up.pk}/resend")
    second = staff.post(f"/staff/messages/{given_up.pk}/resend")
    assert second.status_code == 409
    assert "somebody else has sent it again already" in second.content.decode()
    assert Message.objects.get(pk=given_up.pk).resends == 1


def test_what_is_no_longer_true_is_not_sent_again_and_says_why(staff, given_up):
    Message.objects.filter(pk=given_up.pk).update(subject_version=99)
    answer = staff.post(f"/staff/messages/{given_up.pk}/resend")
    assert answer.status_code == 409
    assert "what it says no longer holds. The visit has changed since" in " ".join(answer.content.decode().split())


def test_a_sent_message_offers_no_button(staff, confirmation):
    Message.objects.filter(pk=confirmation.pk).update(state="sent")
    assert "Send again" not in page(staff, f"/staff/messages/{confirmation.pk}")


def test_a_message_that_is_not_there_is_404(staff):
    assert staff.get(f"/staff/messages/{uuid4()}").status_code == 404
    assert staff.post(f"/staff/messages/{uuid4()}/resend").status_code == 404


def test_the_visit_shows_its_messages_and_what_nobody_was_told(desk, staff, given_up):
    Notice.objects.create(
        event="appointment.in_3_days:y:1",
        kind="reminder",
        subject=given_up.subject,
        outcome="not_ours",
        why="ehr",
        decided_at=desk.clock(),
    )
    text = page(staff, f"/staff/appointments/{given_up.subject}")
    assert "Told to nobody" in text
    assert "Reminder Visit" in text
    assert "The EHR sends messages of this kind" in text
    assert (
        f'href="/staff/messages/{given_up.pk}"' in staff.get(f"/staff/appointments/{given_up.subject}").content.decode()
    )


def test_a_long_list_shows_its_newest_and_says_that_there_are_more(staff, given_up, monkeypatch):
    for module in (staff_queries, message_views):
        monkeypatch.setattr(module, "MOST_COUNTED", 30)
    copies(given_up, 33)
    text = page(staff, "/staff/messages?page=2")
    assert "Need a hand 30+" in text
    assert "26 to 30 of the newest 30; the filters lead to others" in text
