"""Steps 4 and 5: the person, then everything on one page."""

import re

import pytest

from moonlit.booking.models import Appointment
from moonlit.people.models import Booker, Consent, Insurance, Patient, RoiContact
from moonlit.widget.models import Draft
from moonlit.widget.tests.visitor import WHO, ZOE

TOWN_ZOE = {
    **{name: value for name, value in ZOE.items() if not name.startswith("agree_")},
    "agree_terms": "v:2026-01",
    "agree_privacy_notice": "v:2026-01",
    "agree_sms": "v:2026-11",
    "agree_email": "v:2026-11",
}


def asked_for():
    """The visits somebody has asked for, without times that were only held."""
    return Appointment.objects.exclude(state__in=["held", "released"])


@pytest.fixture
def at_about(visitor):
    """Somebody with Regence who has chosen the first time, of anybody."""
    visitor.go("/book").press("/book", payer="regence").press(benefit="regence").press(**WHO)
    return visitor.press(start=visitor.times()[1], provider="")


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"first_name": ""}, "Please enter the patient's legal first name."),
        ({"last_name": " "}, "Please enter the patient's legal last name."),
        ({"first_name": "R2D2"}, "A name may have letters of any language, spaces, hyphens, apostrophes and periods."),
        ({"first_name": "🙂"}, "Please enter a name with at least one letter."),
        ({"first_name": "x" * 101}, "This is too long. Please use at most 100 characters."),
        ({"dob_month": "13", "dob_day": "45"}, "There is no month 13. Months go from 1 to 12."),
        ({"dob_month": "2", "dob_day": "30"}, "There is no day 30: February 1990 has 28 days."),
        ({"dob_month": "2", "dob_day": "45"}, "There is no day 45: February 1990 has 28 days."),
        ({"dob_month": "May"}, "Please enter the month of birth as a number from 1 to 12."),
        ({"dob_year": "90"}, "Please enter the year of birth with four digits, for example 1990."),
        ({"dob_year": "2090"}, "The date of birth lies in the future."),
        ({"dob_year": "1800"}, "The date of birth is more than 125 years ago."),
        ({"dob_month": "", "dob_day": "", "dob_year": ""}, "Please enter the date of birth: month, day and year."),
        ({"phone": "12345"}, "Please enter a US phone number with area code: ten digits, for example 801-555-0100."),
        ({"phone": "1"}, "Please enter a US phone number with area code: ten digits, for example 801-555-0100."),
        ({"email": "zoe@"}, "Please check the e-mail address. It should look like name@example.org."),
        ({"email": "a"}, "Please check the e-mail address. It should look like name@example.org."),
        ({"phone": "", "email": ""}, "Please give a phone number or an e-mail address."),
        ({"place_of_visit": ""}, "Please say where the patient will be: at home or somewhere else."),
        ({"place_of_visit": "moon"}, "Please choose or enter one of the possible answers."),
        ({"member_id": "<b>"}, "A member number has letters, digits, spaces, periods, slashes and hyphens only."),
        ({"zip": "8410"}, "Please enter the ZIP code with five digits, for example 84106."),
        ({"agree_terms": ""}, "Please agree to this before we take the request."),
        ({"agree_terms": "v:2019"}, "This text has changed meanwhile. Please read the current version."),
        ({"tell": "yes", "contact1_phone": "801-555-0101"}, "Please choose or enter one of the possible answers."),
    ],
)
def test_a_fault_is_said_at_the_field_and_on_top_and_everything_typed_stays(at_about, changed, sentence):
    at_about.press(**{**TOWN_ZOE, **changed})
    assert at_about.status == 422
    assert at_about.title.startswith("Error: About you")
    assert at_about.text.count(sentence) >= 2, at_about.text
    assert 'role="alert"' in at_about.body
    assert f"Error: {sentence}" in at_about.text
    for name, value in {**TOWN_ZOE, **changed}.items():
        if name in {"first_name", "last_name", "dob_month", "dob_day", "dob_year", "phone", "email", "zip"}:
            assert at_about.value_of(name).strip() == value.strip()
    assert not asked_for().exists()


def test_every_line_of_the_summary_leads_to_a_field_of_the_page(at_about):
    at_about.press(for_whom="other")
    targets = re.findall(r'<li><a href="#([^"]+)">', at_about.body)
    assert len(targets) >= 6
    for target in targets:
        assert f'id="{target}"' in at_about.body


@pytest.mark.parametrize(("first", "last"), [("Zoë", "Ñandú-O'Leary"), ("D'Artagnan", "de la Cruz"), ("李", "Đỗ")])
def test_names_of_every_kind_are_fine(at_about, first, last):
    at_about.press(**{**TOWN_ZOE, "first_name": first, "last_name": last})
    assert at_about.page == "check"
    assert f"{first} {last}" in at_about.text


def test_a_script_tag_stays_text(at_about):
    typed = "<script>alert(1)</script>"
    at_about.press(**{**TOWN_ZOE, "first_name": typed, "line1": typed})
    assert typed not in at_about.body
    assert at_about.value_of("first_name") == typed


def test_back_and_reload_keep_the_answers(at_about):
    at_about.press(**{**TOWN_ZOE, "email": "zoe@"})
    at_about.go(at_about.path)
    assert at_about.value_of("first_name") == "Zoë"
    assert at_about.value_of("email") == "zoe@"
    at_about.press(**TOWN_ZOE)
    at_about.go(at_about.path.replace("/check", "/about"))
    assert at_about.value_of("last_name") == "Ñandú-O'Leary"
    assert at_about.status == 200


def test_the_check_page_shows_everything_with_a_way_to_change_it(at_about):
    at_about.press(**TOWN_ZOE)
    for said in (
        "Monday, March 9, 2026 at 10:00 AM Mountain Time (MDT)",
        "First visit, 60 minutes",
        "Regence BlueCross BlueShield of Utah",
        "MX-100",
        "Zoë Ñandú-O'Leary",
        "Date of birth February 28, 1990",
        "801-555-0142",
        "You will see Marisol Quintero-Hale, MD",
        "or another clinician at the same time",
        "Notice of privacy practices",
    ):
        assert said in at_about.text, said
    for page in ("when", "pay", "who", "about"):
        assert f'href="/book/d/{at_about.token}/{page}"' in at_about.body
    assert not asked_for().exists()


def test_changing_who_and_how_keeps_the_rest_and_asks_only_for_a_new_time(at_about):
    at_about.press(**TOWN_ZOE)
    at_about.go(at_about.path.replace("/check", "/who")).press(**{**WHO, "place": "sugarhouse"})
    assert at_about.page == "when"
    at_about.press(start=at_about.times()[0])
    assert at_about.page == "check"
    assert "Moonlit Sugarhouse Clinic, 10 Fictional Way, Salt Lake City, UT 84106" in at_about.text
    at_about.press()
    assert asked_for().get().place_of_service == "11"


def test_changing_nothing_leads_straight_back_to_the_check(at_about):
    at_about.press(**TOWN_ZOE)
    at_about.go(at_about.path.replace("/check", "/who")).press(**WHO)
    assert at_about.page == "check"


def test_self_pay_shows_the_price_and_takes_no_insurance(visitor):
    visitor.go("/book").press("/book", self_pay="1").press(**WHO).press(start="2026-03-09T15:00:00Z")
    assert "Member number" not in visitor.text
    visitor.press(**TOWN_ZOE)
    assert "Price of this visit $400" in visitor.text
    visitor.press()
    assert Appointment.objects.get().self_pay
    assert Insurance.objects.count() == 0


def test_what_was_typed_and_ticked_is_stored_with_the_visit(at_about):
    at_about.press(
        **{
            **TOWN_ZOE,
            "sex": "female",
            "tell": "yes",
            "contact1_name": "Bartholomew Quill",
            "plan": "FocalPoint",
            "agree_email": "",
        }
    )
    at_about.press()
    patient = Patient.objects.get()
    assert (patient.first_name, patient.phone, patient.sex, patient.state) == ("Zoë", "+18015550142", "female", "UT")
    assert RoiContact.objects.get().name == "Bartholomew Quill"
    assert (Insurance.objects.get().member_id, Insurance.objects.get().plan) == ("MX-100", "FocalPoint")
    given = {row.kind: (row.version, row.state) for row in Consent.objects.all()}
    assert given == {
        "terms": ("2026-01", "given"),
        "privacy_notice": ("2026-01", "given"),
        "sms": ("2026-11", "given"),
        "email": ("2026-11", "refused"),
    }
    assert {(row.source, row.decided_at) for row in Consent.objects.all()} == {("widget", patient.created_at)}
    assert Appointment.objects.get().place_of_service == "10"


def test_contacts_are_closed_for_who_books_for_himself_until_he_opens_them(at_about):
    at_about.press(**{**TOWN_ZOE, "contact1_name": "Bartholomew Quill"})
    assert at_about.page == "check"
    assert "Quill" not in at_about.text


def test_somebody_else_books_and_agrees_to_nothing_for_the_patient(at_about):
    at_about.press(
        **{
            **TOWN_ZOE,
            "for_whom": "other",
            "booker_name": "Bartholomew Quill",
            "booker_kind": "case_manager",
            "booker_email": "quill@example.org",
            "messages_to": "both",
            "phone": "",
            "email": "",
        }
    )
    assert at_about.page == "check"
    assert "Case manager" in at_about.text
    at_about.press()
    booker = Booker.objects.get()
    assert (booker.kind, booker.name, booker.messages_to) == ("case_manager", "Bartholomew Quill", "both")
    assert set(Consent.objects.values_list("state", flat=True)) == {"to_be_signed"}


def test_somebody_else_must_say_who_he_is(at_about):
    at_about.press(**{**TOWN_ZOE, "for_whom": "other"})
    assert "Please enter your name." in at_about.text
    assert "Please choose what you are to the patient." in at_about.text


def test_a_birth_date_under_18_leads_to_the_people_who_can_help(at_about):
    at_about.press(**{**TOWN_ZOE, "dob_year": "2012"})
    assert at_about.page == "ask"
    assert "people under 18" in at_about.text
    assert at_about.value_of("contact") == "zoe@example.org", "nothing is asked twice"
    at_about.go(at_about.path.replace("/ask", "/about")).press(**TOWN_ZOE)
    assert at_about.page == "check", "a slip of the finger can be put right"


def test_the_check_page_leads_back_while_answers_are_missing(at_about):
    at_about.go(at_about.path.replace("/about", "/check"))
    assert at_about.page == "about"
    at_about.press(at_about.path.replace("/about", "/check"))
    assert at_about.page == "about"
    assert not asked_for().exists()


def test_what_no_field_asks_for_is_not_kept(at_about):
    at_about.press(**{**TOWN_ZOE, "role": "admin", "first_name": "Zo\x00ë"})
    answers = Draft.objects.get(identified=True).answers
    assert "role" not in answers
    assert answers["first_name"] == "Zoë"


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({}, "We also tell you by e-mail and text message."),
        ({"email": ""}, "We also tell you by text message."),
        ({"agree_email": ""}, "We also tell you by text message."),
        ({"agree_sms": ""}, "We also tell you by e-mail."),
        ({"agree_email": "", "agree_sms": ""}, "You chose no messages, so please write the date down."),
        ({"email": "", "agree_sms": ""}, "You chose no messages, so please write the date down."),
    ],
)
def test_the_check_page_promises_only_the_messages_that_will_be_sent(at_about, changed, said):
    at_about.press(**{**TOWN_ZOE, **changed})
    assert said in at_about.text


def test_messages_are_agreed_to_beside_their_words_and_nothing_is_ticked_beforehand(at_about):
    assert not re.search(r"<input[^>]*name=\"agree_[^>]*checked", at_about.body)
    for words in (
        "We text when a visit is booked or changes",
        "How many texts you get depends on your visits. Message and data rates may apply.",
        "Reply STOP to any of them to end them all, or HELP for help.",
        "your care does not depend on it",
        "Without this we send you no e-mail but the codes that you ask for.",
    ):
        assert words in at_about.text
    at_about.press(**{**TOWN_ZOE, "agree_email": "", "agree_sms": ""})
    assert at_about.page == "check"
    assert 'about#messages">Choose messages</a>' in at_about.body
    at_about.press()
    assert not Consent.objects.filter(kind__in=["sms", "email"]).exclude(state="refused").exists()


def test_a_look_at_how_you_pay_leads_back_to_the_check(at_about):
    at_about.press(**TOWN_ZOE)
    check = at_about.path
    at_about.go(check.replace("/check", "/pay"))
    assert f'href="{check}">Continue' in at_about.body
