"""Every fault of the EHR at every call that writes insurance, signed forms or the patient's note: each written once, or
a task.

Real HTTP against the Athena simulator. A sample runs always; the whole product with MOONLIT_LONG=1.
"""

from datetime import date

import pytest

from moonlit.audit.actor import PUBLIC
from moonlit.booking.models import ChartWrite
from moonlit.booking.services import add_details, open_chart_writes, sweep
from moonlit.coverage.models import PackageMap, Payer
from moonlit.domain.consents import Signer
from moonlit.people.inputs import AddedInput
from moonlit.people.models import Patient
from moonlit.worklist.models import Task
from tests.faults.athena_seed import ADA

HOME = {"line1": "4 Canyon Rim", "city": "Provo", "state": "UT", "zip": "84601"}
FRIDAY = date(2026, 3, 6)
NOT_DONE = ["401", "429", "500", "503", "html", "reset", "hang", "unplugged"]
LOST = ["commit_then_timeout", "commit_then_500", "commit_then_reset"]
CALLS = {
    "look": ("insurances", "insurances", NOT_DONE),
    "insurance": ("add_insurance", "add_insurance", [*NOT_DONE, *LOST, "success_false"]),
    "forms": ("set_privacy", "set_privacy", [*NOT_DONE, *LOST]),
    "details": ("update_patient", "update_patient", [*NOT_DONE, *LOST]),
    "chart": ("patient", "patient", NOT_DONE),
    "look at notes": ("notes", "notes", NOT_DONE),
    "note": ("add_note", "add_note", [*NOT_DONE, *LOST, "success_false"]),
}
CASES = [(call, kind) for call, (_, _, kinds) in CALLS.items() for kind in kinds]
SAMPLE = {
    ("look", "503"),
    ("insurance", "commit_then_500"),
    ("insurance", "reset"),
    ("forms", "commit_then_reset"),
    ("details", "commit_then_500"),
}
SAMPLE |= {("note", "commit_then_timeout"), ("note", "reset"), ("note", "success_false")}
NOTE = "Please call first \N{SLIGHTLY SMILING FACE}"
SOONER = [pytest.param(*case, marks=() if case in SAMPLE else pytest.mark.long) for case in CASES]


@pytest.fixture
def visit(athena):
    """Booked with Ada, on a chart of its own; what goes to the chart is not written yet."""
    PackageMap.objects.create(payer=Payer.objects.get(code="alpine"), package_ids=["10459"], confirmed_by="billing")
    athena.open(ADA, FRIDAY, "09:00")
    athena.sync()
    accepted = athena.book(FRIDAY, "09:00", ADA, sex="female", note=NOTE)
    athena.work(accepted)
    row = athena.row(accepted)
    assert row.state == "booked"
    add_details(row.pk, AddedInput(address=HOME), by=Signer.PATIENT, actor=PUBLIC, now=athena.clock())
    open_chart_writes(row.pk, now=athena.clock())
    return row


def stands(athena, row):
    chart = Patient.objects.get(pk=row.patient_id).ehr_patient_id
    return [(policy.sequence, policy.package_id, policy.member_id) for policy in athena.ehr.insurances(chart)]


def notes(athena, row):
    return [text for text in athena.ehr.notes(row.athena_appt_id) if "Moonlit booking" not in text]


def lives(athena, row):
    chart = athena.ehr.patient(Patient.objects.get(pk=row.patient_id).ehr_patient_id).details
    return f"{chart.street}, {chart.zip}"


def test_a_well_ehr_holds_the_policy_and_the_signature(athena, visit):
    athena.settle_all()
    assert stands(athena, visit) == [(1, "10459", "MX-100")]
    assert notes(athena, visit) == ["Note from the patient: Please call first"]
    (signed,) = athena.calls("set_privacy")
    assert signed["status"] == 200
    assert set(ChartWrite.objects.values_list("state", flat=True)) == {"written"}
    assert lives(athena, visit) == "4 Canyon Rim, 84601"


@pytest.mark.parametrize(("call", "kind"), SOONER)
def test_whatever_fails_the_policy_stands_once_when_the_ehr_is_well_again(athena, visit, call, kind):
    method, op, _ = CALLS[call]
    with athena.broken(method, kind=kind, op=op) as fault:
        athena.until_due()
        sweep(clock=athena.clock)
    assert fault["hits"] or kind == "unplugged"
    athena.settle_all()
    refused = Task.objects.filter(kind="insurance_not_written", state="open").exists()
    assert stands(athena, visit) == ([] if refused else [(1, "10459", "MX-100")])
    assert not refused or kind == "success_false"
    untold = Task.objects.filter(kind="note_not_written", state="open").exists()
    assert notes(athena, visit) == ([] if untold else ["Note from the patient: Please call first"])
    assert not untold or kind == "success_false"
    assert not ChartWrite.objects.filter(state="to_write").exists()
    assert lives(athena, visit) == "4 Canyon Rim, 84601"
    visit.refresh_from_db()
    assert visit.state == "booked"
