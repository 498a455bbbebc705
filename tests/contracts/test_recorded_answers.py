"""The parsers read every answer of the real Athena that was recorded (2016-2025), in all its shapes.

The recordings lie outside the repository (MOONLIT_REFERENCE_DIR); where they are absent the run says so in one line.
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from moonlit.ehr.athena import errors, mapping, push, wire
from moonlit.ehr.port import AlreadyDone, BadSignature, EhrStatus, Pushed, Rejected
from moonlit.platform.http import HttpAnswer
from tests.conftest import reference_dir

ZONE = "America/New_York"


@dataclass(frozen=True)
class Recorded:
    name: str
    what: str
    """`GET /departments` for an exchange, the file's stem for a bare body."""
    answer: HttpAnswer


def exchanges(folder: Path):
    for path in sorted(folder.rglob("*.json")):
        for number, exchange in enumerate(json.loads(path.read_text(encoding="utf-8-sig"))):
            body = exchange["body"]
            raw = (
                body.encode()
                if isinstance(body, str) and exchange["body_format"] != "json"
                else json.dumps(body).encode()
            )
            blank = b"\n\n" if exchange.get("body_has_leading_whitespace") else b""
            where = re.sub(r"^.*?(/v1/\d+|(?=/oauth2))", "", exchange["url"].split("?")[0])
            yield Recorded(
                f"{path.parent.name}/{path.stem}[{number}]",
                f"{exchange['method']} {re.sub(r'/[0-9]+', '/#', where)}",
                HttpAnswer(exchange["status"], exchange["headers"] or {}, blank + raw),
            )


def bodies(folder: Path):
    for path in sorted(folder.rglob("*.json")):
        yield Recorded(f"{path.parent.name}/{path.stem}", path.stem, HttpAnswer(200, {}, path.read_bytes()))


def all_recorded():
    athena = reference_dir() / "athena"
    if not athena.is_dir():
        return []
    return [*exchanges(athena / "recorded-http"), *bodies(athena / "fixtures")]


RECORDED = all_recorded()


def each(some):
    """One test per recording; without any, one that has nothing to say (tests/conftest.py says it in the summary)."""
    return pytest.mark.parametrize("one", some or [None], ids=lambda one: one.name if one else "no-recordings-here")


def rows_of(key, read):
    def check(payload):
        rows = wire.rows(payload, key)
        assert bool(rows) == (wire.number(payload.get("totalcount", 1)) != 0)
        return [read(row) for row in rows]

    return check


def single(read):
    return lambda payload: [read(wire.one(payload))]


def appointment(row):
    found = mapping.appointment(row, ZONE)
    assert found.id.isdigit()
    assert found.department_id
    assert found.minutes > 0
    assert found.start.utcoffset().total_seconds() == 0
    assert bool(found.patient_id) == (found.status is not EhrStatus.OPEN)
    return found


def own_appointment(row):
    """A row of one patient's list: it does not repeat his id, and one of 2016 has no length."""
    found = mapping.appointment(row, ZONE)
    assert found.id.isdigit()
    assert found.minutes > 0 or "duration" not in row
    assert found.patient_id == ""
    return found


def slot(row):
    found = mapping.open_slot(row, ZONE)
    assert found.id.isdigit()
    assert found.provider_id.isdigit()
    assert found.reason_ids
    return found


def department(row):
    found = mapping.department(row)
    assert found.id
    assert found.name
    assert (found.time_zone is None) == ("timezonename" not in row)
    assert mapping.working_zone(row) or "timezoneoffset" not in row
    return found


def provider(row):
    found = mapping.provider(row)
    assert found.id
    assert found.is_person == (row.get("entitytype") == "Person")
    assert found.supervising_provider_id != found.id
    return found


def reason(row):
    found = mapping.reason(row)
    assert found.name
    assert found.kind in {"new", "existing", "all"}
    return found


def patient(row):
    found = mapping.patient(row)
    assert found.id.isdigit()
    if found.details is not None:
        assert found.details.date_of_birth.year >= mapping.JUNK_BIRTH_YEAR
        assert re.fullmatch(r"(\+1\d{10})?", found.details.phone)
    return found


def patient_id(row):
    return wire.an_id(row.get("patientid")) or pytest.fail("no patient id")


def token(payload):
    row = wire.one(payload)
    assert wire.text(row["access_token"])
    assert wire.number(row["expires_in"]) == 3600
    return [row]


def half_appointment(payload):
    with pytest.raises(wire.UnreadableError):
        mapping.appointment(wire.one(payload), ZONE)
    assert wire.succeeded(payload)
    return [payload]


def success(payload):
    assert wire.succeeded(payload)
    assert wire.refusal(payload) is None
    return [payload]


def refused(payload):
    assert wire.refusal(payload)
    assert not wire.succeeded(payload)
    return [payload]


def error_body(payload):
    error = errors.read_error(HttpAnswer(400, {}, json.dumps(payload).encode()))
    assert isinstance(error, Rejected)
    assert error.code in {"missing_fields", "invalid_fields"}
    return [payload]


def notes(payload):
    rows = wire.rows(payload, "notes")
    assert len(mapping.notes(rows)) == len(rows) > 0
    return rows


def frozen_before(payload):
    assert isinstance(errors.refused_politely(wire.refusal(payload), HttpAnswer(200, {}, b"")), AlreadyDone)
    return refused(payload)


def policy(row):
    """A policy of a case (an accident) has no place in the order; the adapter leaves it out."""
    if not wire.number(row.get("sequencenumber")):
        return row
    found = mapping.policy(row)
    assert found.id.isdigit()
    assert found.package_id.lstrip("-").isdigit()
    return found


def package(row):
    number, name = mapping.package(row)
    assert number.isdigit()
    assert name
    return number


def subscription(payload):
    assert wire.text(wire.one(payload)["status"]) in {"ACTIVE", "INACTIVE", "PARTIAL"}
    return [payload]


def policies(payload):
    """What a new policy is answered with: the row itself, or the older yes that names nothing."""
    return success(payload) if isinstance(payload, dict) else [policy(wire.one(payload))]


CHARTS = rows_of("patients", patient)
APPOINTMENTS = rows_of("appointments", appointment)
PARSERS = {
    "POST /oauth2/v1/token": token,
    "GET /departments": rows_of("departments", department),
    "GetAll_Extended": rows_of("departments", department),
    "ListDepartments": rows_of("departments", department),
    "GET /departments/#": single(department),
    "GetById_ExistingId": single(department),
    "GetDepartment": single(department),
    "GET /providers": rows_of("providers", provider),
    "ListProviders": rows_of("providers", provider),
    "GET /providers/#": single(provider),
    "GetProvider": single(provider),
    "GET /patientappointmentreasons": rows_of("patientappointmentreasons", reason),
    "GetAppointmentReasons": rows_of("patientappointmentreasons", reason),
    "GetAppointmentReasonsForNewPatient": rows_of("patientappointmentreasons", reason),
    "GetAppointmentReasonsForExistingPatient": rows_of("patientappointmentreasons", reason),
    "GET /appointments/open": rows_of("appointments", slot),
    "ListOpenAppointmentSlots": rows_of("appointments", slot),
    "GetAppointmentSlots": rows_of("appointments", slot),
    "GET /appointments/#": single(appointment),
    "PUT /appointments/#": single(appointment),
    "GetAppointment": single(appointment),
    "BookAppointment": single(appointment),
    "GET /appointments/booked": APPOINTMENTS,
    "GET /appointments/booked/multipledepartment": APPOINTMENTS,
    "GET /appointments/changed": APPOINTMENTS,
    "GET /patients/#/appointments": rows_of("appointments", own_appointment),
    "GetBookedAppointments": APPOINTMENTS,
    "GetChangedAppointmentSlots": APPOINTMENTS,
    "GetPatientAppointments": rows_of("appointments", own_appointment),
    "ListBookedAppointments": APPOINTMENTS,
    "ListChangedAppointments": APPOINTMENTS,
    "PUT /appointments/#/reschedule": half_appointment,
    "PUT /appointments/#/cancel": success,
    "GET /appointments/#/notes": notes,
    "GetNotes": notes,
    "ListAppointmentNotes": notes,
    "POST /appointments/#/notes": success,
    "CreateNote": success,
    "UpdateBookedAppointment_IntResponse": success,
    "UpdateBookedAppointment_StringResponse": refused,
    "FreezeAppointmentSlotOk": success,
    "FreezeAppointmentSlotErrorFrozen": frozen_before,
    "FreezeAppointmentSlotError": refused,
    "GET /appointments/changed/subscription": subscription,
    "POST /appointments/changed/subscription": success,
    "GET /patients/changed/subscription": subscription,
    "POST /patients/changed/subscription": success,
    "GetSubscription": subscription,
    "GET /patients/changed": CHARTS,
    "ListChangedPatients": CHARTS,
    "GET /insurancepackages": rows_of("insurances", package),
    "GET /patients/#/insurances": rows_of("insurances", policy),
    "GetPatientInsurances": rows_of("insurances", policy),
    "ListPatientInsurancePackages": rows_of("insurances", policy),
    "POST /patients/#/insurances": policies,
    "CreateInsurance": policies,
    "CreatePatientInsurancePackage": policies,
    "POST /patients/#/privacyinformationverified": success,
    "SetPrivacyInformation": success,
    "UpdatePatientInformationVerificationDetails": success,
    "GET /patients/enhancedbestmatch": lambda payload: [patient(row) for row in wire.rows(payload, "patients")],
    "EnhancedBestmatch": lambda payload: [patient(row) for row in wire.rows(payload, "patients")],
    "EnhancedBestmatch_MissingFields": error_body,
    "EnhancedBestmatch_InvalidDateOfBirthFormat": error_body,
    "GET /patients": rows_of("patients", patient),
    "GetPatients": rows_of("patients", patient),
    "ListPatients": rows_of("patients", patient),
    "GET /patients/#": single(patient),
    "GetPatient": lambda payload: [patient(wire.one_of(payload, "patientid", wire.an_id(payload[-1]["patientid"])))],
    "POST /patients": single(patient_id),
    "PUT /patients/#": single(patient_id),
    "CreatePatient": single(patient_id),
    "UpdatePatient": single(patient_id),
}
PARSERS_OF_FOLDERS = {
    "Appointment/RescheduleAppointment": half_appointment,
    "InsurancePackage/Search": rows_of("insurances", package),
    "Provider/GetAll": rows_of("providers", provider),
    "Provider/GetById": single(provider),
}


def parser_of(one):
    return PARSERS_OF_FOLDERS.get(one.name) or PARSERS.get(one.what)


GOOD = [one for one in RECORDED if one.answer.ok and parser_of(one)]
REFUSALS = [one for one in RECORDED if not one.answer.ok]


@each(GOOD)
def test_a_recorded_answer_of_our_kind_is_read_whole(one):
    if one is None:
        return
    payload = one.answer.json()
    empty = isinstance(payload, dict) and wire.number(payload.get("totalcount")) == 0
    assert bool(parser_of(one)(payload)) is not empty


@each(REFUSALS)
def test_a_recorded_refusal_is_a_refusal_and_quotes_nothing(one):
    if one is None:
        return
    reading, writing = errors.read_error(one.answer), errors.write_error(one.answer)
    assert isinstance(reading, Rejected)
    assert isinstance(writing, AlreadyDone if one.answer.status == 409 else Rejected)
    for error in (reading, writing):
        assert one.answer.json()["error"] not in str(error)


@each(RECORDED)
def test_every_recorded_answer_decodes_and_a_good_one_is_no_error(one):
    if one is None:
        return
    one.answer.json()
    if one.answer.ok:
        assert errors.read_error(one.answer) is errors.write_error(one.answer) is None


def test_every_parser_met_a_recorded_answer_where_recordings_are_present():
    met = {one.what for one in GOOD} | {one.name for one in GOOD}
    missing = {what for what in PARSERS | PARSERS_OF_FOLDERS if what not in met}
    assert not RECORDED or not missing


def vectors():
    """The official deliveries of the push with their secrets and signatures, byte for byte."""
    folder = reference_dir() / "athena" / "fhir-subscriptions"
    listed = folder / "signature-test-vectors.json"
    found = json.loads(listed.read_text()) if listed.is_file() else []
    return [(one, (folder / one["file"]).read_bytes()) for one in found]


def told_by_audit(body):
    """What the audit entries of a delivery say, which the adapter reads only where an event names no record."""
    audits = [one["resource"] for one in json.loads(body)["entry"] if one["resource"]["resourceType"] == "AuditEvent"]
    return [
        Pushed(one["id"], one["type"]["code"].lower(), one["entity"][0]["what"]["identifier"]["value"])
        for one in audits
        if one["type"]["code"].split(".")[0].lower() in push.KINDS
    ]


def test_the_official_signatures_are_proven_over_their_very_bytes_and_their_events_read():
    for vector, body in vectors():
        assert len(body) == vector["bytes"]
        push.prove(vector["secret"], vector["value"], body)
        for other in (body.rstrip(), body.replace(b"195900", b"195901"), body + b"\n"):
            with pytest.raises(BadSignature):
                push.prove(vector["secret"], vector["value"], other)
        assert push.events(body, "195900") == told_by_audit(body)
        assert push.events(body, "195901") == []
