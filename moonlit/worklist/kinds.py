"""What a task can be about, who does it, how it can end (rules 7)."""

from django.db.models import TextChoices


class Team(TextChoices):
    FRONT_DESK = "front_desk", "Front desk"
    BILLING = "billing", "Billing"
    CREDENTIALING = "credentialing", "Credentialing"
    CLINICAL = "clinical", "Clinical"
    TECHNICAL = "technical", "Technical"


class TaskKind(TextChoices):
    # contracts (rules 1)
    START_DATE_MISSING = "start_date_missing", "Contract without a start date"
    START_UNCONFIRMED = "start_unconfirmed", "Contract start not confirmed"
    BENEFIT_PAYER_UNCLEAR = "benefit_payer_unclear", "Behavioral benefit: payer not certain"
    INTERPRETER_NEEDED = "interpreter_needed", "Interpreter needed for a visit"

    # the EHR (rules 3, 13)
    TEMPLATE_CHANGED = "template_changed", "Schedule template changed in the EHR"
    ZONE_MISMATCH = "zone_mismatch", "Department's time zone differs from ours"
    EHR_REFUSED_PATIENT = "ehr_refused_patient", "The EHR refused the patient's details"
    EHR_NAME_TOO_LONG = "ehr_name_too_long", "Name does not fit the EHR"

    # booking (rules 4)
    BOOKING_STUCK = "booking_stuck", "Booking not confirmed by the EHR for 15 minutes"
    PENDING_TOO_LONG = "pending_too_long", "Call: booking still not confirmed"
    NOT_BOOKED_CALL = "not_booked_call", "Call: the requested visit could not be booked"
    WRITE_SUPERVISION_FAILED = "write_supervision_failed", "Supervising provider not written to the EHR"
    INSURANCE_NOT_WRITTEN = "insurance_not_written", "Insurance not written to the chart"
    IDENTITY_REVIEW = "identity_review", "Check who the patient is"
    IDENTITY_UNVERIFIED = "identity_unverified", "Booked on a chart that may be another person's"
    PATIENT_OVERLAP = "patient_overlap", "Patient may hold two visits"
    ESTABLISHED_BOOKED_AS_NEW = "established_booked_as_new", "Established patient booked as new"
    RESTRICTED_PATIENT = "restricted_patient", "Request from a patient with a scheduling restriction"
    GOOD_FAITH_ESTIMATE = "good_faith_estimate", "Send a good faith estimate"
    CANCEL_FAILED = "cancel_failed", "Cancelled by the patient, still booked in the EHR"
    MOVE_FAILED = "move_failed", "Moved by the patient, old visit still booked in the EHR"
    MOVE_REQUESTED = "move_requested", "Patient asks to move a visit"
    DETAILS_NOT_WRITTEN = "details_not_written", "Address or sex from the patient not written to the chart"
    PRIVACY_NOT_WRITTEN = "privacy_not_written", "Signed forms not written to the chart"
    NOTE_NOT_WRITTEN = "note_not_written", "Patient's note not written to the visit in the EHR"
    NOT_READY = "not_ready", "Visit within 48 hours is not ready"
    JOIN_LINK_MISSING = "join_link_missing", "Video visit today without a link to join"

    # what changed under a booked visit (rules 4.14, 5)
    COVERAGE_PROPOSAL = "coverage_proposal", "Another way to bill a booked visit"
    COVERAGE_LOST = "coverage_lost", "Booked visit is no longer covered"
    COVERAGE_PAST = "coverage_past", "Coverage changed for visits already held"
    IMPORT_BREAKS_RULE = "import_breaks_rule", "Visit made in the EHR breaks a rule"
    VISIT_DIFFERS = "visit_differs", "Visit in the EHR differs from ours"
    FEED_FAILED = "feed_failed", "Changes from the EHR do not arrive"
    SLOT_LEFT_FROZEN = "slot_left_frozen", "Time left frozen in the EHR"

    # messages (rules 6)
    MESSAGE_FAILED = "message_failed", "Message could not be delivered"
    CONTACT_BOUNCED = "contact_bounced", "E-mail address or phone number does not work"
    STOP_OR_CANCEL = "stop_or_cancel", "Stopped texts near a visit: was the visit meant?"
    REPLY_TO_READ = "reply_to_read", "Somebody answered a text message"

    # leads (rules 8)
    LEAD_FOLLOW_UP = "lead_follow_up", "Follow up with a lead"
    LEAD_MATCH = "lead_match", "Is this visit the lead's?"


class TaskOutcome(TextChoices):
    DONE = "done", "Done"
    REACHED = "reached", "Patient reached"
    NOT_REACHED = "not_reached", "Patient not reached"
    NOT_NEEDED = "not_needed", "No longer needed"
    CONDITION_GONE = "condition_gone", "Closed by itself"
