import pytest

from .conftest import make


def test_a_token_has_text_seconds_and_the_scope(vendor):
    answer = vendor.get_token()
    assert answer.status_code == 200
    body = answer.json()
    assert body["expires_in"] == "3600"
    assert body["token_type"] == "Bearer"
    assert body["scope"] == "athena/service/Athenanet.MDP.*"
    assert vendor.call("GET", "/ping", token=body["access_token"]).json() == {"pong": "true"}


def test_credentials_may_stand_in_the_form(vendor):
    assert vendor.get_token(auth=None, form={"client_id": "id", "client_secret": "secret"}).status_code == 200


@pytest.mark.parametrize("auth", [None, ("id", "wrong"), ("other", "secret")])
def test_wrong_credentials_get_no_token(vendor, auth):
    answer = vendor.get_token(auth=auth)
    assert answer.status_code == 401
    assert answer.json()["error"] == "invalid_client"


@pytest.mark.parametrize(
    ("form", "error"), [({"grant_type": "password"}, "unsupported_grant_type"), ({"scope": "other"}, "invalid_scope")]
)
def test_a_wrong_grant_or_scope_is_refused(vendor, form, error):
    answer = vendor.get_token(form=form)
    assert (answer.status_code, answer.json()["error"]) == (400, error)


def test_only_so_many_tokens_a_minute():
    vendor = make(token_limit=5)
    left = [vendor.get_token().headers["x-ratelimit-remaining"] for _ in range(4)]
    assert left == ["3", "2", "1", "0"]
    refused = vendor.get_token()
    assert refused.status_code == 429
    assert refused.headers["x-ratelimit-limit"] == "5"
    vendor.control("clock", {"advance_seconds": 60})
    assert vendor.get_token().status_code == 200


def test_a_token_dies_after_its_hour(vendor):
    vendor.control("clock", {"advance_seconds": 3599})
    assert vendor.get("/ping").status_code == 200
    vendor.control("clock", {"advance_seconds": 2})
    answer = vendor.get("/ping")
    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]
    assert answer.json()["error"] == "Invalid Access Token."


def test_no_token_at_all_is_bad_auth_on_ping_and_an_invalid_token_elsewhere(vendor):
    assert vendor.http.get("/v1/195900/ping").json()["detailedmessage"] == "Bad auth."
    assert vendor.http.get("/v1/195900/departments").json()["error"] == "Invalid Access Token."


def test_neither_secret_nor_token_is_in_the_log(vendor):
    vendor.get_token(auth=None, form={"client_id": "id", "client_secret": "secret"})
    vendor.get("/ping")
    text = str(vendor.control("calls"))
    assert "secret" not in text
    assert vendor.token not in text
