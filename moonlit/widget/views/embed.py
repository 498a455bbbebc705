"""`/embed.js`: the loader a clinic's page takes from us. Short-lived in caches, for its address never changes."""

from __future__ import annotations

import gzip
import hashlib
from functools import cache
from pathlib import Path

import brotli
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import condition, require_safe

from moonlit.platform.policy import public

SOURCE = Path(__file__).resolve().parents[1] / "static" / "widget" / "embed.js"
SECONDS = 3600


@public
@require_safe
def embed(request: HttpRequest) -> HttpResponse:
    """The same for everybody: no database, no cookie, any origin may load it."""
    response = _loader(request)
    # Also where nothing has changed: the answer 304 renews what a cache knows about the file.
    response["Vary"] = "Accept-Encoding"
    response["Cache-Control"] = f"public, max-age={SECONDS}"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


@condition(etag_func=lambda request: _etag(_accepted(request)))
def _loader(request: HttpRequest) -> HttpResponse:
    encoding = _accepted(request)
    response = HttpResponse(_encoded(encoding), content_type="text/javascript; charset=utf-8")
    if encoding:
        response["Content-Encoding"] = encoding
    return response


def _accepted(request: HttpRequest) -> str:
    """The best encoding the browser takes; empty for none."""
    offered = {}
    for each in request.headers.get("Accept-Encoding", "").split(","):
        name, _, weight = each.partition(";")
        offered[name.strip().lower()] = weight.replace(" ", "") not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    return next((name for name in ("br", "gzip") if offered.get(name)), "")


@cache
def _encoded(encoding: str) -> bytes:
    plain = SOURCE.read_bytes()
    if encoding == "br":
        return brotli.compress(plain, mode=brotli.MODE_TEXT)
    return gzip.compress(plain, mtime=0) if encoding == "gzip" else plain


@cache
def _etag(encoding: str) -> str:
    return f'"{hashlib.sha256(_encoded(encoding)).hexdigest()[:20]}"'
