"""The OpenAPI document is true: valid, complete, and every answer it promises is one the server gives."""

from datetime import date

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from moonlit.api import guard, waiting
from moonlit.api.app import api
from moonlit.booking.models import Appointment
from moonlit.booking.services import advance
from moonlit.ehr.port import Rejected
from moonlit.platform.idempotency import reserve
from moonlit.platform.ratelimit import Verdict
from tests.contracts.openapi_check import Contract
from tests.support.api import CRITERIA, booking
from tests.support.scene import PRACTICE, build_scene

FRIDAY = date(2026, 3, 6)
NINE, TEN, ELEVEN, TWELVE = (f"2026-03-06T{hour}:00:00-07:00" for hour in ("09", "10", "11", "12"))
WEEK = {**CRITERIA, "from": "2026-03-02", "to": "2026-03-08"}
BASIN = "{code: basin, name: BasinCare, type: commercial, state: UT, aliases: [], plan_codes: []"
NOT_YET = ("hold", "verif", "session", "cancel", "reschedule", "webhook", "join", "can_change_until", "late_change")


@pytest.fixture
def contract(scene, time_machine, client):
    scene.open("71", FRIDAY, "09:00", "10:00", "11:00")
    scene.open("72", FRIDAY, "12:00")
    scene.sync()
    time_machine.move_to(scene.clock(), tick=False)
    return Contract(client)


def test_the_document_is_valid_openapi(client):
    OpenAPIV31SpecValidator(client.get("/api/v1/openapi.json").json()).validate()


def test_the_document_names_every_route_and_no_other(client):
    document = client.get("/api/v1/openapi.json").json()
    documented = {
        (method, path.replace("{token}", "<token>"))
        for path, operations in document["paths"].items()
        for method in operations
    }
    served = {
        (method.lower(), f"/api/v1{path.replace('{token}', '<token>')}")
        for router in api._get_bound_routers()
        for path, view in router.path_operations.items()
        for operation in view.operations
        for method in operation.methods
        if path != "/openapi.json"
    }
    assert documented == served


def test_nothing_of_later_parts_is_promised(client):
    document = client.get("/api/v1/openapi.json").content.decode()
    schemas = {name.lower() for name in document.split('"')}
    # `change` on a visit and its state words are told by the status already; their calls come later
    promised = {name for name in schemas for part in NOT_YET if name.startswith(part)} - {"cancel", "cancelled"}
    assert promised == set()


def test_every_request_body_is_a_component_that_refuses_unknown_members(client):
    document = client.get("/api/v1/openapi.json").json()
    for operations in document["paths"].values():
        for operation in operations.values():
            if "requestBody" in operation:
                name = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
                assert document["components"]["schemas"][name]["additionalProperties"] is False


def test_the_server_gives_every_promised_answer_and_no_other(contract, scene, monkeypatch):
    _reads(contract)
    _bodies_at_fault(contract)
    _bookings(contract, scene, monkeypatch)
    monkeypatch.setattr(guard, "allow", lambda *_, **__: Verdict(allowed=False, retry_after=7))
    for path in ("/eligibility", "/appointments", "/leads"):
        assert contract.post(path, {})["Retry-After"] == "7"
    assert contract.seen == contract.promised()


def test_a_question_of_a_carve_out_is_told_as_promised_and_its_answer_decides(db, settings, time_machine, client):
    carved_out = f"{BASIN}, benefit_routes: [{{employer: Lantern Mills, to: alpine, question: {{en: Who pays?}}, starts: -9d}}]}}"
    settings.EHR_FACTORY = "tests.support.scene.current_ehr"
    scene = build_scene(PRACTICE.replace(f"{BASIN}}}", carved_out))
    scene.open("73", FRIDAY, "09:00")
    scene.sync()
    time_machine.move_to(scene.clock(), tick=False)
    contract = Contract(client)
    asked = contract.post("/eligibility", {**CRITERIA, "payer": "basin"}).json()
    assert asked["question"]["text"] == {"en": "Who pays?"}
    assert [option["value"] for option in asked["question"]["options"]] == ["alpine", "basin", "unsure"]
    answered = contract.post("/eligibility", {**CRITERIA, "payer": "basin", "benefit": "basin"}).json()
    assert (answered["question"], answered["payer_behavioral"]) == (None, "basin")


def _reads(contract):
    contract.get("/payers", {"q": "alp"})
    contract.get("/payers", {"q": "a"})
    contract.post("/eligibility", CRITERIA)
    contract.post("/eligibility", {**CRITERIA, "payer": "canyon"})
    contract.post("/eligibility", {**CRITERIA, "patient_state": "ID"})
    contract.get("/availability", WEEK)
    contract.get("/availability", {**WEEK, "detail": "days"})
    contract.get("/availability", {**WEEK, "from": "soon"})
    contract.get("/availability", {**WEEK, "to": "2026-09-01"})
    contract.get("/appointments/status/AAAAAAAAAAAAAAAAAAAAAA")
    contract.get("/appointments/AAAAAAAAAAAAAAAAAAAAAA")


def _bodies_at_fault(contract):
    key = iter(f"faults-{number}" for number in range(1000, 2000))
    for path in ("/eligibility", "/appointments", "/leads"):
        contract.post(path, b"{", Idempotency_Key=next(key))
        contract.post(path, b"[]", Idempotency_Key=next(key))
        contract.post(path, b'{"x": "' + b"y" * 70_000 + b'"}', Idempotency_Key=next(key))
        contract.post(path, b"x=y", content_type="application/x-www-form-urlencoded", Idempotency_Key=next(key))
    contract.post("/leads", {"email": "quill@example.org", "reason": "out_of_network"})


def _bookings(contract, scene, monkeypatch):
    key = iter(f"booking-{number}" for number in range(1000, 2000))

    def ask(start, **changes):
        return contract.post("/appointments", booking(start, **changes), Idempotency_Key=next(key))

    def patient(**changes):
        return {**booking(NINE)["patient"], **changes}

    contract.post("/appointments", booking(NINE))  # without a key
    same = next(key)
    accepted = contract.post("/appointments", booking(NINE), Idempotency_Key=same).json()
    contract.post("/appointments", booking(TEN), Idempotency_Key=same)
    status = accepted["status_url"].partition("/api/v1")[2]
    contract.get(status)
    advance(accepted["appointment"], clock=scene.clock)
    assert contract.get(status).json()["state"] == "booked"
    contract.get(f"/appointments/{accepted['manage_token']}")
    ask(NINE, provider=accepted["provider"])  # taken

    lost = ask(ELEVEN).json()
    scene.ehr.fail_next("book", Rejected("no", code="reason_refused"))
    advance(lost["appointment"], clock=scene.clock)
    assert contract.get(lost["status_url"].partition("/api/v1")[2]).json()["state"] == "not_booked"

    with monkeypatch.context() as patched:
        patched.setattr(
            waiting, "pause", lambda: [advance(row.pk, clock=scene.clock) for row in Appointment.objects.all()]
        )
        assert (
            contract.post("/appointments", booking(TEN), Idempotency_Key=next(key), Prefer="wait=6").status_code == 201
        )

    half = next(key)
    reserve(scope="POST /appointments", key=half, body=b"{}", now=scene.clock())
    assert contract.post("/appointments", b"{}", Idempotency_Key=half)["Retry-After"]

    ask(TWELVE, patient=patient(date_of_birth="1990-02-30"))
    ask(TWELVE, consents=[])
    ask("2026-03-06T03:00:00-07:00")  # never offered
    ask(TWELVE, criteria={**CRITERIA, "payer": "canyon"}, insurances=[{"payer": "canyon"}])
    ask(TWELVE, criteria={**CRITERIA, "patient_state": "ID"}, patient=patient(state="ID"))
    ask(TWELVE, patient=patient(date_of_birth="2009-01-01"))
    ask("2026-03-03T08:00:00-07:00")
    ask("2026-09-06T09:00:00-06:00")
