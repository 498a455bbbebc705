"""The policies of one visit, written to the chart in order through the confirmed package map (rules 4.12)."""

from __future__ import annotations

from contextlib import suppress

from moonlit.booking.models import Appointment
from moonlit.coverage.packages import confirmed_packages
from moonlit.domain.chart_policies import OnChart, Todo, Wanted, todo
from moonlit.domain.ehr_limits import fit
from moonlit.domain.reasons import Flag
from moonlit.ehr.port import AlreadyDone, EhrPort, NewInsurance, Unknown
from moonlit.people.chart_queries import PolicyForChart, policies_for_chart


def write_insurances(visit: Appointment, chart: str, ehr: EhrPort) -> str:
    """Write what the chart lacks, the primary first; "" when all of it stands there, else what stopped it.

    The first policy that cannot be written stops those after it: a secondary without its primary bills wrongly.
    Raises what the EHR raises; then the next try looks first.
    """
    if visit.patient_id is None:
        raise ValueError("a visit without patient has no insurance to write")
    for policy in policies_for_chart(visit.pk, visit.patient_id):
        packages = _packages(visit, policy)
        if not packages:
            return "no_package"
        if not policy.member_id:
            return "member_id_missing"
        wanted = Wanted(packages, policy.member_id, policy.sequence)
        step = todo(wanted, _on_chart(chart, ehr))
        if step is Todo.WRITE:
            if lacking := _lacking(policy, packages):
                return lacking
            with suppress(AlreadyDone, Unknown):  # somebody was faster, or the answer was lost: the chart tells
                department = visit.location.ehr_department_id or ""
                ehr.add_insurance(chart, _new(policy, packages[0]), department_id=department)
            step = todo(wanted, _on_chart(chart, ehr))
        if step is Todo.STAFF:
            return "other_policy"
        if step is Todo.WRITE:
            raise Unknown("the policy does not stand on the chart yet")
    return ""


def _packages(visit: Appointment, policy: PolicyForChart) -> tuple[str, ...]:
    """Whoever carries the behavioural benefit is billed: with a carve-out that is another payer than the card's."""
    if policy.sequence > 1:
        return confirmed_packages(policy.payer, policy.plan)
    if Flag.BEHAVIORAL_PAYER_UNVERIFIED.value in visit.flags:
        return ()
    billed = visit.payer_behavioral or policy.payer
    return confirmed_packages(billed, policy.plan if billed == policy.payer else "")


def _lacking(policy: PolicyForChart, packages: tuple[str, ...]) -> str:
    """What must be known before this policy is written; "" when all is. Nothing is made up (rules 4.8)."""
    if len(packages) > 1:
        return "several_packages"
    named = policy.holder_first_name and policy.holder_last_name
    if not (named and policy.holder_date_of_birth and policy.holder_sex):
        return "subscriber_missing"
    return "too_long" if fit(policy.holder_first_name, policy.holder_last_name, "").needs_staff else ""


def _on_chart(chart: str, ehr: EhrPort) -> list[OnChart]:
    return [OnChart(policy.package_id, policy.member_id, policy.sequence) for policy in ehr.insurances(chart)]


def _new(policy: PolicyForChart, package: str) -> NewInsurance:
    return NewInsurance(
        package_id=package,
        sequence=policy.sequence,
        member_id=policy.member_id,
        group_number=policy.group_number,
        relationship=policy.relationship,
        holder_first_name=policy.holder_first_name,
        holder_last_name=policy.holder_last_name,
        holder_date_of_birth=policy.holder_date_of_birth,
        holder_sex=policy.holder_sex,
    )
