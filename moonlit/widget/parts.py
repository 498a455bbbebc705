"""Parts of a page for a script that is already on it. Without scripts nobody asks for one."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers


def wants_part(request: HttpRequest) -> bool:
    """Whether htmx asks, which puts the answer into the page it stands on."""
    return request.headers.get("HX-Request") == "true"


def varied(response: HttpResponse) -> HttpResponse:
    """Says that the same address has a part and a whole page."""
    patch_vary_headers(response, ["HX-Request"])
    return response
