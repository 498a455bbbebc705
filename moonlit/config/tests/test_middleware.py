import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from moonlit.config import middleware
from moonlit.config.middleware import ClientAddress


@pytest.fixture
def answered(monkeypatch):
    """The address and scheme a view sees, for a request from `peer` with the given headers."""

    def answer(peer, proxies, **headers):
        from ipaddress import ip_network

        class Env:
            trusted_proxies = [ip_network(each) for each in proxies]

        monkeypatch.setattr(middleware, "env", Env)
        seen = {}

        def view(request):
            seen.update(address=request.META["REMOTE_ADDR"], secure=request.is_secure())
            return HttpResponse()

        ClientAddress(view)(RequestFactory().get("/", REMOTE_ADDR=peer, headers=headers))
        return seen

    return answer


def test_a_strangers_forwarded_headers_are_not_believed(answered):
    seen = answered("203.0.113.9", ["10.0.0.0/8"], X_Forwarded_For="198.51.100.1", X_Forwarded_Proto="https")
    assert seen == {"address": "203.0.113.9", "secure": False}


def test_a_trusted_proxys_word_counts_and_the_nearest_stranger_is_the_caller(answered):
    seen = answered(
        "10.0.0.1", ["10.0.0.0/8"], X_Forwarded_For="1.2.3.4, 198.51.100.1, 10.0.0.7", X_Forwarded_Proto="https"
    )
    assert seen == {"address": "198.51.100.1", "secure": True}


def test_without_trusted_proxies_the_peer_is_the_caller(answered):
    assert answered("127.0.0.1", [], X_Forwarded_For="198.51.100.1")["address"] == "127.0.0.1"


def test_public_addresses_have_no_session_no_user_and_set_no_cookie(client, db):
    answer = client.get("/health/live")
    assert answer.status_code == 200
    assert not answer.cookies
    assert not hasattr(answer.wsgi_request, "session")
    assert not hasattr(answer.wsgi_request, "user")


def test_staff_addresses_have_session_and_csrf(client, db):
    answer = client.get("/staff/login")
    assert hasattr(answer.wsgi_request, "session")
    cookie = answer.cookies["csrftoken"]
    assert (cookie["path"], cookie["samesite"]) == ("/staff/", "Lax")


def test_a_staff_form_without_its_token_is_refused(db):
    from django.test import Client

    assert Client(enforce_csrf_checks=True).post("/staff/login", {}).status_code == 403


def test_every_answer_carries_the_security_headers_and_a_request_id(client, db):
    answer = client.get("/health/live")
    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert len(answer["X-Request-Id"]) == 22
