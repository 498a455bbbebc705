"""What every patient's page passes first: is it from our own page, is it not too much, and never kept by a cache."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.views.decorators.gzip import gzip_page

from moonlit.platform import clock
from moonlit.platform.env import env
from moonlit.platform.ratelimit import allow
from moonlit.practice.queries import has_practice, practice
from moonlit.widget import pages

MOST_POSTS = 300
"""From one address in ten minutes: generous, for a clinic's front desk shares one."""
PER_SECONDS = 600
_READS = frozenset({"GET", "HEAD"})
_LOOPBACK = frozenset({"127.0.0.1", "localhost"})


def patient_page(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A page that reads by GET and changes by POST from our own origin only. There is no cookie to lean on.

    It may stand in a frame of the practice's own sites and of nobody else's (config.middleware.ContentPolicy).
    """

    @wraps(view)
    def run(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = _refusal(request) or view(request, *args, **kwargs)
        response["Cache-Control"] = "no-store"
        if kwargs:  # the path holds a token
            response["X-Robots-Tag"] = "noindex, nofollow"
        return response

    return gzip_page(run)  # sizes tell nothing: the secret is the path, and who lacks it cannot ask for the page


def switches_language(request: HttpRequest) -> bool:
    """Whether a form was sent only to read the page in another language: what was typed is kept and not judged."""
    return request.method == "POST" and "language" in request.POST


def is_ours(request: HttpRequest) -> bool:
    """Whether the browser says that the form was on a page of ours."""
    fetched_from = request.headers.get("Sec-Fetch-Site")
    if fetched_from is not None:
        return fetched_from == "same-origin"
    origin = request.headers.get("Origin", "")
    base = urlsplit(env().base_url)
    ours = {f"{base.scheme}://{base.netloc}"}
    if urlsplit(f"//{request.get_host()}").hostname in _LOOPBACK:
        ours.add(f"{request.scheme}://{request.get_host()}")
    return origin in ours


def _refusal(request: HttpRequest) -> HttpResponse | None:
    if not has_practice():
        return pages.not_set_up(request)
    # Named before anything is refused: inside a frame a refusal must be readable too.
    request.framed_by = practice().embed_origins  # type: ignore[attr-defined]
    if request.method in _READS:
        return None
    if request.method != "POST":
        return HttpResponseNotAllowed(["GET", "HEAD", "POST"])
    if not is_ours(request):
        return pages.not_from_us(request)
    address = request.META.get("REMOTE_ADDR", "")
    # What a script keeps while somebody types must not use up the presses of those who share his address.
    by_script = request.resolver_match is not None and request.resolver_match.url_name == "book_stay"
    counted = "stay" if by_script else "book"
    verdict = allow(f"{counted}|{address}", capacity=MOST_POSTS, per_seconds=PER_SECONDS, now=clock.now())
    return None if verdict else pages.too_much(request, verdict.retry_after)
