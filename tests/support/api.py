"""What a client of the HTTP API sends, about fictional people."""

from __future__ import annotations

from typing import Any

CRITERIA = {"visit_type": "intake", "modality": "telehealth", "patient_state": "UT", "payer": "alpine"}


def booking(start: str, **changes: Any) -> dict[str, Any]:
    """The body of POST /appointments for the practice of tests/support/scene.py; `changes` replace members."""
    return {
        "start": start,
        "provider": None,
        "criteria": dict(CRITERIA),
        "patient": {
            "first_name": "Zoë",
            "last_name": "Ñandú-O'Leary",
            "date_of_birth": "1990-02-28",
            "email": "zoe@example.org",
            "phone": "801-555-0142",
            "state": "UT",
            "place_of_visit": "home",
        },
        "insurances": [{"payer": "alpine", "member_id": "MX-100"}],
        "contacts": [],
        "consents": [
            {"kind": "terms", "version": "1", "granted": True},
            {"kind": "privacy_notice", "version": "1", "granted": True},
            {"kind": "sms", "granted": True},
        ],
        **changes,
    }
