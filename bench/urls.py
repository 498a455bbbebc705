"""The product's addresses and, for comparison, a view that answers with the same bytes from memory."""

import os
from functools import cache
from pathlib import Path

from django.http import HttpRequest, HttpResponse
from django.urls import path

from moonlit.config.urls import urlpatterns as product
from moonlit.platform.policy import public


@public
def same_bytes(_request: HttpRequest) -> HttpResponse:
    response = HttpResponse(_stored(), content_type="application/json")
    response["Cache-Control"] = "no-store"
    return response


@cache
def _stored() -> bytes:
    return Path(os.environ["MOONLIT_BENCH_BYTES"]).read_bytes()


urlpatterns = [*product, path("bench/same-bytes", same_bytes, name="bench_same_bytes")]
