"""What may be told after the booking, what of it is still missing, and what it does to a chart (rules 4.8, 4.13)."""

from __future__ import annotations

import enum
from dataclasses import dataclass, replace

from moonlit.domain.identity import folded

SHOWN_OF_A_NUMBER = 3
"""The last letters of a member number that tell its owner which one we have, and nobody else what it is."""


class Detail(enum.StrEnum):
    MEMBER_ID = "member_id"
    SUBSCRIBER = "subscriber"
    ADDRESS = "address"
    SEX = "sex"


@dataclass(frozen=True, slots=True)
class Known:
    """Which details stand for a visit; not what they are."""

    insured: bool
    """A policy was named: the visit is not paid by the patient himself."""
    member_id: bool
    own_policy: bool
    """The patient is the subscriber."""
    subscriber: bool
    """Name and birth date of whoever the policy belongs to, when it is not the patient."""
    address: bool
    sex_of_holder: bool
    """Of whoever the policy belongs to."""


def still_missing(known: Known) -> tuple[Detail, ...]:
    """What should come before the visit. The sex is never among it: nobody must tell it (rules 4.13)."""
    wanted = {
        Detail.MEMBER_ID: known.insured and not known.member_id,
        Detail.SUBSCRIBER: known.insured and not known.own_policy and not known.subscriber,
        Detail.ADDRESS: not known.address,
    }
    return tuple(detail for detail, missing in wanted.items() if missing)


def would_help(known: Known) -> tuple[Detail, ...]:
    """What may stay away and would spare a call: without the holder's sex no policy can be written to the chart."""
    return (Detail.SEX,) if known.insured and not known.sex_of_holder else ()


def ending_of(number: str) -> str:
    """The end of a member number; empty when it is so short that its end would be half of it."""
    return number[-SHOWN_OF_A_NUMBER:] if len(number) >= 2 * SHOWN_OF_A_NUMBER else ""


@dataclass(frozen=True, slots=True)
class OnChart:
    """Sex and address, as the patient gave them or as the chart has them. Empty text: nothing."""

    sex: str = ""
    """female | male | other (what a chart says and we have no word for)"""
    street: str = ""
    city: str = ""
    state: str = ""
    zip: str = ""

    @property
    def has_address(self) -> bool:
        """A state alone, which the front desk fills in for everybody, is none."""
        return bool(self.street or self.city or self.zip)


@dataclass(frozen=True, slots=True)
class ChartStep:
    fill: OnChart
    """What the chart lacks; empty when nothing is to be written."""
    differs: bool
    """The chart says something else: a person decides, nothing is overwritten."""


def chart_step(told: OnChart, chart: OnChart) -> ChartStep:
    """What to do about a chart, given what the patient told. An address is filled in whole or not at all; around a
    state that stands there alone only when it is the same one.
    """
    fill, differs = OnChart(), False
    if told.sex and not chart.sex:
        fill = replace(fill, sex=told.sex)
    elif told.sex and told.sex != chart.sex:
        differs = True
    same_state = not chart.state or folded(told.state) == folded(chart.state)
    if told.has_address and not chart.has_address and same_state:
        fill = replace(fill, street=told.street, city=told.city, state=told.state, zip=told.zip)
    elif told.has_address and _place(told) != _place(chart):
        differs = True
    return ChartStep(fill, differs)


def _place(known: OnChart) -> tuple[str, ...]:
    """An address in a form that compares: the first five digits of a ZIP code say where."""
    return folded(known.street), folded(known.city), folded(known.state), folded(known.zip)[:5]
