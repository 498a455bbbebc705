import orjson
import pytest

from moonlit.ehr.athena import errors
from moonlit.ehr.port import AlreadyDone, Rejected, Retry, Throttled, Unknown
from moonlit.platform.http import HttpAnswer


def answer(status, body=b"", **headers):
    raw = body if isinstance(body, bytes) else b"\n\n" + orjson.dumps(body)
    return HttpAnswer(status, headers, raw, request_id="rrt-7")


REFUSALS = [
    (400, {"missingfields": ["lastname", "dob"], "error": "Additional fields are required."}, "missing_fields"),
    (
        400,
        {"error": "The data provided is invalid.", "detailedmessage": "Expecting format date, but value is x"},
        "invalid_fields",
    ),
    (400, {"error": "Improper DOB."}, "invalid_fields"),
    (400, {"error": "Appointment ID is not a booked appointment"}, "not_booked"),
    (400, {"error": "Invalid patient."}, "patient_refused"),
    (400, {"error": "Invalid reason."}, "reason_refused"),
    (400, {"error": "Invalid PROVIDERID input"}, "provider_refused"),
    (403, {"error": "You do not have access to this context"}, "forbidden"),
    (404, {"error": "The appointment is not available."}, "not_found"),
    (404, {"error": "This appointment has already been checked in."}, "not_found"),
    (422, {"error": "Something new"}, "rejected"),
]


@pytest.mark.parametrize(("status", "body", "code"), REFUSALS)
def test_a_json_refusal_is_rejected_with_a_code_of_ours_for_reads_and_writes(status, body, code):
    for error in (errors.read_error(answer(status, body)), errors.write_error(answer(status, body))):
        assert isinstance(error, Rejected)
        assert (error.code, error.status, error.request_id) == (code, status, "rrt-7")


def test_missing_fields_are_named_and_nothing_the_vendor_quotes_is():
    body = {"error": "Additional fields are required. Quillfeather", "missingfields": ["lastname", "Ada Quillfeather"]}
    error = errors.write_error(answer(400, body))
    assert "lastname" in str(error)
    assert "Quillfeather" not in repr(error)


@pytest.mark.parametrize("status", [200, 201, 204])
def test_a_good_status_is_no_error(status):
    assert errors.read_error(answer(status)) is errors.write_error(answer(status)) is None


def test_a_conflict_is_already_done_for_writes():
    assert isinstance(
        errors.write_error(answer(409, {"error": "That appointment time was already booked."})), AlreadyDone
    )


@pytest.mark.parametrize("status", [500, 502, 503, 504])
@pytest.mark.parametrize("body", [b"", b"<html>down</html>", {"error": "An unexpected error occurred."}])
def test_a_server_error_is_asked_again_for_reads_and_unknown_for_writes(status, body):
    assert isinstance(errors.read_error(answer(status, body)), Retry)
    assert isinstance(errors.write_error(answer(status, body)), Unknown)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (302, b""),
        (408, {"error": "timed out"}),
        (404, b"Service not registered with API gateway."),
        (400, b"<html></html>"),
        (400, {"message": "?"}),
        (400, []),
    ],
)
def test_a_write_whose_refusal_is_not_clear_is_unknown(status, body):
    assert isinstance(errors.write_error(answer(status, body)), Unknown)


def test_a_404_of_the_gateway_is_no_word_about_what_was_asked_for():
    assert isinstance(errors.read_error(answer(404, b"Service not registered with API gateway.")), Retry)


@pytest.mark.parametrize(
    "body",
    [
        {"error": "Unknown API path"},
        {"error": "Invalid practice.", "detailedmessage": "The practice ID does not exist."},
    ],
)
def test_a_404_about_our_address_is_forbidden_not_a_missing_record(body):
    for classify in (errors.read_error, errors.write_error):
        assert classify(answer(404, body)).code == "forbidden"


@pytest.mark.parametrize(
    ("status", "body"), [(429, b"Too Many Requests"), (429, {"error": "x"}), (403, b"Developer Over Qps")]
)
def test_over_the_limit_is_throttled_by_a_minute_unless_told_otherwise(status, body):
    for classify in (errors.read_error, errors.write_error):
        error = classify(answer(status, body))
        assert isinstance(error, Throttled)
        assert error.retry_after == 60.0
        assert classify(answer(status, body, **{"retry-after": "7"})).retry_after == 7.0
        assert classify(answer(status, body, **{"retry-after": "999999"})).retry_after == 3600.0
        assert classify(answer(status, body, **{"retry-after": "-3"})).retry_after == 1.0
        assert classify(answer(status, body, **{"retry-after": "Sun, 06 Nov 2026 08:49:37 GMT"})).retry_after == 60.0
