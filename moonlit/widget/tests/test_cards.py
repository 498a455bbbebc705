"""Clinicians to choose: what stands on a card, and whose picture is ever shown."""

from datetime import timedelta
from io import BytesIO

import pytest
from PIL import Image

from moonlit.audit.actor import SYSTEM
from moonlit.practice.models import Provider
from moonlit.practice.photos import photo_name, square_webp
from moonlit.practice.services import remove_photo, set_photo
from moonlit.widget.queries import initials, photo_address
from moonlit.widget.tests.visitor import WHO

MARISOL = "2000000101"


def a_picture(colour="navy"):
    out = BytesIO()
    Image.new("RGB", (300, 400), colour).save(out, "JPEG")
    return square_webp(out.getvalue())


@pytest.fixture
def regence(visitor):
    """Somebody with Regence at step 3: Marisol, and Theo under supervision, have times."""
    return visitor.go("/book").press("/book", payer="regence").press(benefit="regence").press(**WHO)


def test_without_a_picture_the_initials_stand_in_and_nobody_hears_them(regence):
    assert '<span class="face" aria-hidden="true">MQ</span>' in regence.body
    assert "<img" not in regence.body


def test_a_picture_is_our_own_has_its_size_and_says_nothing_beside_the_name(regence):
    webp = a_picture()
    set_photo(MARISOL, webp, photo_name(webp), actor=SYSTEM)
    regence.go(regence.path)
    assert (
        f'<img class="face" src="/photos/{photo_name(webp)}.webp" alt="" width="64" height="64" loading="lazy"'
        in regence.body
    )
    assert '<span class="face" aria-hidden="true">TW</span>' in regence.body


def test_a_picture_of_another_site_is_never_shown():
    assert photo_address(Provider(photo="https://pictures.example.org/marisol.jpg")) == ""
    assert photo_address(Provider(photo="//pictures.example.org/marisol.jpg")) == ""
    assert photo_address(Provider(photo="/static/marisol.webp")) == "/static/marisol.webp"


def test_a_card_says_who_supervises_what_they_speak_and_when_they_are_free(regence):
    assert "Theo Wexler, DO Supervised by Marisol Quintero-Hale, MD" in regence.text
    assert "Sees adults by video and in Sugarhouse. Speaks English, Spanish Next free: Monday, March 9 at 9:00 AM" in (
        regence.text
    )


def test_the_earliest_comes_first(regence):
    assert regence.text.index("MQ Marisol") < regence.text.index("TW Theo")


def test_about_is_told_in_the_language_of_the_page_and_else_in_english(regence, town):
    Provider.objects.filter(last_name="Wexler").update(about={"en": "Likes mountains."})
    regence.go("/es" + regence.path)
    assert "Atiende a adultos por video y en Sugarhouse." in regence.text
    assert '<span lang="en">Likes mountains.</span>' in regence.body
    regence.go(regence.path.removeprefix("/es"))
    assert "<p>Likes mountains.</p>" in regence.body


def test_where_one_person_alone_has_times_there_is_nothing_to_choose(visitor):
    visitor.go("/book").press("/book", payer="selecthealth").press(**WHO)
    assert "Who you will see MQ Marisol Quintero-Hale, MD" in visitor.text
    assert "Choose a clinician" not in visitor.text


def test_the_chosen_one_is_marked(regence, town):
    regence.go(f"{regence.path}?provider={town.providers['Wexler'].pk}")
    assert regence.body.count('class="card current"') == 1
    assert "Shown now" in regence.text.partition("TW Theo Wexler, DO Supervised")[2]


@pytest.mark.parametrize(
    ("first", "last", "expected"), [("Marisol", "Quintero-Hale", "MQ"), ("zoë", "ñandú", "ZÑ"), ("Prince", "", "P")]
)
def test_initials_are_those_of_first_and_last_name(first, last, expected):
    assert initials(first, last) == expected


def test_a_picture_is_sent_once_and_kept_for_a_year(client, town):
    webp = a_picture()
    set_photo(MARISOL, webp, photo_name(webp), actor=SYSTEM)
    response = client.get(f"/photos/{photo_name(webp)}.webp")
    assert response.content == webp
    assert response["Content-Type"] == "image/webp"
    assert response["Cache-Control"] == "public, max-age=31536000, immutable"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert not response.cookies


def test_a_picture_that_is_no_longer_shown_is_gone(client, town):
    old, new = a_picture(), a_picture("teal")
    set_photo(MARISOL, old, photo_name(old), actor=SYSTEM)
    set_photo(MARISOL, new, photo_name(new), actor=SYSTEM)
    assert client.get(f"/photos/{photo_name(old)}.webp").status_code == 404
    assert client.get(f"/photos/{photo_name(new)}.webp").status_code == 200
    remove_photo(MARISOL, actor=SYSTEM)
    gone = client.get(f"/photos/{photo_name(new)}.webp")
    assert gone.status_code == 404
    assert "max-age" not in gone.headers.get("Cache-Control", "")


def test_only_reading_a_picture_is_possible(client, town):
    assert client.post("/photos/abc.webp").status_code == 405


def test_a_clinician_whose_first_time_is_weeks_away_is_there_too(visitor, town):
    town.open("Brightwater", town.clock().date() + timedelta(days=60), "09:00")
    visitor.go("/book").press("/book", payer="selecthealth").press(**WHO)
    assert "HB Halvard Brightwater, MD" in visitor.text
    assert "Next free: Friday, May 1 at 9:00 AM" in visitor.text
