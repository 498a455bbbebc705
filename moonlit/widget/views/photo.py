"""A clinician's picture. Its address is its content, so that every cache may keep it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseNotFound
from django.views.decorators.http import require_safe

from moonlit.platform.policy import public
from moonlit.practice import queries


@public
@require_safe
def photo(request: HttpRequest, name: str) -> HttpResponse:  # noqa: ARG001
    """WebP, for a year; 404 once no card shows it."""
    found = queries.photo(name)
    if found is None:
        return HttpResponseNotFound("There is no such picture.\n", content_type="text/plain; charset=utf-8")
    response = HttpResponse(found, content_type="image/webp")
    response["Cache-Control"] = "public, max-age=31536000, immutable"
    return response
