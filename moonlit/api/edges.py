"""Under /api/ everything is JSON: what Django says itself (no such address, wrong method, a fault of ours) too."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from moonlit.api.problems import TYPE, document, not_found

PREFIX = "/api/"


class ProblemDocuments:
    """Middleware: gives every error under /api/ the one form, and lets no answer be kept on the way."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not request.path_info.startswith(PREFIX):
            return response
        if response.status_code >= 400 and response["Content-Type"] != TYPE:
            response = _problem(request, response)
        response["Cache-Control"] = "no-store"
        return response


def _problem(request: HttpRequest, said: HttpResponse) -> HttpResponse:
    if said.status_code == 405:
        detail = f"This address takes {said['Allow']} only."
        found = HttpResponse(document("method_not_allowed", 405, detail), status=405, content_type=TYPE)
        found["Allow"] = said["Allow"]
        return found
    if said.status_code < 500:
        return not_found(request)
    detail = "Something went wrong on our side. Please try again; the request_id helps us to find it."
    return HttpResponse(document("internal_error", 500, detail), status=500, content_type=TYPE)
