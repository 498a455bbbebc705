"""The OpenAPI document is true: valid, complete, and every answer it promises is one the server gives."""

from datetime import date

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from moonlit.api import guard, waiting
from moonlit.api.app import api
from moonlit.booking.models import Appointment
from moonlit.booking.services import advance
from moonlit.ehr.port import Rejected
from moonlit.notifications.tests import signed
from moonlit.platform.idempotency import reserve
from moonlit.platform.ratelimit import Verdict
from tests.contracts.openapi_check import Contract
from tests.support.api import CRITERIA, booking
from tests.support.scene import PRACTICE, build_scene

FRIDAY = date(2026, 3, 6)
NINE, TEN, ELEVEN, TWELVE = (f"2026-03-06T{hour}:00:00-07:00" for hour in ("09", "10", "11", "12"))
WEEK = {**CRITERIA, "from": "2026-03-02", "to": "2026-03-08"}
BASIN = "{code: basin, name: BasinCare, type: commercial, state: UT, aliases: [], plan_codes: []"
BY_LINK = {"send_code", "verify_code", "appointment_by_link", "cancel_appointment", "reschedule_appointment"}
"""Operations of test_openapi_changes."""


@pytest.fixture
def contract(scene, time_machine, client):
    scene.open("71", FRIDAY, "09:00", "10:00", "11:00")
    scene.open("72", FRIDAY, "12:00")
    scene.sync()
    time_machine.move_to(scene.clock(), tick=False)
    scene.hold_ends = lambda: (scene.clock.forward(minutes=10), time_machine.move_to(scene.clock(), tick=False))
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


def test_every_request_body_is_a_component_that_refuses_unknown_members(client):
    document = client.get("/api/v1/openapi.json").json()
    for path, operations in document["paths"].items():
        if "/webhooks/" in path:  # a vendor's own shape
            continue
        for operation in operations.values():
            if "application/json" in operation.get("requestBody", {}).get("content", {}):
                name = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
                assert document["components"]["schemas"][name]["additionalProperties"] is False


def test_the_server_gives_every_promised_answer_and_no_other(contract, scene, monkeypatch, settings):
    _reads(contract)
    _bodies_at_fault(contract)
    _holds(contract, scene)
    _bookings(contract, scene, monkeypatch)
    _webhooks(contract, scene, settings)
    monkeypatch.setattr(guard, "allow", lambda *_, **__: Verdict(allowed=False, retry_after=7))
    for path in ("/eligibility", "/holds", "/holds/nothing/extend", "/appointments", "/leads"):
        assert contract.post(path, {})["Retry-After"] == "7"
    for vendor in ("athena", "sendgrid", "notifyre"):
        assert contract.post(f"/webhooks/{vendor}", {})["Retry-After"] == "7"
    assert contract.delete("/holds/nothing")["Retry-After"] == "7"
    assert contract.seen == {name: all_of for name, all_of in contract.promised().items() if name not in BY_LINK}


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


def _bodies_at_fault(contract):
    key = iter(f"faults-{number}" for number in range(1000, 2000))
    for path in ("/eligibility", "/holds", "/appointments", "/leads"):
        contract.post(path, b"{", Idempotency_Key=next(key))
        contract.post(path, b"[]", Idempotency_Key=next(key))
        contract.post(path, b'{"x": "' + b"y" * 70_000 + b'"}', Idempotency_Key=next(key))
        contract.post(path, b"x=y", content_type="application/x-www-form-urlencoded", Idempotency_Key=next(key))
    contract.post("/leads", {"email": "quill@example.org", "reason": "out_of_network"})


def _holds(contract, scene):
    def hold(start, **changes):
        return contract.post("/holds", {"start": start, "provider": None, "criteria": CRITERIA, **changes})

    held = hold(TWELVE, client_ref="a").json()
    contract.post(f"/holds/{held['hold']}/extend", {})
    hold(TWELVE)  # taken
    other = hold(TEN, client_ref="a").json()
    hold(ELEVEN, client_ref="a")  # one too many
    contract.delete(f"/holds/{other['hold']}")
    contract.post(f"/holds/{other['hold']}/extend", {})
    contract.post("/holds/nothing/extend", {})
    contract.delete("/holds/nothing")
    hold("2026-03-06T03:00:00-07:00")
    hold(TEN, criteria={**CRITERIA, "payer": "canyon"})
    hold(TEN, criteria={**CRITERIA, "patient_state": "ID"})
    hold(TEN, criteria={**CRITERIA, "age": 12})
    hold("2026-03-03T08:00:00-07:00")
    hold("2026-09-06T09:00:00-06:00")
    over = hold(TEN, client_ref="b").json()
    scene.hold_ends()
    mine = [hold(start, client_ref="a") for start in (TEN, TWELVE)]
    contract.post(f"/holds/{held['hold']}/extend", {})  # one too many, once again
    contract.post(f"/holds/{over['hold']}/extend", {})  # somebody else has it
    gone = contract.post(
        "/appointments",
        {
            **{name: value for name, value in booking(TEN).items() if name not in {"start", "provider"}},
            "hold": over["hold"],
        },
        Idempotency_Key="hold-1000",
    )
    assert gone.json()["code"] == "hold_expired"
    for each in mine:
        contract.delete(f"/holds/{each.json()['hold']}")


def _webhooks(contract, scene, settings):
    signature, body = scene.ehr.push("appointment.schedule", "1")
    contract.post("/webhooks/athena", body, content_type="application/fhir+json", X_Hub_Signature=signature)
    contract.post("/webhooks/athena", body + b" ", content_type="application/fhir+json", X_Hub_Signature=signature)
    contract.post("/webhooks/athena", b" " * 300_000, content_type="application/fhir+json")
    settings.EMAIL_FACTORY = "moonlit.notifications.tests.signed.email"
    settings.SMS_FACTORY = "moonlit.notifications.tests.signed.sms"
    now = scene.clock()
    for path, sign, told in (
        ("/webhooks/sendgrid", signed.by_sendgrid, signed.batch(signed.event("delivered", at=now))),
        ("/webhooks/notifyre", signed.by_notifyre, signed.text_status(None, "delivered", at=now)),
    ):
        for body in (told, b"no json"):
            contract.post(path, body, **sign(body, now))
        contract.post(path, told)
        contract.post(path, b" " * 1_100_000)


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
