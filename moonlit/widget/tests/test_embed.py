"""The loader for a clinic's page, and which pages may stand in whose frame."""

import gzip
from pathlib import Path

import brotli
import pytest

from moonlit.audit.actor import SYSTEM
from moonlit.practice.services import allow_embedding
from moonlit.widget.views.embed import SOURCE

CLINIC = "https://www.example.org"
SECOND = "https://clinic.example.org:8443"
MOST_BYTES = 3072
SCRIPTS = [SOURCE, SOURCE.with_name("frame.js")]


def ancestors(answer):
    policy = dict(line.split(" ", 1) for line in answer["Content-Security-Policy"].split("; "))
    return policy["frame-ancestors"]


def test_the_loader_weighs_at_most_three_kilobytes(client):
    body = client.get("/embed.js", headers={"Accept-Encoding": "gzip"}).content
    assert len(body) <= MOST_BYTES
    assert gzip.decompress(body) == SOURCE.read_bytes()


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
@pytest.mark.parametrize(
    "word", ["eval", "Function(", "innerHTML", "outerHTML", "insertAdjacent", "document.write", "cookie", "Storage",
             "indexedDB", "fetch(", "XMLHttp", "sendBeacon", '"*"', "'*'"]
)  # fmt: skip
def test_the_scripts_leave_alone_what_they_promise_to_leave_alone(path, word):
    assert word.casefold() not in path.read_text().casefold()


@pytest.mark.parametrize(
    ("accepted", "encoding", "read"),
    [
        ("gzip, deflate, br", "br", brotli.decompress),
        ("br;q=1.0, gzip;q=0.8", "br", brotli.decompress),
        ("gzip, br;q=0", "gzip", gzip.decompress),
        ("identity", None, bytes),
        ("", None, bytes),
    ],
)
def test_the_loader_comes_in_the_encoding_a_browser_takes(client, accepted, encoding, read):
    answer = client.get("/embed.js", headers={"Accept-Encoding": accepted})
    assert answer.status_code == 200
    assert answer.get("Content-Encoding") == encoding
    assert read(answer.content) == SOURCE.read_bytes()
    assert answer["Vary"] == "Accept-Encoding"


def test_any_site_may_load_it_without_a_database_and_caches_ask_again_within_the_hour(client):
    answer = client.get("/embed.js")  # this test has no database
    assert answer["Content-Type"] == "text/javascript; charset=utf-8"
    assert answer["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cache-Control"] == "public, max-age=3600"
    assert not answer.cookies
    again = client.get("/embed.js", headers={"If-None-Match": answer["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    for name in ("ETag", "Cache-Control", "Vary", "Cross-Origin-Resource-Policy"):
        assert again[name] == answer[name]
    assert client.get("/embed.js", headers={"If-None-Match": '"another"'}).status_code == 200


def test_the_loader_is_only_read(client):
    assert client.post("/embed.js").status_code == 405


def test_nobody_frames_a_practice_that_names_nobody(visitor):
    assert ancestors(visitor.go("/book").response) == "'none'"
    assert 'data-hosts=""' in visitor.body


@pytest.fixture
def embedded(town):
    allow_embedding(CLINIC, actor=SYSTEM)
    allow_embedding(SECOND, actor=SYSTEM)


def test_the_practices_own_sites_frame_its_pages_and_no_other_site_does(embedded, visitor):
    assert ancestors(visitor.go("/book").response) == f"{CLINIC} {SECOND}"
    assert f'data-hosts="{CLINIC} {SECOND}"' in visitor.body
    assert 'data-step="1"' in visitor.body
    assert ancestors(visitor.go("/es/book").response) == f"{CLINIC} {SECOND}"
    assert ancestors(visitor.press("/book", payer="emi").response) == f"{CLINIC} {SECOND}"


def test_the_old_header_does_not_contradict_it(embedded, client):
    assert "X-Frame-Options" not in client.get("/book")


def test_what_a_patient_is_told_instead_of_a_page_can_be_read_in_the_frame_too(embedded, client, monkeypatch):
    for answer in (
        client.get("/book/d/no-such-draft/who"),
        client.post("/book", {"payer": "emi"}, headers={"Sec-Fetch-Site": "cross-site"}),
        client.put("/book"),
        client.get("/m/no-such-link"),
        client.get("/nowhere"),
    ):
        assert answer.status_code in {403, 404, 405}
        assert ancestors(answer) == f"{CLINIC} {SECOND}"


def test_a_page_that_fails_says_so_in_the_frame_too(embedded, client, monkeypatch):
    client.raise_request_exception = False
    monkeypatch.setattr("moonlit.widget.views.pay._search_page", lambda _: 1 / 0)
    answer = client.get("/book")
    assert answer.status_code == 500
    assert ancestors(answer) == f"{CLINIC} {SECOND}"


@pytest.mark.parametrize(
    "path", ["/staff/login", "/health/live", "/api/v1/openapi.json", "/embed.js", "/staff/nowhere"]
)
def test_nothing_else_is_ever_framed(embedded, client, path):
    assert ancestors(client.get(path)) == "'none'"


@pytest.mark.parametrize(("dest", "framed"), [("iframe", True), ("document", False), (None, False)])
def test_a_page_knows_that_it_stands_in_a_frame_before_it_is_painted(town, client, dest, framed):
    answer = client.get("/book", headers={"Sec-Fetch-Dest": dest} if dest else {})
    assert ('class="framed"' in answer.content.decode()) is framed


def test_the_page_for_clinics_shows_the_two_lines_and_the_example_uses_them():
    root = Path(__file__).resolve().parents[3]
    text = (root / "docs" / "embed.md").read_text()
    for line in ("script-src https://book.example.org", "frame-src https://book.example.org"):
        assert line in text
    for page in (root / "examples" / "host").glob("*.html"):
        assert '<script src="https://book.example.org/embed.js" defer></script>' in page.read_text()
