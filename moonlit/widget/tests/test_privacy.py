"""No cookie, no cache, no other origin; a link to the times reads nobody's data."""

import pytest
from django.test import Client

from moonlit.platform.env import env
from moonlit.platform.sweeps import all_sweeps
from moonlit.widget import guard
from moonlit.widget.jobs import sweep_drafts
from moonlit.widget.models import Draft
from moonlit.widget.tests.test_about_and_check import TOWN_ZOE
from moonlit.widget.tests.visitor import WHO, Visitor


@pytest.fixture
def two_tokens(visitor):
    """The token of the times, and the visitor with the one of the person."""
    visitor.go("/book").press("/book", payer="selecthealth").press(**WHO)
    first = visitor.token
    visitor.press(start=visitor.times()[0]).press(**TOWN_ZOE)
    return first, visitor


def test_the_token_of_the_times_shows_steps_1_to_3_and_nothing_of_the_person(two_tokens):
    first, visitor = two_tokens
    second = visitor.token
    other = Visitor()
    for page in ("about", "check"):
        other.go(f"/book/d/{first}/{page}")
        assert other.page == "when"
        assert "Zoë" not in other.body
    for page in ("pay", "who", "when", "ask"):
        other.go(f"/book/d/{first}/{page}")
        assert "Zoë" not in other.body
        assert second not in other.body


def test_a_time_chosen_again_under_the_first_token_begins_an_empty_form(two_tokens):
    first, visitor = two_tokens
    other = Visitor().go(f"/book/d/{first}/when")
    assert "use Forward in your browser" in other.text
    other.press(start=other.times()[1])
    assert other.page == "about"
    assert other.token not in {first, visitor.token}
    assert other.value_of("first_name") == ""


def test_a_time_changed_under_the_second_token_keeps_token_and_answers(two_tokens):
    _, visitor = two_tokens
    token = visitor.token
    visitor.go(f"/book/d/{token}/when").press(start=visitor.times()[1])
    assert (visitor.page, visitor.token) == ("check", token)


def test_tokens_are_stored_hashed_and_answers_encrypted(two_tokens):
    from django.db import connection

    first, visitor = two_tokens
    with connection.cursor() as cursor:
        cursor.execute("SELECT widget_draft::text FROM widget_draft")
        dump = "".join(row[0] for row in cursor.fetchall())
    for secret in (first, visitor.token, "Zoë", "zoe@example.org", "selecthealth"):
        assert secret not in dump
        assert secret.encode().hex() not in dump


def test_a_draft_dies_after_20_minutes_without_a_press(two_tokens, town):
    _, visitor = two_tokens
    town.clock.forward(minutes=19)
    assert visitor.go(visitor.path).status == 200
    town.clock.forward(minutes=19)
    assert visitor.go(visitor.path).status == 200, "looking is being there"
    town.clock.forward(minutes=20)
    assert visitor.go(visitor.path).status == 404
    assert "This page has ended" in visitor.text
    visitor.press()
    assert visitor.status == 404


def test_a_draft_dies_after_two_hours_in_all(two_tokens, town):
    _, visitor = two_tokens
    for _ in range(7):
        town.clock.forward(minutes=16)
        assert visitor.go(visitor.path).status == 200
    town.clock.forward(minutes=8)
    assert visitor.go(visitor.path).status == 404


def test_the_worker_deletes_dead_drafts(two_tokens, town):
    sweep_drafts(town.clock())
    assert Draft.objects.count() == 2
    town.clock.forward(minutes=21)
    sweep_drafts(town.clock())
    assert Draft.objects.count() == 0
    assert any(each.run is sweep_drafts for each in all_sweeps())


def test_an_unknown_token_is_answered_like_a_dead_one(visitor):
    for path in ("/book/d/unknown/who", "/book/d/unknown/sent", "/book/s/unknown"):
        assert visitor.go(path).status == 404
        assert "This page has ended" in visitor.text
    for path in ("/m/unknown", "/m/unknown/code", "/m/p/unknown"):
        assert visitor.go(path).status == 404
        assert "This link has ended" in visitor.text


BASE = "http://127.0.0.1:8000"


@pytest.mark.parametrize(
    ("headers", "taken"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Sec-Fetch-Site": "none"}, False),
        ({"Sec-Fetch-Site": "cross-site", "Origin": BASE}, False),
        ({}, False),
        ({"Origin": "null"}, False),
        ({"Origin": "https://evil.example.org"}, False),
        ({"Origin": "ours"}, True),
    ],
)
def test_a_change_needs_our_own_origin(town, headers, taken):
    if headers.get("Origin") == "ours":
        headers = {"Origin": env().base_url}
    response = Client().post("/book", {"payer": "selecthealth"}, headers=headers)
    assert response.status_code == (303 if taken else 403)
    assert Draft.objects.count() == (1 if taken else 0)
    if not taken:
        assert "did not come from a page of ours" in response.content.decode()


def test_on_this_machine_any_port_of_ours_is_ours(town):
    for host in ("localhost:8765", "127.0.0.1:9000"):
        own = Client(headers={"host": host}).post("/book", {"self_pay": "1"}, headers={"Origin": f"http://{host}"})
        assert own.status_code == 303
    other = Client(headers={"host": "localhost:1"}).post(
        "/book", {"self_pay": "1"}, headers={"Origin": "http://localhost:2"}
    )
    assert other.status_code == 403


@pytest.mark.parametrize("method", ["put", "delete", "patch"])
def test_other_methods_are_refused(town, method):
    assert getattr(Client(), method)("/book").status_code == 405


def test_too_many_presses_are_told_to_wait(town, monkeypatch):
    monkeypatch.setattr(guard, "MOST_POSTS", 2)
    visitor = Visitor()
    for _ in range(2):
        visitor.press("/book", self_pay="1")
    response = visitor.client.post("/book", {"self_pay": "1"}, headers={"Sec-Fetch-Site": "same-origin"})
    assert response.status_code == 429
    assert int(response["Retry-After"]) > 0
    for said in ("Please wait a moment", '<a class="button main" href="/book">Try again</a>', "call us:"):
        assert said in response.content.decode()
    assert Draft.objects.count() == 2


def test_there_is_no_page_before_there_is_a_practice(db):
    assert Client().get("/book").status_code == 503


def test_the_texts_can_be_read_and_only_in_force(visitor):
    visitor.go("/documents/privacy-notice/2026-01")
    assert "Notice of privacy practices" in visitor.text
    assert visitor.go("/documents/privacy-notice/2019-01").status == 404
    assert visitor.go("/documents/nothing/2026-01").status == 404
