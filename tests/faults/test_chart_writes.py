"""Every fault of the EHR at every call that writes insurance or signed forms to a chart: each written once, or a task.

Real HTTP against the Athena simulator. A sample runs always; the whole product with MOONLIT_LONG=1.
"""

from datetime import date

import pytest

from moonlit.booking.models import ChartWrite
from moonlit.booking.services import open_chart_writes, sweep
from moonlit.coverage.models import PackageMap, Payer
from moonlit.people.models import Patient
from moonlit.worklist.models import Task
from tests.faults.athena_seed import ADA

FRIDAY = date(2026, 3, 6)
NOT_DONE = ["401", "429", "500", "503", "html", "reset", "hang", "unplugged"]
LOST = ["commit_then_timeout", "commit_then_500", "commit_then_reset"]
CALLS = {
    "look": ("insurances", "insurances", NOT_DONE),
    "insurance": ("add_insurance", "add_insurance", [*NOT_DONE, *LOST, "success_false"]),
    "forms": ("set_privacy", "set_privacy", [*NOT_DONE, *LOST]),
}
CASES = [(call, kind) for call, (_, _, kinds) in CALLS.items() for kind in kinds]
SAMPLE = {("look", "503"), ("insurance", "commit_then_500"), ("insurance", "reset"), ("forms", "commit_then_reset")}
SOONER = [pytest.param(*case, marks=() if case in SAMPLE else pytest.mark.long) for case in CASES]


@pytest.fixture
def visit(athena):
    """Booked with Ada, on a chart of its own; what goes to the chart is not written yet."""
    PackageMap.objects.create(payer=Payer.objects.get(code="alpine"), package_ids=["10459"], confirmed_by="billing")
    athena.open(ADA, FRIDAY, "09:00")
    athena.sync()
    accepted = athena.book(FRIDAY, "09:00", ADA, sex="female")
    athena.work(accepted)
    row = athena.row(accepted)
    assert row.state == "booked"
    open_chart_writes(row.pk, now=athena.clock())
    return row


def stands(athena, row):
    chart = Patient.objects.get(pk=row.patient_id).ehr_patient_id
    return [(policy.sequence, policy.package_id, policy.member_id) for policy in athena.ehr.insurances(chart)]


def test_a_well_ehr_holds_the_policy_and_the_signature(athena, visit):
    athena.settle_all()
    assert stands(athena, visit) == [(1, "10459", "MX-100")]
    (signed,) = athena.calls("set_privacy")
    assert signed["status"] == 200
    assert set(ChartWrite.objects.values_list("state", flat=True)) == {"written"}


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
    assert not ChartWrite.objects.filter(state="to_write").exists()
    visit.refresh_from_db()
    assert visit.state == "booked"
