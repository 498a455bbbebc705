"""The pages behind a link in a message: proven by a code, without a cookie and without scripts (rules 4.10)."""

from datetime import UTC, datetime, timedelta

import pytest
from django.apps import apps
from django.test import Client
from icalendar import Calendar

from moonlit.audit.actor import PUBLIC, SYSTEM
from moonlit.audit.verbs import Verb
from moonlit.booking.models import Appointment, ManageLink, ManageSession, OneTimeCode, VisitReview
from moonlit.booking.services import dismiss_review, mint_link, request_booking, revoke_links, tell_patient
from moonlit.notifications.services import stop_contact
from moonlit.people.models import Consent
from moonlit.practice.models import Practice
from moonlit.practice.services import changing_facts
from tests.support.people import a_request

# the link and the code


def test_the_link_shows_what_the_message_said_and_the_way_on(person):
    person.go(f"/m/{person.link}")
    assert "Your appointment is booked" in person.text
    assert "Friday, March 6, 2026 at 9:00 AM Mountain Time (MST)" in person.text
    assert "See details, change or cancel" in person.text
    for more in ("Ada", "Attending", "Video visit", "Zoë", "zoe@"):
        assert more not in person.body


@pytest.mark.parametrize(
    ("state", "says", "leads_to"),
    [
        ("pending", "We are holding your time", "See details, change or cancel"),
        ("lost", "This appointment could not be booked", 'href="/book">Choose another time</a>'),
        ("failed", "This appointment could not be booked", 'href="/book">Choose another time</a>'),
    ],
)
def test_before_it_is_booked_the_link_shows_state_and_time_and_nothing_typed(person, state, says, leads_to):
    Appointment.objects.filter(pk=person.visit_id).update(state=state, booked_at=None)
    person.go(f"/m/{person.link}")
    assert says in person.text
    assert "Friday, March 6, 2026 at 9:00 AM Mountain Time (MST)" in person.text
    assert leads_to in person.body
    for more in ("Ada", "Attending", "Rui", "Video visit", "Zoë", "zoe@", "0142", "/book/s/", "/again"):
        assert more not in person.body
    person.prove()
    assert says in person.text


def test_from_the_link_over_the_code_to_the_visit(person):
    person.go(f"/m/{person.link}/code")
    assert not any(contact in person.body for contact in ("zoe@", "0142", "@example"))
    person.press()
    assert person.status == 422
    assert "Please choose how the code should come." in person.text
    person.press(channel="sms")
    assert person.page == "enter"
    assert "a text message with the code is on its way" in person.text
    code = person.code()
    person.press(code=f" {code[:3]}-{code[3:]} ")
    assert "You will see Ada Attending, MD" in person.text
    assert "Where Video visit" in person.text
    assert person.response["X-Robots-Tag"] == "noindex, nofollow"


def test_after_stop_the_pages_are_the_same_and_say_another_way_to_everybody(person):
    """Whoever holds a link must not learn from it whether a number is stopped (rules 4.8)."""
    seen = []
    for stopped in (False, True):
        if stopped:
            Consent.objects.filter(kind="sms").update(state="revoked")
            stop_contact("sms", "+18015550142", "stop_word", "stop", actor=SYSTEM, now=person.scene.clock())
        offered = person.go(f"/m/{person.link}/code").body
        seen.append((offered, person.press(channel="sms").body))
    assert seen[0] == seen[1]
    assert "By text message" in seen[1][0]
    assert "No code? Texts may be stopped for this number. Have it sent by e-mail instead or call us:" in person.text
    assert "Texts may be stopped" not in person.go(f"/m/{person.link}/code").press(channel="email").text


def test_a_wrong_code_stays_in_the_field_and_is_told_in_one_sentence(person):
    person.go(f"/m/{person.link}/code").press(channel="email")
    wrong = f"{(int(person.code()) + 1) % 1_000_000:06}"
    person.press(code=wrong)
    assert person.status == 422
    assert "This code does not fit, or it is too old." in person.text
    assert person.value_of("code") == wrong
    assert person.title.startswith("Error: ")


@pytest.mark.parametrize("typed", ["12345", "1234567", "abcdef", "\uff11\uff12\uff13\uff14\uff15\uff16", ""])
def test_what_cannot_be_a_code_costs_no_try(person, typed):
    person.go(f"/m/{person.link}/code").press(channel="email")
    person.code()
    person.press(code=typed)
    assert "Please enter the six digits of the code." in person.text
    assert OneTimeCode.objects.get().tries == 0


def test_five_guesses_end_the_code_on_the_page_too(person):
    person.go(f"/m/{person.link}/code").press(channel="email")
    code = person.code()
    for number in range(1, 6):
        person.press(code=f"{(int(code) + number) % 1_000_000:06}")
    person.press(code=code)
    assert person.status == 422
    assert not ManageSession.objects.exists()


def test_a_flood_of_codes_is_told_to_wait(person):
    for _ in range(3):
        person.go(f"/m/{person.link}/code").press(channel="sms")
    person.go(f"/m/{person.link}/code").press(channel="sms")
    assert (person.status, OneTimeCode.objects.count()) == (429, 3)
    assert int(person.response["Retry-After"]) > 0


PAGES = ("", "/code", "/enter", "/s/{s}", "/s/{s}/cancel", "/s/{s}/move", "/s/{s}/check", "/s/{s}/asked",
         "/s/{s}/visit.ics", "/s/{s}/finish", "/s/{s}/details", "/s/{s}/sign", "/s/{s}/join")  # fmt: skip


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("kind", ["forged", "status", "revoked", "expired", "long"])
def test_a_link_that_opens_nothing_is_answered_in_one_way(person, page, kind):
    session = person.prove().session.rpartition("/")[2]
    link = {"forged": "A" * 22, "status": person.status_token, "long": "x" * 2000}.get(kind, person.link)
    if kind == "revoked":
        revoke_links(person.visit_id, actor=SYSTEM, now=person.scene.clock())
    if kind == "expired":
        person.scene.clock.at = person.row.end + timedelta(hours=24)
    path = f"/m/{link}{page.format(s=session)}"
    assert person.go(path).status == 404
    assert "This link has ended" in person.text
    assert "newest message from us" in person.text
    assert "801-555-0100" in person.text
    assert "Begin anew" not in person.text
    person.press(path, channel="sms", code="123456", start="2026-03-06T17:00:00Z", words="x")
    assert person.status == 404
    assert person.row.change == ""


@pytest.mark.parametrize("page", [page for page in PAGES if "{s}" in page])
def test_a_session_that_has_ended_leads_back_to_the_code(person, page):
    session = person.prove().session.rpartition("/")[2]
    person.scene.clock.forward(minutes=20)
    for token in (session, "A" * 22):
        person.go(f"/m/{person.link}{page.format(s=token)}")
        assert person.page == "code"
        assert "Please ask for a new code" in person.text
        person.press(f"/m/{person.link}{page.format(s=token)}", start="2026-03-06T17:00:00Z")
        assert person.page == "code"
    assert person.row.change == ""


def test_a_session_of_another_visit_opens_nothing_here(person):
    session = person.prove().session.rpartition("/")[2]
    other = request_booking(
        a_request(person.row.start + timedelta(hours=1), now=person.scene.clock()),
        actor=PUBLIC,
        now=person.scene.clock(),
    )
    person.go(f"/m/{other.manage_token}/s/{session}")
    assert person.page == "code"


def test_finish_ends_the_session_and_never_the_visit(person):
    here = person.prove().session
    person.go(f"{here}/finish")
    assert person.path == here, "a GET finishes nothing"
    person.press(f"{here}/finish")
    assert "cleared" in person.path
    assert not ManageSession.objects.exists()
    assert person.row.state == "booked"


# nothing changes by looking


def everything():
    return {
        model._meta.label: repr(sorted(map(repr, model.objects.values_list())))
        for model in apps.get_models()
        if model._meta.app_label
        in {"booking", "availability", "people", "worklist", "notifications", "audit", "widget"}
    }


def test_a_scanner_that_opens_every_link_changes_nothing_and_uses_nothing_up(person):
    person.prove()
    session = person.session.rpartition("/")[2]
    person.go(f"/m/{person.link}/code").press(channel="sms")
    code = person.code()
    before = everything()
    paths = [f"/m/{person.link}{page.format(s=session)}" for page in PAGES]
    paths += [f"/book/s/{person.status_token}{more}" for more in ("", "/finish", "/change", "/visit.ics")]
    paths += [f"/m/p/{person.status_token}", f"{paths[6]}?start=2026-03-06T17:00:00Z"]
    for path in paths:
        for method in ("get", "head", "options"):
            getattr(Client(), method)(path)
    assert everything() == before
    person.go(f"/m/{person.link}/enter").press(code=code)
    assert "/s/" in person.path, "the code still works"


@pytest.mark.parametrize("headers", [{}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example.org"}])
def test_a_press_from_another_site_changes_nothing(person, headers):
    here = person.prove().session
    for page, posted in (("/cancel", {"words": ""}), ("/check", {"start": "2026-03-06T17:00:00Z"}), ("/finish", {})):
        assert Client().post(here + page, posted, headers=headers).status_code == 403
    assert Client().post(f"/m/{person.link}/code", {"channel": "sms"}, headers=headers).status_code == 403
    assert (person.row.change, ManageSession.objects.count(), OneTimeCode.objects.count()) == ("", 1, 1)


# the calendar file, and the way from the page of the booking


def test_the_calendar_file_tells_the_time_and_the_neutral_name_alone(person):
    here = person.prove().session
    response = person.client.get(f"{here}/visit.ics")
    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    assert response["Cache-Control"] == "no-store"
    calendar = Calendar.from_ical(response.content)
    (event,) = calendar.events
    assert (calendar["METHOD"], event["SUMMARY"], event["SEQUENCE"]) == ("PUBLISH", "Appointment", person.row.version)
    assert event.start.astimezone(UTC) == datetime(2026, 3, 6, 16, tzinfo=UTC)
    assert event.end.astimezone(UTC) == datetime(2026, 3, 6, 17, tzinfo=UTC)
    text = response.content.decode()
    for word in (
        "Ada",
        "Zo",
        "Video",
        "First visit",
        "Practice",
        "Alpine",
        "psychi",
        "Lantern",
        "/m/",
        "http",
        "mailto",
    ):
        assert word not in text
    with changing_facts(Verb.PRACTICE_CHANGED, actor=SYSTEM, subject="practice:1"):
        Practice.objects.update(published_languages={"es": {"reviewer": "Perpetua Oyelaran", "on": "2026-03-01"}})
    assert b"\r\nSUMMARY:Cita\r\n" in person.client.get(f"/es{here}/visit.ics").content
    assert person.client.get(f"/book/s/{person.status_token}/visit.ics").content.startswith(b"BEGIN:VCALENDAR")


def test_from_the_booked_page_a_press_leads_to_the_code(person):
    person.go(f"/book/s/{person.status_token}")
    assert "Change or cancel" in person.text
    links = ManageLink.objects.count()
    person.press(f"/book/s/{person.status_token}/change")
    assert person.page == "code"
    assert ManageLink.objects.count() == links + 1
    person.press("/book/s/unknown/change")
    assert person.status == 404


def test_a_second_link_of_the_visit_works_beside_the_first(person):
    person.link = mint_link(person.visit_id, ManageLink.Purpose.MANAGE, actor=SYSTEM, now=person.scene.clock())
    assert "Your appointment is booked" in person.prove().text


def test_who_is_asked_to_call_finds_phone_move_and_cancel_and_no_reason(person):
    """Staff have a question about the visit (rules 4.14)."""
    review = VisitReview.objects.create(
        appointment=person.row, kind="lost", before={}, reasons=["contract_ended"], found_at=person.scene.clock()
    )
    person.prove()
    assert "We would like to talk with you" not in person.text
    assert tell_patient(review.pk, actor=SYSTEM, now=person.scene.clock())
    person.go(person.session)
    assert "We would like to talk with you about this visit. Please call us, or choose another time." in person.text
    assert person.body.count('href="tel:') >= 2
    for way in ("Choose another time", "Cancel the appointment"):
        assert way in person.text
    for word in ("cover", "contract", "bill"):
        assert word not in person.text.casefold()
    person.go(f"/m/{person.link}")
    assert "talk with you" not in person.text, "the link alone shows no more than its message said"


def test_the_question_is_gone_once_staff_have_settled_it(person):
    review = VisitReview.objects.create(
        appointment=person.row, kind="lost", before={}, found_at=person.scene.clock(), told_at=person.scene.clock()
    )
    dismiss_review(review.pk, actor=SYSTEM, now=person.scene.clock())
    person.prove()
    assert "We would like to talk with you" not in person.text
