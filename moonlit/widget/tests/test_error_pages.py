import pytest
from django.test import RequestFactory
from django.urls import get_resolver


def test_an_unknown_address_says_so_and_shows_the_way_back(client, town):
    answer = client.get("/nowhere")
    assert answer.status_code == 404
    for said in ("This page does not exist", "988", "801-555-0100", 'href="/book"'):
        assert said in answer.content.decode()


@pytest.mark.django_db
def test_before_a_practice_is_set_up_no_address_leads_anywhere(client):
    answer = client.get("/nowhere")
    assert answer.status_code == 404
    assert "There is nothing" in answer.content.decode()


def test_a_fault_of_ours_is_said_without_asking_the_database(monkeypatch):
    monkeypatch.setattr("moonlit.practice.queries._practice._kept", None)
    answer = get_resolver().resolve_error_handler(500)(RequestFactory().get("/"))
    assert answer.status_code == 500
    assert "safe with us" in answer.content.decode()
    assert "988" in answer.content.decode()
    assert "Questions:" not in answer.content.decode()


def test_a_fault_of_ours_names_the_phone_that_was_read_last(client, town, django_assert_num_queries, monkeypatch):
    client.raise_request_exception = False
    client.get("/book")
    with django_assert_num_queries(0):
        answer = get_resolver().resolve_error_handler(500)(RequestFactory().get("/"))
    assert '<a href="tel:+18015550100">801-555-0100</a>' in answer.content.decode()
    monkeypatch.setattr("moonlit.widget.views.pay._search_page", lambda _: 1 / 0)
    assert "801-555-0100" in client.get("/book").content.decode()
