"""What staff read instead of the program's own words. A value that stands in no table is shown as it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Words = Mapping[str, str | Promise]

STATE: Words = {
    "held": _("Held while the patient types"),
    "pending": _("Waiting for the EHR"),
    "submitting": _("Being sent to the EHR"),
    "unknown": _("Sent, the EHR's answer is not known"),
    "booked": _("Booked"),
    "checked_in": _("Checked in"),
    "completed": _("Completed"),
    "cancelled": _("Cancelled"),
    "late_cancelled": _("Cancelled late"),
    "moved": _("Moved"),
    "no_show": _("Did not come"),
    "lost": _("Not booked: the time was taken"),
    "failed": _("Not booked"),
    "expired": _("Hold ran out"),
    "released": _("Hold given back"),
}
STEP: Words = {**STATE, "details_added": _("More details came")}
"""What a timeline can say."""
PROBLEM: Words = {
    "identity_review": _("Stopped: check who the patient is"),
    "ehr_limits": _("Stopped: a name does not fit the EHR"),
    "ehr_refused_patient": _("Stopped: the EHR refused the patient's details"),
    "restricted": _("Stopped: the patient has a scheduling restriction"),
    "ehr_not_reached": _("The EHR could not be reached"),
    "ehr_throttled": _("The EHR asked us to slow down"),
    "ehr_unclear": _("The EHR's answer was lost or unreadable"),
    "ehr_slot_gone": _("The slot is no longer in the EHR"),
    "ehr_not_found": _("The slot is no longer in the EHR"),
    "ehr_patient_refused": _("The EHR refused the patient"),
    "ehr_reason_refused": _("The EHR refused the reason of the visit"),
    "ehr_provider_refused": _("The EHR refused the clinician"),
    "ehr_forbidden": _("Our EHR account may not do this"),
    "ehr": _("As the EHR has it"),
    "ehr_moved": _("Another time or clinician in the EHR"),
    "ehr_gone": _("The EHR no longer knows the visit"),
    "worker_late": _("Sent too late to be sure, will be tried again"),
    "next_provider": _("Given to the next clinician with the same time"),
    "notice_limit": _("The visit came too near before the EHR confirmed it"),
    "withdrawn": _("The patient no longer wants the visit"),
    "look_open": _("Looked: the slot is still open"),
    "look_ours": _("Looked: the visit is ours"),
    "look_others": _("Looked: somebody else has the slot"),
    "look_gone": _("Looked: the slot is gone"),
    "look_cancelled": _("Looked: the visit was cancelled in the EHR"),
    "look_unreadable": _("Looked: the EHR gave no clear answer"),
    "look_booked": _("Looked: the visit is still booked"),
    "look_released": _("Looked: the visit is no longer booked"),
    "look_elsewhere": _("Looked: the front desk moved the visit to another time"),
    "look_checked_in": _("Looked: the patient is checked in"),
    "look_completed": _("Looked: the visit is over"),
    "look_no_show": _("Looked: marked as a no-show"),
    "visit_begun": _("The visit began before the EHR carried it out"),
    "old_visit_begun": _("Not moved: the old visit has begun"),
    "old_visit_moved_elsewhere": _("Not moved: the front desk moved it to another time"),
    "old_visit_unreadable": _("The old visit could not be read in the EHR"),
}
ROUTE: Words = {"direct": _("Direct"), "supervised": _("Supervised"), "self_pay": _("Self-pay")}
REASON: Words = {
    "direct": _("own contract with the payer"),
    "group": _("group contract with the payer"),
    "supervised": _("covered through the supervisor"),
    "self_pay": _("self-pay"),
}
CLAIM_MODE: Words = {
    "attending_rendering": _("The supervisor renders"),
    "trainee_rendering_attending_supervising": _("The clinician seen renders, the attending supervises"),
}
SUPERVISION: Words = {
    "not_needed": _("Not needed"),
    "to_write": _("Not in the EHR yet"),
    "written": _("Written to the EHR and read back"),
    "failed": _("Not written to the EHR"),
}
PLACE: Words = {
    "10": _("10, by video at home"),
    "02": _("02, by video elsewhere than home"),
    "11": _("11, in the clinic"),
}
FLAG: Words = {
    "behavioral_payer_unverified": _("Which payer carries the behavioral benefit is not certain"),
    "remote_interpreter": _("An interpreter must be arranged"),
    "overlap": _("Overlaps another visit of this clinician"),
    "payer_unknown": _("The payer is not known here"),
    "absent": _("The clinician is away that day"),
    "closed": _("The place is closed that day"),
    "license_missing": _("The clinician has no license in that state"),
    "license_expired": _("The clinician's license ends before that day"),
    "provider_not_engaged": _("The clinician does not work here that day"),
    "no_contract": _("The clinician has no contract with this payer"),
    "restriction_lifted": _("Let go on in spite of a scheduling restriction"),
}
IDENTITY: Words = {
    "unchecked": _("The EHR has not been asked yet"),
    "matched": _("Found in the EHR"),
    "created": _("New chart made in the EHR"),
    "unverified": _("The EHR gave an existing chart; check that it is this person"),
    "review": _("Staff must say which chart is this person's"),
}
VERIFICATION: Words = {
    "unverified": _("Not checked with the payer yet"),
    "verified": _("Checked: the payer says yes"),
    "failed": _("Checked: the payer says no"),
    "recheck_due": _("To be checked again"),
}
MISSING: Words = {
    "identity": _("Who the patient is has not been proven"),
    "coverage": _("The insurance has not been checked for the day of the visit"),
    "consents": _("Not everything is signed"),
    "location": _("Where the patient will be is not known"),
}
CHART_WRITE: Words = {
    "insurance": _("Insurance on the chart"),
    "privacy": _("Signed forms on the chart"),
    "note": _("Patient's note at the visit"),
    "details": _("Address and sex on the chart"),
}
CHART_WRITE_STATE: Words = {
    "to_write": _("Not in the EHR yet"),
    "written": _("Written to the EHR"),
    "stopped": _("Not written"),
    "not_needed": _("Not needed any more"),
}
CHART_PROBLEM: Words = {
    "chart_unverified": _("the chart may be another person's"),
    "no_package": _("no confirmed EHR package for this insurance"),
    "several_packages": _("several EHR packages fit; enter the right one in the EHR"),
    "member_id_missing": _("the member number is missing"),
    "subscriber_missing": _("name, birth date or sex of the subscriber is missing"),
    "too_long": _("a name does not fit the EHR"),
    "other_details": _("another address or sex stands on the chart"),
    "note_differs": _("the EHR took it, but it does not stand at the visit as it was sent"),
    "ehr_too_long": _("it is longer than the EHR holds"),
    "other_policy": _("another policy, member number or order stands on the chart"),
    "ehr_not_reached": _("the EHR could not be reached"),
}
RESTRICTION: Words = {"discharged": _("Discharged"), "phone_only": _("By phone only")}
ORIGIN: Words = {"moonlit": _("Booked here"), "ehr": _("Imported from the EHR")}
ACTOR: Words = {
    "patient": _("Patient"),
    "booker": _("Who booked"),
    "staff": _("Staff"),
    "system": _("Moonlit"),
    "vendor": _("Vendor"),
}
RELATIONSHIP: Words = {"self": _("Patient's own"), "spouse": _("Spouse's"), "child": _("Parent's"), "other": _("Other")}
SCOPE: Words = {
    "appointments": _("Appointments"),
    "appointments_and_billing": _("Appointments and billing"),
    "all": _("Everything"),
}
CONSENT: Words = {
    "terms": _("Terms"),
    "treatment": _("Treatment"),
    "privacy_notice": _("Privacy notice"),
    "telehealth": _("Video visits"),
    "financial_policy": _("Financial policy"),
    "assignment_of_benefits": _("Assignment of benefits"),
    "sms": _("Text messages"),
    "email": _("E-mail"),
}
CONSENT_STATE: Words = {
    "given": _("Given"),
    "to_be_signed": _("Still to be signed by the patient"),
    "refused": _("Refused"),
    "revoked": _("Taken back"),
}
BOOKER: Words = {
    "self": _("The patient"),
    "parent": _("Parent"),
    "guardian": _("Guardian"),
    "case_manager": _("Case manager"),
    "other": _("Somebody else"),
}
MESSAGES_TO: Words = {"patient": _("the patient"), "booker": _("who booked"), "both": _("the patient and who booked")}
LANGUAGE: Words = {"en": _("English"), "es": _("Spanish")}
WINDOW: Words = {"near": _("Next two weeks"), "whole": _("Whole horizon")}
SYNC_ERROR: Words = {
    "NotReached": _("The EHR could not be reached"),
    "Throttled": _("The EHR asked us to slow down"),
    "Retry": _("The EHR answered with an error"),
    "Rejected": _("The EHR refused the question"),
    "Unknown": _("The EHR's answer was unreadable"),
}
YES_NO: Words = {"True": _("yes"), "False": _("no")}
FIELD: Words = {
    "patient": _("Patient"),
    "insurances": _("Insurance"),
    "consents": _("Agreement"),
    "booked_by": _("Booked by"),
    "subscriber": _("subscriber"),
    "address": _("address"),
    "first_name": _("first name"),
    "last_name": _("last name"),
    "preferred_name": _("preferred name"),
    "date_of_birth": _("date of birth"),
    "sex": _("sex"),
    "email": _("e-mail"),
    "phone": _("phone"),
    "state": _("state"),
    "place_state": _("state"),
    "patient_state": _("state"),
    "language": _("language"),
    "interpreter_needed": _("interpreter needed"),
    "place_of_visit": _("place of the visit"),
    "payer": _("payer"),
    "plan": _("plan"),
    "member_id": _("member number"),
    "group_number": _("group number"),
    "relationship": _("relationship"),
    "kind": _("kind"),
    "version": _("version"),
    "granted": _("given"),
    "name": _("name"),
    "organization": _("organization"),
    "messages_to": _("messages to"),
    "visit_type": _("kind of visit"),
    "modality": _("by video or in person"),
    "location": _("location"),
    "self_pay": _("self-pay"),
    "visit_language": _("language of the visit"),
    "interpreter_accepted": _("accepts an interpreter"),
    "benefit": _("benefit"),
    "employer": _("employer"),
    "county": _("county"),
    "age": _("age"),
    "line1": _("street"),
    "city": _("city"),
    "zip": _("ZIP"),
}
MODALITY: Words = {"telehealth": _("by video"), "in_person": _("in person")}
PLACE_OF_VISIT: Words = {"home": _("at home"), "elsewhere": _("elsewhere"), "clinic": _("in the clinic")}
VALUE: Mapping[str, Words] = {
    "language": LANGUAGE,
    "visit_language": LANGUAGE,
    "kind": {**CONSENT, **BOOKER},
    "relationship": RELATIONSHIP,
    "messages_to": MESSAGES_TO,
    "modality": MODALITY,
    "place_of_visit": PLACE_OF_VISIT,
}
"""The words for a field's values, where they are a list of ours."""


def said(value: Any, table: Words) -> str:
    """The words for a value; the value itself, without underscores, when the table has none."""
    text = str(value)
    return str(table.get(text) or text.replace("_", " "))
