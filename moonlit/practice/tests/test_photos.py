"""Pictures of clinicians: small, square, upright, and with nothing in them but the picture."""

from io import BytesIO

import pytest
from PIL import Image

from moonlit.practice import photos
from moonlit.practice.photos import PhotoError, photo_name, square_webp


def as_file(picture, kind="JPEG", **more):
    out = BytesIO()
    picture.save(out, kind, **more)
    return out.getvalue()


def halves(size=(400, 200)):
    """Left red, right blue."""
    picture = Image.new("RGB", size, "blue")
    picture.paste("red", (0, 0, size[0] // 2, size[1]))
    return picture


def opened(webp):
    return Image.open(BytesIO(webp))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_every_kind_becomes_a_small_square(kind):
    made = opened(square_webp(as_file(halves((1200, 800)), kind)))
    assert (made.format, made.size) == ("WEBP", (256, 256))


def test_the_middle_is_kept():
    made = opened(square_webp(as_file(halves(), "PNG")))
    left, right = made.getpixel((10, 100)), made.getpixel((made.width - 10, 100))
    assert left[0] > 200 > left[2]
    assert right[2] > 200 > right[0]


def test_a_picture_from_a_phone_held_sideways_is_turned_upright():
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by 90 degrees clockwise to see it upright
    made = opened(square_webp(as_file(halves((400, 400)), exif=exif)))
    assert made.getpixel((128, 10))[0] > 200, "red was left and is on top now"


def test_nothing_but_the_picture_comes_along():
    exif = Image.Exif()
    exif[0x9286] = "taken at home"
    exif[0x8825] = {1: "N", 2: (40.0, 45.0, 0.0)}
    webp = square_webp(as_file(halves(), exif=exif, comment=b"secret words", icc_profile=b"profile"))
    assert not opened(webp).info.keys() & {"exif", "icc_profile", "xmp", "comment"}
    assert b"secret" not in webp
    assert b"home" not in webp


def test_what_is_see_through_stands_on_white():
    made = opened(square_webp(as_file(Image.new("RGBA", (200, 200), (0, 0, 0, 0)), "PNG")))
    assert min(made.getpixel((100, 100))) > 250


def test_a_small_picture_is_not_blown_up():
    assert opened(square_webp(as_file(halves((120, 150))))).size == (120, 120)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "it is not a JPEG, PNG or WebP picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "it is not a JPEG, PNG or WebP picture"),
        (as_file(halves(), "GIF"), "it is not a JPEG, PNG or WebP picture"),
        (as_file(halves((1200, 900)))[:2000], "the picture is damaged"),
        (as_file(halves((90, 300))), "the picture is smaller than 96 pixels"),
        (b"\x00" * (photos.MOST_BYTES + 1), "the file is larger than 10 MB"),
    ],
)
def test_what_cannot_be_a_photo_is_refused_in_a_sentence(data, sentence):
    with pytest.raises(PhotoError) as refused:
        square_webp(data)
    assert str(refused.value) == sentence


@pytest.mark.parametrize("side", [8_000, 20_000])
def test_a_bomb_is_refused_by_its_header(monkeypatch, side):
    small_file = as_file(Image.new("1", (side, side)), "PNG")
    assert len(small_file) < 100_000
    monkeypatch.setattr(Image.Image, "load", lambda _self: pytest.fail("it was unpacked"))
    with pytest.raises(PhotoError, match="more than 50 million pixels"):
        square_webp(small_file)


def test_the_name_is_that_of_the_picture():
    one, same, other = (square_webp(as_file(halves(size))) for size in ((400, 200), (400, 200), (400, 260)))
    assert photo_name(one) == photo_name(same) != photo_name(other)
