"""From the message of the morning over the code into the video of the visit (rules 4.10, 6.2)."""

from datetime import timedelta

import pytest

from moonlit.audit.actor import SYSTEM
from moonlit.audit.verbs import Verb
from moonlit.booking.models import Appointment
from moonlit.booking.services import read_join, revoke_links, sweep_joins
from moonlit.practice.models import Practice
from moonlit.practice.services import changing_facts
from tests.support.reader import Reader

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
VIDEO = "https://video.example.org/room/"
SOON, WAITING = "The link opens on the day of your visit.", "We are getting your link."


def practice_says(**changes):
    with changing_facts(Verb.PRACTICE_CHANGED, actor=SYSTEM, subject="practice:1"):
        Practice.objects.update(**changes)


@pytest.fixture
def early(person):
    """Two hours before the visit, on the page behind the code; the worker has not run yet."""
    person.scene.clock.at = person.row.start - 2 * HOUR
    return person.prove()


def fetched(person):
    read_join(person.visit_id, clock=person.scene.clock)
    return person


def test_who_comes_before_the_link_is_told_when_and_has_it_asked_for(person):
    assert SOON in person.prove().text
    here = person.session
    assert person.go(f"{here}/join").path == here, "it leads back to the page that says when"
    assert "Join your visit" not in person.text
    person.scene.clock.at = person.row.start - 2 * HOUR
    asked_at = person.scene.clock()
    here = person.prove().session
    assert f"{WAITING} Please load this page again in a minute, or call us: 801-555-0100" in person.text
    assert person.go(f"{here}/join").path == here
    assert person.row.join_asked_at == asked_at
    assert "join_url" not in person.scene.ehr.calls, "no page asks the EHR"


def test_on_the_day_one_press_leads_into_the_video_and_the_address_stands_nowhere_else(early, capfd):
    here = fetched(early).session
    before = Appointment.objects.values().get(pk=early.visit_id)
    early.go(here)
    assert f'class="button main" href="{here}/join"' in early.body
    assert early.body.count("button main") == 1
    assert "video.example.org" not in early.body
    answer = early.client.get(f"{here}/join")
    assert (answer.status_code, answer["Location"]) == (302, VIDEO + early.row.athena_appt_id)
    assert (answer["Referrer-Policy"], answer["Cache-Control"]) == ("no-referrer", "no-store")
    told = capfd.readouterr()
    assert "video.example.org" not in answer.content.decode() + told.out + told.err
    assert Appointment.objects.values().get(pk=early.visit_id) == before, "looking and joining change nothing"


def test_without_the_code_or_the_visit_there_is_no_way_in(early):
    here = fetched(early).session
    assert early.go(f"/m/{early.link}/s/{'A' * 22}/join").page == "code"
    assert early.client.get(f"/m/{'A' * 22}/s/{'A' * 22}/join").status_code == 404
    Appointment.objects.update(change="cancel")
    assert early.client.get(f"{here}/join").status_code == 404
    assert "Join your visit" not in early.go(here).text
    revoke_links(early.visit_id, actor=SYSTEM, now=early.scene.clock())
    assert early.go(f"{here}/join").status == 404


def test_a_visit_that_runs_late_can_be_joined_through_the_link_of_the_message(early):
    early.scene.clock.at = early.row.end + 10 * MINUTE
    fetched(early)
    early.go(f"/m/{early.link}")
    assert "Open your appointment" in early.text
    for more in ("video", "Video", "Join", "change or cancel"):
        assert more not in early.text
    assert "Join your visit" in early.prove().text
    early.scene.clock.at = early.row.end + 29 * MINUTE
    here = early.prove().session
    early.scene.clock.at = early.row.end + 30 * MINUTE
    assert early.client.get(f"{here}/join").status_code == 404
    assert "Join your visit" not in early.go(here).text
    assert "Open your appointment" not in early.go(f"/m/{early.link}").text


def test_where_the_ehr_sends_the_link_nothing_is_new(person):
    practice_says(message_owners={"join_link": "ehr"})
    for at, words in (
        (person.scene.clock(), "See details, change or cancel"),
        (person.row.start - HOUR, "See details, change or cancel"),
        (person.row.start + MINUTE, "If you have a question"),
    ):
        person.scene.clock.at = at
        sweep_joins(at)
        assert words in person.go(f"/m/{person.link}").text
        assert "Open your appointment" not in person.text
        here = person.prove().session
        assert not any(words in person.text for words in (SOON, WAITING, "Join your visit"))
        assert person.client.get(f"{here}/join").status_code == 404
    assert person.row.join_asked_at is None


def test_in_spanish(person):
    practice_says(published_languages={"es": {"reviewer": "Perpetua Oyelaran", "on": "2026-03-01"}})
    reader = Reader()
    reader.client = person.client
    reader.go(f"/es{person.prove().session}")
    assert "El enlace se abre el día de su cita." in reader.text
    person.scene.clock.at = person.row.start - 2 * HOUR
    reader.go(f"/es/m/{person.link}")
    assert "Abrir su cita" in reader.text
    here = f"/es{person.prove().session}"
    reader.go(here)
    assert "Estamos obteniendo su enlace." in reader.text
    fetched(person)
    reader.go(here)
    assert "Entrar a su cita" in reader.text
    assert person.client.get(f"{here}/join")["Location"] == VIDEO + person.row.athena_appt_id
