"""Sex and address that were told after the booking, filled in where the chart says nothing (rules 4.8, 4.13)."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import asdict
from uuid import UUID

from moonlit.booking.models import Appointment
from moonlit.domain.added_details import ChartStep, OnChart, chart_step
from moonlit.ehr.port import AlreadyDone, ChartDetails, EhrPort, Unknown
from moonlit.people.details_queries import told_for_chart


def has_details(appointment_id: UUID) -> bool:
    return told_for_chart(appointment_id) != OnChart()


def write_details(visit: Appointment, chart: str, ehr: EhrPort) -> str:
    """Fill in what the chart lacks; "" when it says what the patient told, else what stopped it.

    A chart that says something else is for a person to decide. Raises what the EHR raises; then the next try looks
    first.
    """
    told = told_for_chart(visit.pk)
    step = _step(told, chart, ehr)
    if step.fill != OnChart():
        with suppress(AlreadyDone, Unknown):  # the answer was lost: the chart tells
            ehr.update_patient(chart, ChartDetails(**asdict(step.fill)))
        step = _step(told, chart, ehr)
        if step.fill != OnChart():
            raise Unknown("the details do not stand on the chart yet")
    return "other_details" if step.differs else ""


def _step(told: OnChart, chart: str, ehr: EhrPort) -> ChartStep:
    found = ehr.patient(chart).details
    if found is None:  # a birth date that is none: whose chart it is cannot be seen, so nothing is put there
        return ChartStep(OnChart(), differs=True)
    has = OnChart(found.sex, found.street, found.city, found.state, found.zip)
    return chart_step(told, has)
