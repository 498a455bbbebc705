"""The pages behind a link, and every state of a visit, in Spanish without English left over (tests/support/reader.py)."""

from datetime import timedelta

import pytest

from moonlit.audit.actor import SYSTEM
from moonlit.audit.verbs import Verb
from moonlit.booking.models import Appointment, ManageLink, ManageSession
from moonlit.booking.services import ask_confidential, mint_link
from moonlit.domain.reaching import Channel
from moonlit.notifications.services.contacts import stop_contact
from moonlit.platform.tokens import token_hash
from moonlit.practice.models import Practice
from moonlit.practice.services import changing_facts
from tests.support.reader import Reader


@pytest.fixture
def person(person):
    """With Spanish published."""
    with changing_facts(Verb.PRACTICE_CHANGED, actor=SYSTEM, subject="practice:1"):
        Practice.objects.update(published_languages={"es": {"reviewer": "Perpetua Oyelaran", "on": "2026-03-01"}})
    return person


@pytest.fixture
def reader(person):
    """In the session of somebody who has proven the contact."""
    reader = Reader()
    reader.client = person.client
    reader.session = f"/es{person.prove().session}"
    return reader


def test_the_code_is_asked_for_and_missed_in_spanish(person):
    reader = Reader().go(f"/es/m/{person.link}").go(f"/es/m/{person.link}/code").press()
    assert "Elija cómo quiere recibir el código." in reader.text
    reader.press(channel="email").press(code="12")
    assert "Escriba los seis números del código." in reader.text
    reader.press(code="000000" if person.code() != "000000" else "000001")
    assert "Este código no coincide o ya venció. Revíselo o pida uno nuevo." in reader.text
    assert reader.path.startswith("/es/m/")


@pytest.mark.parametrize(
    "page",
    [
        "",
        "/details",
        "/sign",
        "/messages",
        "/messages?notice=saved",
        "/move",
        "/move?with=same",
        "/cancel",
        "/check",
        "/asked",
    ],
)
def test_each_page_of_the_session_is_spanish(reader, page):
    reader.go(reader.session + page)
    assert reader.language == "es"


def test_a_visit_is_moved_in_spanish(person, reader):
    reader.go(f"{reader.session}/move")
    reader.go(f"{reader.session}/check?start={reader.times()[0]}")
    assert "¿Cambiar a este horario?" in reader.text
    reader.press(start=reader.value_of("start"), provider=reader.value_of("provider"))
    assert "Estamos cambiando el horario de su cita" in reader.text
    person.until_done()
    assert reader.go(reader.path).title.startswith("Su cita cambió de horario")


def test_a_visit_is_cancelled_in_spanish(person, reader):
    reader.go(f"{reader.session}/cancel").press(words="x" * 501)
    assert "Escriba 500 letras o menos." in reader.text
    reader.press(words="")
    assert "Estamos cancelando su cita" in reader.text
    person.until_done()
    assert reader.go(reader.path).title.startswith("Su cita está cancelada")


def test_late_it_is_a_matter_for_a_person_in_spanish(person):
    person.late()
    reader = Reader()
    reader.client = person.client
    session = f"/es{person.prove().session}"
    reader.go(f"{session}/cancel").go(f"{session}/move").press(words="El lunes")
    assert "Una persona le responderá a más tardar el viernes, 6 de marzo de 2026." in reader.text


A_VISIT = [state for state in Appointment.State if state != Appointment.State.HELD]


@pytest.mark.parametrize("state", A_VISIT)
def test_every_state_of_a_visit_is_told_in_spanish(person, reader, state):
    Appointment.objects.update(state=state)
    reader.go(f"/es/book/s/{person.status_token}").go(reader.session).go(f"/es/m/{person.link}")
    assert reader.language == "es"


@pytest.mark.parametrize("minutes", [0, 1, 5, 60, 200, 600])
def test_a_long_wait_is_explained_in_spanish(person, reader, minutes):
    Appointment.objects.update(state=Appointment.State.SUBMITTING)
    person.scene.clock.at += timedelta(minutes=minutes)
    for look in ("", "?look=3", "?look=stop"):
        reader.go(f"/es/book/s/{person.status_token}{look}")
        assert reader.language == "es"


def test_messages_are_chosen_in_spanish(person, reader):
    reader.session = f"/es{person.prove('sms').session}"  # why texts stopped is told to who has the number
    reader.go(f"{reader.session}/messages").press(shown=["visits_email", "visits_sms"], visits_sms="1")
    assert "Guardado. Desde ahora recibe:" in reader.text
    stop_contact("sms", "+18015550142", "stop_word", "parar", actor=SYSTEM, now=person.scene.clock())
    reader.go(reader.path)
    assert "Recibimos STOP desde este número" in reader.text


@pytest.mark.parametrize("channel", ["email", "phone", "none"])
def test_a_confidential_request_is_told_in_spanish(person, reader, channel):
    ask_confidential(person.visit_id, Channel(channel), actor=SYSTEM, now=person.scene.clock())
    person.link = mint_link(
        person.visit_id, ManageLink.Purpose.MANAGE, actor=SYSTEM, now=person.scene.clock(), holder="patient"
    )
    ManageSession.objects.create(
        link=ManageLink.objects.get(revoked_at=None, holder="patient"),
        token_hash=token_hash("s" * 22),
        created_at=person.scene.clock(),
        expires_at=person.scene.clock() + timedelta(minutes=20),
    )
    reader.go(f"/es/m/{person.link}/s/{'s' * 22}/messages")
    assert "Para cambiarlo, llámenos:" in reader.text
