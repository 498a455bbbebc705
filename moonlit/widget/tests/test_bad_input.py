"""Whatever is sent to a page: an answer below 500, and nothing booked."""

import html
from html.parser import HTMLParser

import pytest

from moonlit.booking.models import Appointment
from moonlit.leads.models import Lead
from moonlit.widget.forms.about import ANSWERS
from moonlit.widget.tests.test_about_and_check import TOWN_ZOE
from moonlit.widget.tests.visitor import SAME_ORIGIN, WHO

NASTY = ["", " ", "\x00", "🙂", "<script>alert(1)</script>", "' OR 1=1 --", "\u202egnp.exe", "x" * 5000, "-1", "9" * 30]
FIELDS = {
    "pay": ["payer", "payer_name", "self_pay", "benefit"],
    "who": ["help", "seen_before", "age", "place", "state", "visit_language"],
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


@pytest.fixture
def at_about(visitor):
    visitor.go("/book").press("/book", payer="selecthealth").press(**WHO)
    return visitor.press(start=visitor.times()[0], provider="")


class Fields(HTMLParser):
    """What a second press of the page's form would send."""

    def __init__(self, body):
        super().__init__()
        self.sent, self.select, self.area, self.inside = {}, None, None, False
        self.feed(body)

    def handle_starttag(self, tag, given):
        attrs = dict(given)
        self.inside = self.inside or attrs.get("id") == "page-form"
        if not self.inside:
            return
        if tag == "input" and (attrs.get("type") not in {"radio", "checkbox"} or "checked" in attrs):
            self.sent[attrs["name"]] = attrs.get("value", "")
        elif tag == "select":
            self.select = attrs["name"]
        elif tag == "option" and "selected" in attrs:
            self.sent[self.select] = attrs["value"]
        elif tag == "textarea":
            self.area = attrs["name"]
            self.sent[self.area] = ""

    def handle_endtag(self, tag):
        self.inside = self.inside and tag != "form"
        if tag == "textarea":
            self.sent[self.area] = self.sent[self.area].removeprefix("\n")
            self.area = None

    def handle_data(self, data):
        if self.area:
            self.sent[self.area] += data


EVERYTHING = {
    **TOWN_ZOE,
    "booker_name": "Otto <Quill> & sons",
    "booker_kind": "guardian",
    "booker_organization": 'The "House"',
    "booker_phone": "12",
    "booker_email": "a@b@c",
    "messages_to": "both",
    "preferred_name": "Zo'e",
    "dob_month": "13",
    "sex": "female",
    "member_id": "<b>",
    "plan": "A & B",
    "line1": "1 <i>Way</i>",
    "city": "Ñ",
    "address_state": "UT",
    "zip": "8410",
    "note": "\nfirst\n<script>alert(1)</script>",
    "tell": "yes",
    **{f"contact1_{name}": f"x{name}" for name in ("name", "relationship", "phone", "email")},
    "contact1_scope": "all",
    "contact1_until": "12",
    "contact2_scope": "appointments",
    "contact2_until": "3",
    "contact2_name": "Ada Quill",
}


@pytest.mark.parametrize("for_whom", ["self", "other"])
def test_after_a_fault_the_page_holds_everything_that_was_typed_chosen_and_ticked(at_about, for_whom):
    typed = {**EVERYTHING, "for_whom": for_whom}
    at_about.press(**typed)
    assert at_about.status == 422
    sent = Fields(at_about.body).sent
    assert {name: sent.get(name) for name in typed} == typed
    assert "<script>alert" not in at_about.body
    assert "<i>Way" not in at_about.body
    assert {name for name in sent if name not in typed} <= ANSWERS | {"language", "revision"}


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"dob_month": "13", "dob_day": "45"}, "There is no month 13. Months go from 1 to 12."),
        ({"dob_month": "02", "dob_day": "30"}, "There is no day 30: February 1990 has 28 days."),
        ({"dob_month": "2", "dob_day": "30", "dob_year": "1992"}, "There is no day 30: February 1992 has 29 days."),
        ({"dob_month": "4", "dob_day": "31"}, "There is no day 31: April 1990 has 30 days."),
        ({"dob_month": "0"}, "There is no month 0. Months go from 1 to 12."),
        ({"dob_day": ""}, "Please enter the day of birth as a number from 1 to 31."),
        ({"dob_day": "1.5"}, "Please enter the day of birth as a number from 1 to 31."),
        ({"dob_year": "85"}, "Please enter the year of birth with four digits, for example 1990."),
        (
            {"dob_year": "\uff11\uff19\uff19\uff10"},
            "Please enter the year of birth with four digits, for example 1990.",
        ),
        ({"dob_year": "2027"}, "The date of birth lies in the future."),
        ({"phone": "555-0142"}, "Please enter a US phone number with area code: ten digits, for example 801-555-0100."),
        ({"phone": "+52 55 1234 5678"}, "Please enter a US phone number with area code: ten digits"),
        ({"email": "zoe.example.org"}, "Please check the e-mail address. It should look like name@example.org."),
        ({"email": "zoe@example"}, "Please check the e-mail address. It should look like name@example.org."),
        ({"note": "x" * 501}, "This is too long. Please use at most 500 characters."),
        ({"agree_terms": ""}, "Terms of use: Please agree to this before we take the request."),
    ],
)
def test_what_is_wrong_is_said_in_words_and_a_correction_goes_on(at_about, changed, sentence):
    at_about.press(**{**TOWN_ZOE, **changed})
    assert at_about.status == 422
    assert sentence in at_about.text
    at_about.press(**TOWN_ZOE)
    assert at_about.page == "check"


def test_a_note_of_five_hundred_characters_fits_however_its_lines_end(at_about):
    at_about.press(**{**TOWN_ZOE, "note": "\r\n".join("x" * 24 for _ in range(20))})
    assert at_about.page == "check"


@pytest.mark.parametrize("mark", ["\u200e", "\u202e", "\u2068", "\ufeff", "\u200b", "\x00"])
def test_marks_that_nobody_sees_are_left_out_and_not_complained_of(at_about, mark):
    at_about.press(
        **{**TOWN_ZOE, "first_name": f"{mark}Zo{mark}ë", "dob_year": f"1990{mark}", "phone": f"801-555-0142{mark}"}
    )
    assert at_about.page == "check"
    assert "Zoë Ñandú-O'Leary" in at_about.text


def test_a_script_tag_in_the_note_stays_text_on_the_way_to_the_visit(at_about):
    typed = "<script>alert(1)</script> \u202e call & me"
    at_about.press(**{**TOWN_ZOE, "note": typed, "line1": typed[:25]})
    assert at_about.page == "check"
    assert "<script>alert" not in at_about.body
    assert "<script>alert(1)</script>" in html.unescape(at_about.body)
    at_about.press()
    assert "/book/s/" in at_about.path
    assert "alert(1)" not in at_about.body
    assert Appointment.objects.exclude(state="held").get().patient_note == typed


def test_a_body_over_the_limit_is_refused(visitor):
    visitor.go("/book").press("/book", payer="selecthealth").press(**WHO)
    visitor.press(start=visitor.times()[0], provider="")
    response = visitor.client.post(visitor.path, {"first_name": "x" * 300_000}, headers=SAME_ORIGIN)
    assert response.status_code in {400, 413}
