"""Two clicks at the same instant, on two connections."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from django.db import connection

from moonlit.booking.models import Appointment
from moonlit.widget.tests.test_about_and_check import TOWN_ZOE
from moonlit.widget.tests.visitor import SAME_ORIGIN, WHO, Visitor


def test_clicks_at_the_same_instant_book_once_and_lead_to_one_page(transactional_db, town):
    visitor = Visitor().go("/book").press("/book", payer="selecthealth").press(**WHO)
    visitor.press(start=visitor.times()[0], provider="").press(**TOWN_ZOE)
    path, together = visitor.path, Barrier(4)

    def click(_):
        try:
            together.wait(timeout=20)
            response = Visitor().client.post(path, {}, headers=SAME_ORIGIN)
            return response.status_code, response["Location"]
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        answers = set(pool.map(click, range(4)))
    assert Appointment.objects.count() == 1
    assert {status for status, _ in answers} == {303}
    assert len({place for _, place in answers if "/book/s/" in place}) == 1
    assert all("/book/s/" in place for _, place in answers)
