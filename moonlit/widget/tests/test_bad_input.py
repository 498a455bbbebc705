"""Whatever is sent to a page: an answer below 500, and nothing booked."""

import pytest

from moonlit.booking.models import Appointment
from moonlit.leads.models import Lead
from moonlit.widget.forms.about import ANSWERS
from moonlit.widget.tests.visitor import SAME_ORIGIN, WHO

NASTY = ["", " ", "\x00", "🙂", "<script>alert(1)</script>", "' OR 1=1 --", "\u202egnp.exe", "x" * 5000, "-1", "9" * 30]
FIELDS = {
    "pay": ["payer", "payer_name", "self_pay", "benefit"],
    "who": ["help", "seen_before", "age", "place", "state", "language"],
    "ask": ["contact", "name", "may_write"],
    "when": ["start", "provider"],
    "about": sorted(ANSWERS),
    "keep": ["back", *sorted(ANSWERS)],
    "check": ["anything"],
}


@pytest.mark.parametrize("value", NASTY, ids=lambda value: ascii(value[:12]))
def test_no_value_of_any_field_breaks_a_page(visitor, value):
    visitor.go("/book").press("/book", payer="selecthealth").press(**WHO)
    visitor.press(start=visitor.times()[0], provider="")
    token = visitor.token
    for page, names in FIELDS.items():
        posted = dict.fromkeys(names, value)
        response = visitor.client.post(f"/book/d/{token}/{page}", posted, headers=SAME_ORIGIN)
        assert response.status_code in {303, 409, 422}, page
        assert b"<script>alert" not in response.content
        if page == "pay":  # a name typed there may have led elsewhere
            visitor.press(f"/book/d/{token}/pay", payer="selecthealth")
    assert not Appointment.objects.exclude(state="held").exists()
    assert Lead.objects.count() == 0


@pytest.mark.parametrize("value", NASTY, ids=lambda value: ascii(value[:12]))
def test_no_query_breaks_a_page(visitor, value):
    client = visitor.client
    assert client.get("/book", {"q": value}).status_code == 200
    assert client.post("/book", {"payer_name": value}, headers=SAME_ORIGIN).status_code in {303, 422}
    visitor.go("/book").press("/book", payer="selecthealth").press(**WHO)
    assert client.get(visitor.path, {"from": value, "provider": value, "notice": value}).status_code == 200


def test_a_body_over_the_limit_is_refused(visitor):
    visitor.go("/book").press("/book", payer="selecthealth").press(**WHO)
    visitor.press(start=visitor.times()[0], provider="")
    response = visitor.client.post(visitor.path, {"first_name": "x" * 300_000}, headers=SAME_ORIGIN)
    assert response.status_code in {400, 413}
