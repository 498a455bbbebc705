import httpx2
import pytest
from django.db import transaction
from structlog.testing import capture_logs

from moonlit.platform import http
from moonlit.platform.tests import oddserver

CANARY = "Quillfeather"


def vendor(address, **options):
    return http.client("examplevendor", address, **{"connect_seconds": 1.0, "read_seconds": 5.0, **options})


def get(address, **options):
    return vendor(address, **options).send("GET", "/people", route="/people", query={"lastname": CANARY})


@pytest.mark.parametrize("status", [200, 204, 302, 400, 429, 500, 503])
def test_every_complete_answer_comes_back_whatever_its_status(httpserver, status):
    httpserver.expect_request("/people").respond_with_data(b"body", status=status, headers={"x-request-id": "rrt-1"})
    answer = get(httpserver.url_for(""))
    assert (answer.status, answer.request_id) == (status, "rrt-1")
    assert answer.ok == (status in {200, 204})


def test_a_redirect_is_not_followed(httpserver):
    httpserver.expect_request("/people").respond_with_data(status=302, headers={"Location": "/elsewhere"})
    assert get(httpserver.url_for("")).status == 302
    assert [request.path for request, _ in httpserver.log] == ["/people"]


def test_proxies_of_the_environment_are_ignored(httpserver, monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, oddserver.refused_address())
    httpserver.expect_request("/people").respond_with_data(b"ok")
    assert get(httpserver.url_for("")).body == b"ok"


def test_a_refused_connection_was_never_sent():
    with pytest.raises(http.ConnectionNotMade):
        get(oddserver.refused_address())


def test_a_name_that_does_not_resolve_was_never_sent():
    def fail(request):
        raise httpx2.ConnectError("no such name", request=request)

    with pytest.raises(http.ConnectionNotMade):
        get("http://127.0.0.1:9", transport=httpx2.MockTransport(fail))


@pytest.mark.parametrize("behaviour", [oddserver.reset, oddserver.break_off, oddserver.say_nothing])
def test_after_sending_a_missing_answer_is_lost(behaviour):
    with oddserver.odd_server(behaviour) as address, pytest.raises(http.AnswerLost):
        get(address, read_seconds=0.2)


@pytest.mark.parametrize(
    "error", [httpx2.WriteTimeout, httpx2.WriteError, httpx2.ReadError, httpx2.RemoteProtocolError]
)
def test_any_fault_that_is_not_provably_before_sending_is_lost(error):
    def fail(request):
        raise error("gone", request=request)

    with pytest.raises(http.AnswerLost):
        get("http://127.0.0.1:9", transport=httpx2.MockTransport(fail))


def test_an_answer_over_the_limit_is_lost(httpserver):
    httpserver.expect_request("/people").respond_with_data(b"x" * 1001)
    with pytest.raises(http.AnswerLost, match="answer_too_large"):
        get(httpserver.url_for(""), max_bytes=1000)


def test_an_answer_of_exactly_the_limit_is_read(httpserver):
    httpserver.expect_request("/people").respond_with_data(b"x" * 1000)
    assert len(get(httpserver.url_for(""), max_bytes=1000).body) == 1000


def test_an_answer_that_drips_is_given_up(monkeypatch):
    monkeypatch.setattr(http, "TOTAL_SECONDS", -1.0)
    transport = httpx2.MockTransport(lambda _: httpx2.Response(200, content=b"drop"))
    with pytest.raises(http.AnswerLost, match="answer_too_slow"):
        get("http://127.0.0.1:9", transport=transport)


def test_forms_and_json_and_basic_credentials_arrive_as_such(httpserver):
    httpserver.expect_request("/form").respond_with_data(b"")
    httpserver.expect_request("/json").respond_with_data(b"")
    client = vendor(httpserver.url_for(""), headers={"X-Every": "time"})
    client.send("PUT", "/form", route="/form", form={"a": "1 2", "b": "x"}, basic=("user", "pass"))
    client.send("POST", "/json", route="/json", json={"a": 1})
    form, json = (request for request, _ in httpserver.log)
    assert form.get_data() in {b"a=1+2&b=x", b"a=1%202&b=x"}
    assert form.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert form.authorization.username == "user"
    assert (json.get_data(), json.headers["Content-Type"], json.headers["X-Every"]) == (
        b'{"a":1}',
        "application/json",
        "time",
    )


@pytest.mark.parametrize("body", [b"\n\n{}", b"\xef\xbb\xbf{}", b"{}\r\n"])
def test_json_is_read_through_blank_lines_and_byte_order_marks(body):
    assert http.HttpAnswer(200, {}, body).json() == {}


def test_a_body_that_is_no_json_is_not_quoted():
    with pytest.raises(ValueError) as caught:
        http.HttpAnswer(200, {}, CANARY.encode()).json()
    assert CANARY not in str(caught.value)
    assert CANARY not in repr(http.HttpAnswer(200, {"x": CANARY}, CANARY.encode()))


def test_logs_and_errors_name_the_route_and_never_the_query(caplog):
    def echo(connection):
        connection.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + CANARY.encode())
        connection.close()

    with capture_logs() as logs, caplog.at_level(0), oddserver.odd_server(echo) as address:
        assert get(address).body == CANARY.encode()
        with pytest.raises(http.ConnectionNotMade) as caught:
            get(oddserver.refused_address())
    assert [entry["event"] for entry in logs] == ["vendor_call", "vendor_call_failed"]
    assert {entry["route"] for entry in logs} == {"/people"}
    assert CANARY not in str(logs) + caplog.text + str(caught.value)


@pytest.mark.django_db(transaction=True)
def test_no_vendor_is_called_with_a_transaction_open(httpserver):
    httpserver.expect_request("/people").respond_with_data(b"ok")
    with pytest.raises(transaction.TransactionManagementError), transaction.atomic():
        get(httpserver.url_for(""))
    assert httpserver.log == []
    assert get(httpserver.url_for("")).ok
