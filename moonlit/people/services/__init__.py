"""Verbs about people: what a booking tells, who they are, what they sign, what is known of their insurance."""

from moonlit.people.services.charts import hold_identity, move_charts, record_chart
from moonlit.people.services.details import add_details
from moonlit.people.services.given import (
    add_booker,
    add_consents,
    add_contacts,
    add_insurances,
    add_patient,
    carry_over,
)
from moonlit.people.services.indexes import chart_index, email_index, name_dob_index, phone_index
from moonlit.people.services.restrictions import NewRestriction, add_restriction, end_restriction
from moonlit.people.services.signing import record_authority, revoke_contact, sign
from moonlit.people.services.verification import set_verification

__all__ = [
    "NewRestriction",
    "add_booker",
    "add_consents",
    "add_contacts",
    "add_details",
    "add_insurances",
    "add_patient",
    "add_restriction",
    "carry_over",
    "chart_index",
    "email_index",
    "end_restriction",
    "hold_identity",
    "move_charts",
    "name_dob_index",
    "phone_index",
    "record_authority",
    "record_chart",
    "revoke_contact",
    "set_verification",
    "sign",
]
