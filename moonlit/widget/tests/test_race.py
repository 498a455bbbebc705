"""Two clicks at the same instant, on two connections."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from django.db import connection

from moonlit.booking.models import Appointment
from moonlit.widget.tests.test_about_and_check import TOWN_ZOE
from moonlit.widget.tests.visitor import SAME_ORIGIN, WHO, Visitor
from moonlit.widget.way import Way


def test_clicks_at_the_same_instant_book_once_and_lead_to_one_page(transactional_db, town):
    visitor = Visitor().go("/book").press("/book", payer="selecthealth").press(**WHO)
    visitor.press(start=visitor.times()[0], provider="").press(**TOWN_ZOE)
    path, shown, together = visitor.path, {"revision": visitor.value_of("revision")}, Barrier(4)

    def click(_):
        try:
            together.wait(timeout=20)
            response = Visitor().client.post(path, shown, headers=SAME_ORIGIN)
            return response.status_code, response["Location"]
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        answers = set(pool.map(click, range(4)))
    assert Appointment.objects.count() == 1
    assert {status for status, _ in answers} == {303}
    assert len({place for _, place in answers if "/book/s/" in place}) == 1
    assert all("/book/s/" in place for _, place in answers)


def test_a_click_that_read_the_draft_before_the_first_was_sent_leads_to_its_page(visitor, monkeypatch):
    """The first click books between the second one's look at the draft and its look at the time."""
    visitor.go("/book").press("/book", payer="selecthealth").press(**WHO)
    visitor.press(start=visitor.times()[0], provider="").press(**TOWN_ZOE)
    assert visitor.page == "check"
    standing, first = Way.__dict__["can_choose_time"], []
    shown = {"revision": visitor.value_of("revision")}

    def meanwhile(way):
        if not first:
            first.append(None)
            first[0] = Visitor().client.post(visitor.path, shown, headers=SAME_ORIGIN)
        return standing.func(way)

    monkeypatch.setattr(Way, "can_choose_time", property(meanwhile))
    second = Visitor().client.post(visitor.path, shown, headers=SAME_ORIGIN)
    assert "/book/s/" in first[0]["Location"]
    assert second["Location"] == first[0]["Location"]
    assert Appointment.objects.count() == 1
