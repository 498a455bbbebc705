import pytest

from .conftest import make


def test_every_answer_tells_the_days_quota_and_a_request_id(vendor):
    first, second = vendor.get("/ping"), vendor.get("/ping")
    assert first.headers["x-ratelimit-limit"] == "50000"
    assert int(first.headers["x-ratelimit-remaining"]) - int(second.headers["x-ratelimit-remaining"]) == 1
    assert first.headers["x-request-id"].startswith("rrt-")
    assert first.headers["x-request-id"] != second.headers["x-request-id"]


def test_an_exhausted_day_is_429_until_midnight_gmt():
    vendor = make(day_quota=2)
    assert [vendor.get("/ping").status_code for _ in range(3)] == [200, 200, 429]
    vendor.at("2026-03-02T23:59:59Z")
    assert vendor.get("/ping").status_code == 429
    vendor.control("clock", {"now": "2026-03-03T00:00:00Z"})
    assert vendor.get("/ping").status_code == 200


def test_a_json_error_begins_with_two_empty_lines_and_a_success_does_not(vendor):
    assert vendor.get("/patients/1").text.startswith("\n\n{")
    assert vendor.get("/ping").text.startswith("{")


def test_a_path_the_gateway_does_not_route_is_plain_text(vendor):
    answer = vendor.http.get("/v2/195900/ping")
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.text == "Service not registered with API gateway."


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/nothing"), ("POST", "/appointments"), ("DELETE", "/patients/1"), ("GET", "/appointments/abc")],
)
def test_an_unknown_path_or_method_is_404(vendor, method, path):
    answer = vendor.call(method, path)
    assert (answer.status_code, answer.json()) == (404, {"error": "Unknown API path"})


def test_another_practice_is_no_context_but_ping_says_it_does_not_exist(vendor):
    answer = vendor.call("GET", "/departments", practice="1959999")
    assert (answer.status_code, answer.json()["error"]) == (403, "You do not have access to this context")
    answer = vendor.call("GET", "/ping", practice="1959999")
    assert (answer.status_code, answer.json()["error"]) == (404, "Invalid practice.")
    vendor.control("settings", {"contexts": ["1959999"]})
    assert vendor.call("GET", "/ping", practice="1959999").status_code == 200


def test_parameter_names_have_no_case_and_unknown_ones_are_ignored(vendor):
    rows = vendor.get("/appointments/open", DepartmentID=1, REASONID=-1, nonsense="x").json()
    assert rows["totalcount"] > 0


def test_writes_take_their_parameters_from_the_query_too(vendor):
    patient = vendor.patient()
    answer = vendor.call("PUT", f"/appointments/{vendor.slot()}", params={"patientid": patient, "reasonid": 101})
    assert answer.json()[0]["appointmentstatus"] == "f"


def test_a_json_body_is_not_understood(vendor):
    answer = vendor.call("PUT", f"/appointments/{vendor.slot()}", json={"patientid": vendor.patient(), "reasonid": 101})
    assert (answer.status_code, answer.json()["missingfields"]) == (400, ["patientid"])


def test_pages_have_relative_neighbours_and_the_last_has_no_next(vendor):
    first = vendor.get("/providers", limit=2).json()
    assert (len(first["providers"]), first["totalcount"], "previous" in first) == (2, 3, False)
    assert first["next"].startswith("/v1/195900/providers?limit=2&offset=2")
    second = vendor.http.get(first["next"], headers={"Authorization": f"Bearer {vendor.token}"}).json()
    assert [row["providerid"] for row in second["providers"]] == [73]
    assert "next" not in second


@pytest.mark.parametrize("value", ["soon", "2026-03-01", "13/01/2026", "02/30/2026"])
def test_a_date_in_another_form_is_refused(vendor, value):
    answer = vendor.get("/appointments/open", departmentid=1, reasonid=-1, startdate=value)
    assert answer.status_code == 400
    assert answer.json()["detailedmessage"] == f"Expecting format date, but value is {value}"


def types_of(vendor, path, key, **params):
    body = vendor.get(path, **params).json()
    row = (body[key] if key else body)[0]
    return {name: type(value) for name, value in row.items()}


def test_mixed_types_are_those_of_the_present_gateway(vendor):
    slot = types_of(vendor, "/appointments/open", "appointments", departmentid=1, reasonid=-1)
    assert (slot["appointmentid"], slot["duration"], slot["reasonid"]) == (int, int, list)
    assert types_of(vendor, "/departments", "departments")["departmentid"] is str
    assert types_of(vendor, "/providers", "providers")["providerid"] is int
    number = vendor.slot()
    vendor.put(f"/appointments/{number}", patientid=vendor.patient(), reasonid=101)
    row = types_of(vendor, f"/appointments/{number}", None)
    assert (row["appointmentid"], row["duration"], row["chargeentrynotrequired"]) == (str, int, bool)
    assert row["supervisingproviderid"] is int


def test_the_strings_switch_makes_everything_text(vendor):
    vendor.control("settings", {"quirks": "strings"})
    body = vendor.get("/appointments/open", departmentid=1, reasonid=-1).json()
    row = body["appointments"][0]
    assert isinstance(body["totalcount"], str)
    assert {type(value) for name, value in row.items() if name != "reasonid"} == {str}
    assert vendor.get("/departments").json()["departments"][0]["doesnotobservedst"] in ("true", "false")


def test_the_proper_switch_makes_ids_numbers(vendor):
    vendor.control("settings", {"quirks": "proper"})
    assert types_of(vendor, "/departments", "departments")["departmentid"] is int
    assert types_of(vendor, "/appointments/open", "appointments", departmentid=1, reasonid=-1)["reasonid"] is list
