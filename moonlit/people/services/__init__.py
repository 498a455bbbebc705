"""Verbs about people: what a booking tells, who they are, what they sign, what is known of their insurance."""

from moonlit.people.services.chart_people import ChartPerson, forget_chart_consents, keep_chart_person
from moonlit.people.services.charts import hold_identity, move_charts, record_chart
from moonlit.people.services.confidential import end_confidential_contact, set_confidential_contact
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
from moonlit.people.services.preferences import Choice, set_preferences
from moonlit.people.services.restrictions import NewRestriction, add_restriction, end_restriction
from moonlit.people.services.signing import record_authority, revoke_contact, sign
from moonlit.people.services.texting import permit_texts, revoke_texts
from moonlit.people.services.verification import set_verification

__all__ = [
    "ChartPerson",
    "Choice",
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
    "end_confidential_contact",
    "end_restriction",
    "forget_chart_consents",
    "hold_identity",
    "keep_chart_person",
    "move_charts",
    "name_dob_index",
    "permit_texts",
    "phone_index",
    "record_authority",
    "record_chart",
    "revoke_contact",
    "revoke_texts",
    "set_confidential_contact",
    "set_preferences",
    "set_verification",
    "sign",
]
