"""The whole way in Spanish: no English left over, dates and times as they are read, and the language goes along.

The reader (tests/support/reader.py) looks at every page that passes.
"""

from datetime import timedelta

import pytest

from moonlit.audit.actor import SYSTEM
from moonlit.audit.verbs import Verb
from moonlit.availability.services import record_department_zone
from moonlit.booking.models import Appointment
from moonlit.leads.models import Lead
from moonlit.people.models import Patient
from moonlit.platform import clock
from moonlit.platform.testing import run_pending
from moonlit.practice.models import Location, Practice
from moonlit.practice.services import changing_facts
from moonlit.widget.tests.town import open_times
from moonlit.widget.tests.visitor import WHO, ZOE
from tests.support.reader import Reader, english_in
from tests.support.scene import MONDAY

WEDNESDAY = MONDAY + timedelta(days=2)


@pytest.fixture
def reader(town):
    """At the demo practice."""
    return Reader()


@pytest.fixture
def lantern(scene, monkeypatch):
    """The small practice whose EHR answers, with Spanish published."""
    monkeypatch.setattr(clock, "now", scene.clock)
    with changing_facts(Verb.PRACTICE_CHANGED, actor=SYSTEM, subject="practice:1"):
        Practice.objects.update(published_languages={"es": {"reviewer": "Perpetua Oyelaran", "on": "2026-03-01"}})
    video = Location.objects.get(code="video")
    record_department_zone(video, video.time_zone, now=scene.clock())
    scene.open("72", WEDNESDAY, "09:00", "13:00")
    open_times(scene.providers["72"], video, WEDNESDAY, "09:00", "13:00", now=scene.clock())
    return scene


def test_the_check_itself_sees_english_that_was_left_over():
    assert english_in("<p>We check your plan before your visit</p>")
    assert english_in('<button aria-label="Close the window">x</button>') == ["the"]
    assert english_in("<p>Revisaremos su plan antes de su visita.</p>") == []
    assert english_in('<a lang="en">Read it with your eyes</a>') == []


def test_a_visit_is_booked_in_spanish_from_the_first_page_to_the_last(lantern):
    reader = Reader().go("/es/book?q=alpine").press("/es/book", payer="alpine")
    assert "Aceptamos este seguro médico. Revisaremos su plan antes de su visita." in reader.text
    reader.press(**WHO)
    assert "miércoles, 4 de marzo" in reader.text
    assert "9:00 a. m." in reader.text
    assert "1:00 p. m." in reader.text
    assert "hora de la Montaña" in reader.text
    reader.press(start=reader.times()[0], provider="")
    assert reader.title.startswith("Sus datos - Paso 4 de 6")
    reader.press(**{**ZOE, "dob_month": "13"})
    assert reader.status == 422
    assert "No existe el mes 13. Los meses van del 1 al 12." in reader.text
    reader.press(**{**ZOE, "dob_day": "30"})
    assert "No existe el día 30: febrero de 1990 tiene 28 días." in reader.text
    reader.press(**ZOE)
    assert "28 de febrero de 1990" in reader.text
    assert "miércoles, 4 de marzo de 2026, 9:00 a. m., hora de la Montaña (MST)" in reader.text
    assert "Primera visita, 60 minutos" in reader.text
    assert "Dónde Visita por video" in reader.text
    reader.press()
    assert reader.path.startswith("/es/book/s/")
    assert "Recibimos su solicitud y le guardamos el horario" in reader.text
    run_pending()
    reader.go(reader.path)
    assert reader.title.startswith("Cita confirmada - Paso 6 de 6")
    assert Patient.objects.get().language == "es"
    assert "SUMMARY:Cita\r\n" in reader.client.get(f"{reader.path}/visit.ics").content.decode()


def test_in_english_the_visit_is_an_english_one(lantern):
    reader = Reader().go("/book?q=alpine").press("/book", payer="alpine").press(**WHO)
    reader.press(start=reader.times()[0], provider="").press(**ZOE).press()
    assert Appointment.objects.count() == 1
    assert Patient.objects.get().language == "en"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({}, "Escriba la fecha de nacimiento: mes, día y año."),
        ({**ZOE, "email": "zoe"}, "Revise el correo electrónico."),
        ({**ZOE, "phone": "12"}, "Escriba un número de teléfono de Estados Unidos"),
        ({**ZOE, "dob_year": "1800"}, "La fecha de nacimiento es de hace más de 125 años."),
        ({**ZOE, "first_name": "7"}, "Escriba un nombre con al menos una letra."),
        ({**ZOE, "agree_terms": ""}, "Acepte esto antes de que recibamos la solicitud."),
        ({**ZOE, "zip": "1"}, "Escriba el código postal con cinco números"),
        ({**ZOE, "last_name": "x" * 101}, "Es demasiado largo. Use 100 letras o menos."),
        ({**ZOE, "for_whom": "other"}, "Elija qué es usted para el paciente."),
    ],
)
def test_what_is_wrong_is_said_in_spanish(reader, typed, said):
    reader.go("/es/book").press("/es/book", self_pay="1").press(**WHO)
    reader.press(start=reader.times()[0], provider="").press(**typed)
    assert reader.status == 422
    assert said in reader.text


PAYERS = [
    "utah-medicaid",
    "wasatch-bh",
    "weber-hs",
    "aetna",
    "regence",
    "uhc",
    "cigna",
    "emi-health",
    "pehp",
    "tricare-west",
]


@pytest.mark.parametrize("payer", PAYERS)
def test_every_answer_to_the_insurance_is_spanish(reader, payer):
    reader.go("/es/book").press("/es/book", payer=payer)
    assert reader.language == "es"
    assert reader.status == 200
    for page in ("pay", "pay?change=1", "who", "ask", "ask?notify=1", "when"):
        reader.go(f"/es/book/d/{reader.token}/{page}")


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"help": "therapy_intake"},
        {"age": "minor"},
        {"seen_before": "yes"},
        {"state": "other"},
        {"visit_language": "es"},
        {"visit_language": "vi"},
        {"visit_language": "und"},
        {"place": "sugarhouse"},
        {"place": "nowhere"},
    ],
    ids=str,
)
def test_every_answer_to_who_and_how_is_spanish(reader, changed):
    reader.go("/es/book").press("/es/book", self_pay="1").press(**{**WHO, **changed})
    assert reader.language == "es"
    for page in ("when", "when?from=2027-01-01", "ask", "who"):
        reader.go(f"/es/book/d/{reader.token}/{page}")


@pytest.mark.parametrize(
    "path", ["book?q=", "book?q=a", "book?q=reg", "book?q=zzzz", "book/cleared", "book/d/gone/pay", "m/gone", "nowhere"]
)
def test_pages_on_the_side_are_spanish(reader, path):
    reader.client.raise_request_exception = False
    response = reader.client.get(f"/es/{path}")
    assert '<html lang="es"' in response.content.decode()
    assert english_in(response.content.decode()) == []


@pytest.mark.parametrize(
    "kind", ["terms", "privacy-notice", "treatment", "telehealth", "financial-policy", "sms", "email"]
)
def test_the_texts_to_agree_to_are_spanish(reader, kind):
    reader.go(f"/es/documents/{kind}/1")


def test_word_left_in_spanish_is_answered_in_spanish(reader):
    reader.go("/es/book").press("/es/book", payer_name="Acme Mutual")
    reader.press(contact="x")
    assert "Denos un correo electrónico como nombre@example.org" in reader.text
    reader.press(contact="zoe@example.org", name="Zoë", may_write="on")
    assert "Recibimos su mensaje" in reader.text
    assert "a más tardar el martes, 3 de marzo de 2026" in reader.text
    assert Lead.objects.get().language == "es"


def test_a_visit_in_spanish_is_the_usual_one_where_somebody_speaks_it(reader):
    reader.go("/es/book").press("/es/book", self_pay="1")
    assert reader.is_selected("es")
    reader.press(**{**WHO, "visit_language": "en"}).go(f"/es/book/d/{reader.token}/who")
    assert reader.is_selected("en"), "what was answered stays"


def test_where_nobody_speaks_it_english_stays_the_usual_one(lantern):
    reader = Reader().go("/es/book").press("/es/book", payer="alpine")
    assert reader.is_selected("en")


def test_on_an_english_page_the_visit_is_in_english(reader):
    assert reader.go("/book").press("/book", self_pay="1").is_selected("en")


def test_a_fault_of_ours_is_told_in_spanish(reader, monkeypatch):
    def fails(*_, **__):
        raise RuntimeError

    monkeypatch.setattr("moonlit.widget.views.status.page", fails)
    reader.client.raise_request_exception = False
    response = reader.client.get("/es/book/cleared")
    body = response.content.decode()
    assert response.status_code == 500
    assert '<html lang="es"' in body
    assert "Algo falló de nuestro lado" in body
    assert 'href="/es/book"' in body
    assert english_in(body) == []
