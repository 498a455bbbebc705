"""Appointments as the control address shows them."""

from __future__ import annotations

from typing import Any

from simulators.athena import patients
from simulators.athena.rows import plain_row
from simulators.athena.state import World


def with_patient(world: World, row: Any) -> dict[str, Any]:
    number = row["patientid"]
    return plain_row(world, row) | {"patient": (patients.load(world, number) | {"id": str(number)}) if number else None}  # type: ignore[operator]
