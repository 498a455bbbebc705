"""The page of a text that patients agree to."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from moonlit.platform.policy import public
from moonlit.practice.documents import texts_in_force
from moonlit.widget import pages
from moonlit.widget.guard import patient_page
from moonlit.widget.pages import page
from moonlit.widget.texts import WORDS


@public
@patient_page
def text(request: HttpRequest, kind: str, version: str) -> HttpResponse:
    """The text in short, and where the practice keeps the whole of it if that is elsewhere."""
    found = texts_in_force().get(kind.replace("-", "_"))
    if found is None or found.version != version:
        return pages.gone(request)
    here = reverse("book_text", args=[kind, version])
    return page(
        request,
        "text",
        title=str(WORDS[found.kind].title),
        points=WORDS[found.kind].in_short,
        version=found.version,
        full_text=found.url if found.url.startswith("https://") and found.url != here else "",
    )
