from django.test import RequestFactory
from django.views.defaults import server_error


def test_an_unknown_address_says_so_and_shows_the_way_back(client):
    answer = client.get("/nowhere")
    assert answer.status_code == 404
    assert "This page does not exist" in answer.content.decode()
    assert "988" in answer.content.decode()


def test_a_fault_of_ours_is_said_without_asking_the_database():
    answer = server_error(RequestFactory().get("/"))
    assert answer.status_code == 500
    assert "safe with us" in answer.content.decode()
