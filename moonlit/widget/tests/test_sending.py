"""Step 6: once, or not at all."""

from datetime import timedelta

import pytest

from moonlit.availability.models import Slot
from moonlit.availability.services import occupy
from moonlit.booking.models import Appointment
from moonlit.platform.testing import run_pending
from moonlit.widget import services
from moonlit.widget.models import Draft
from moonlit.widget.tests.test_about_and_check import TOWN_ZOE
from moonlit.widget.tests.test_booking_path import lantern  # noqa: F401  a fixture
from moonlit.widget.tests.visitor import SAME_ORIGIN, WHO, ZOE, Visitor


def take(town, name, start):
    """The hold ends, and somebody else books the same time of a clinician."""
    town.clock.forward(minutes=11)
    slot = Slot.objects.get(provider=town.providers[name], start=start)
    from django.db import transaction

    with transaction.atomic():
        occupy(
            appointment=Draft.objects.first().pk,
            provider_id=slot.provider_id,
            location_id=slot.location_id,
            slot_id=slot.ehr_slot_id,
            start=slot.start,
            end=slot.start + timedelta(minutes=slot.minutes),
            local_date=slot.start.date(),
            new_patient=True,
            now=town.clock(),
        )


@pytest.fixture
def at_check(visitor):
    visitor.go("/book").press("/book", payer="selecthealth").press(**WHO)
    visitor.press(start=visitor.times()[0], provider="").press(**TOWN_ZOE)
    assert visitor.page == "check"
    return visitor


def test_a_double_click_books_once_and_both_clicks_see_the_same_page(at_check):
    path = at_check.path
    first = at_check.press(path).path
    second = at_check.press(path).path
    assert first == second
    assert "/book/s/" in first
    assert Appointment.objects.count() == 1


def test_a_second_click_that_was_read_before_the_first_one_wrote_books_nothing(at_check, town):
    from moonlit.widget.way import Way

    stale = Draft.objects.get(identified=True)
    request = Way(at_check.token, stale).request
    at_check.press()
    assert services.book(stale, request, actor=None, now=town.clock()) is None
    assert Appointment.objects.count() == 1


def test_reload_after_sending_shows_the_status_and_no_answers(at_check):
    check = at_check.path
    at_check.press()
    for page in ("check", "about", "when", "who", "pay"):
        at_check.go(check.replace("/check", f"/{page}"))
        assert "/book/s/" in at_check.path
        assert "Zoë" not in at_check.body


def test_a_time_lost_while_typing_keeps_every_answer_and_asks_only_for_a_new_time(at_check, town):
    take(town, "Quintero-Hale", "2026-03-09T15:00:00Z")
    at_check.press()
    assert at_check.page == "when"
    assert "The time you chose has just been taken." in at_check.text
    assert "Nearest free times, in Mountain Time:" in at_check.text
    assert "2026-03-09T15:00:00Z" not in at_check.times()
    at_check.press(start="2026-03-09T16:00:00Z")
    assert at_check.page == "check", "no other question is asked again"
    assert "Zoë Ñandú-O'Leary" in at_check.text
    at_check.press()
    visit = Appointment.objects.get(state="pending")
    assert visit.start.isoformat() == "2026-03-09T16:00:00+00:00"


def test_a_time_lost_before_the_check_says_so_at_once(at_check, town):
    take(town, "Quintero-Hale", "2026-03-09T15:00:00Z")
    at_check.go(at_check.path)
    assert at_check.page == "when"
    assert "just been taken" in at_check.text


def test_a_refusal_inside_the_booking_leaves_the_draft_as_it_was(at_check, town, monkeypatch):
    from moonlit.booking.services import SlotTaken

    def refuse(*_args, **_more):
        raise SlotTaken(())

    monkeypatch.setattr(services, "request_booking", refuse)
    at_check.press()
    assert at_check.page == "when"
    draft = Draft.objects.get(identified=True)
    assert draft.sent_at is None
    assert draft.answers["first_name"] == "Zoë"


def test_pending_promises_when_we_answer(at_check):
    at_check.press()
    assert "You get our answer today by 5:00 PM Mountain Time." in at_check.text
    assert "Check again" in at_check.text


def test_not_booked_shows_alternatives_and_the_phone_and_the_way_back_has_the_answers(at_check):
    check = at_check.path
    at_check.press()
    Appointment.objects.update(state="lost")
    at_check.go(at_check.path)
    assert "We could not book this time" in at_check.text
    assert "Nearest free times" in at_check.text
    assert "You can also call us, and we book with you: 801-555-0100" in at_check.text
    at_check.go(check.replace("/check", "/when"))
    at_check.press(start="2026-03-09T16:00:00Z")
    assert at_check.page == "check"
    assert "Zoë Ñandú-O'Leary" in at_check.text
    at_check.press()
    assert Appointment.objects.filter(state="pending").count() == 1


def test_what_was_typed_is_forgotten_when_the_visit_is_booked(lantern):  # noqa: F811
    visitor = Visitor().go("/book").press("/book", payer="alpine").press(**WHO)
    visitor.press(start=visitor.times()[0]).press(**ZOE)
    check = visitor.path
    visitor.press()
    assert Draft.objects.get(identified=True).answers
    run_pending()
    assert Draft.objects.get(identified=True).answers == {}
    visitor.go(check)
    assert "Booked" in visitor.title


def test_finish_ends_the_page_and_not_the_visit(at_check):
    at_check.press()
    path = at_check.path
    at_check.press(f"{path}/finish")
    assert at_check.path == "/book/cleared"
    assert at_check.go(path).status == 404
    assert not Draft.objects.filter(identified=True).exists()
    assert Appointment.objects.get().state == "pending"


def test_finish_forgets_a_draft_at_once(at_check):
    check = at_check.path
    at_check.press(check.replace("/check", "/finish"))
    assert at_check.path == "/book/cleared"
    assert at_check.go(check).status == 404
    assert at_check.client.post(check, {}, headers=SAME_ORIGIN).status_code == 404


def test_a_get_finishes_nothing(at_check):
    at_check.go(at_check.path.replace("/check", "/finish"))
    assert Draft.objects.filter(identified=True).exists()


def test_a_link_from_a_message_shows_date_and_time_and_nothing_else(lantern):  # noqa: F811
    from moonlit.audit.actor import SYSTEM
    from moonlit.booking.models import ManageLink
    from moonlit.booking.services import mint_link

    visitor = Visitor().go("/book").press("/book", payer="alpine").press(**WHO)
    visitor.press(start=visitor.times()[0]).press(**ZOE).press()
    run_pending()
    token = mint_link(Appointment.objects.get().pk, ManageLink.Purpose.MANAGE, actor=SYSTEM, now=lantern.clock())
    visitor.go(f"/m/{token}")
    assert "Your appointment is booked" in visitor.text
    assert "Wednesday, March 4, 2026 at 9:00 AM" in visitor.text
    assert "Resident" not in visitor.text
    assert "Zoë" not in visitor.text
    assert visitor.go("/m/nothing").status == 404
