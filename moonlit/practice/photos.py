"""A clinician's photo made ready for the cards: a small square, with nothing in it but the picture."""

from __future__ import annotations

import warnings
from hashlib import sha256
from io import BytesIO

from PIL import Image, ImageOps, UnidentifiedImageError

SIDE = 256
"""Pixels of the square: twice what the cards show, for dense screens."""
MOST_BYTES = 10 * 1024 * 1024
MOST_PIXELS = 50_000_000
LEAST_SIDE = 96
FORMATS = ("JPEG", "PNG", "WEBP")
_QUALITY = 82
_TOO_MANY = "the picture has more than 50 million pixels"


class PhotoError(Exception):
    """Why a file cannot be a photo, as a sentence for whoever gave it."""


def square_webp(data: bytes) -> bytes:
    """The middle square of a JPEG, PNG or WebP picture, turned upright, as WebP without any metadata.

    Raises PhotoError for a file that is too large, too small, unreadable or of another kind. A picture that would
    unpack to more than `MOST_PIXELS` is refused by its header, before it is unpacked.
    """
    if len(data) > MOST_BYTES:
        raise PhotoError("the file is larger than 10 MB")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # our own limit is lower
            picture = _opened(data)
            upright = ImageOps.exif_transpose(picture)
    except Image.DecompressionBombError:
        raise PhotoError(_TOO_MANY) from None
    except UnidentifiedImageError:
        raise PhotoError("it is not a JPEG, PNG or WebP picture") from None
    except (OSError, ValueError, SyntaxError, EOFError):
        raise PhotoError("the picture is damaged") from None
    side = min(upright.size)
    square = ImageOps.fit(_opaque(upright), (min(side, SIDE),) * 2, Image.Resampling.LANCZOS)
    out = BytesIO()
    bare = Image.new("RGB", square.size)
    bare.paste(square)  # pixels only: no EXIF, no colour profile, no comment comes along
    bare.save(out, "WEBP", quality=_QUALITY, method=6)
    return out.getvalue()


def photo_name(webp: bytes) -> str:
    """What the picture is called in its address: the same picture has the same name, another one another."""
    return sha256(webp).hexdigest()


def _opened(data: bytes) -> Image.Image:
    picture = Image.open(BytesIO(data), formats=FORMATS)
    if picture.width * picture.height > MOST_PIXELS:
        raise PhotoError(_TOO_MANY)
    if min(picture.size) < LEAST_SIDE:
        raise PhotoError(f"the picture is smaller than {LEAST_SIDE} pixels")
    picture.load()
    return picture


def _opaque(picture: Image.Image) -> Image.Image:
    """On white, where the picture is see-through."""
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    seen = picture.convert("RGBA")
    ground = Image.new("RGBA", seen.size, "white")
    return Image.alpha_composite(ground, seen).convert("RGB")
