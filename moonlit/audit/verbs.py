"""Everything the audit log can say: area:object:verb. One list, so that a reader of the log knows all of it."""

from enum import StrEnum


class Verb(StrEnum):
    # practice and coverage
    PRACTICE_LOADED = "practice:file:loaded"
    PRACTICE_LOAD_REFUSED = "practice:file:refused"
    PRACTICE_CHANGED = "practice:setup:changed"
    COVERAGE_CHANGED = "coverage:contract:changed"
    PHOTO_SET = "practice:photo:set"
    PHOTO_REMOVED = "practice:photo:removed"

    # booking
    HOLD_PLACED = "booking:hold:placed"
    HOLD_EXTENDED = "booking:hold:extended"
    HOLD_RELEASED = "booking:hold:released"
    HOLD_EXPIRED = "booking:hold:expired"
    BOOKING_REQUESTED = "booking:appointment:requested"
    BOOKING_SUBMITTED = "booking:appointment:submitted"
    BOOKING_UNKNOWN = "booking:appointment:unknown"
    BOOKING_CONFIRMED = "booking:appointment:booked"
    BOOKING_LOST = "booking:appointment:lost"
    BOOKING_FAILED = "booking:appointment:failed"
    BOOKING_REASSIGNED = "booking:appointment:reassigned"
    BOOKING_CANCELLED = "booking:appointment:cancelled"
    BOOKING_LATE_CANCELLED = "booking:appointment:late_cancelled"
    BOOKING_MOVED = "booking:appointment:moved"
    BOOKING_CHECKED_IN = "booking:appointment:checked_in"
    BOOKING_COMPLETED = "booking:appointment:completed"
    BOOKING_NO_SHOW = "booking:appointment:no_show"
    BOOKING_WITHDRAWN = "booking:appointment:withdrawn"
    BOOKING_IMPORTED = "booking:appointment:imported"
    BOOKING_FOLLOWED = "booking:appointment:followed"
    """The EHR changed time, place or people of a visit of ours."""
    BOOKING_FINISHED = "booking:appointment:finished"
    """Staff entered the EHR's id of a pending visit."""
    BOOKING_REDECIDED = "booking:appointment:redecided"
    CHANGE_ASKED = "booking:change:asked"
    CHANGE_ABANDONED = "booking:change:abandoned"
    CODE_REQUESTED = "booking:code:requested"
    CODE_REFUSED = "booking:code:refused"
    SESSION_OPENED = "booking:session:opened"
    INSURANCE_WRITTEN = "booking:insurance:written"
    PRIVACY_WRITTEN = "booking:privacy:written"
    NOTE_WRITTEN = "booking:note:written"
    DETAILS_WRITTEN = "booking:details:written"
    CHART_WRITE_ASKED = "booking:chart:write_asked"
    """Staff had what was stopped tried again."""
    BOOKING_LISTED = "booking:appointment:listed"
    SUPERVISION_WRITTEN = "booking:supervision:written"
    SUPERVISION_FAILED = "booking:supervision:failed"
    LINK_MINTED = "booking:link:minted"
    LINK_REVOKED = "booking:link:revoked"

    # people
    PATIENT_CREATED = "people:patient:created"
    PATIENT_MATCHED = "people:patient:matched"
    PATIENT_CHANGED = "people:patient:changed"
    PATIENT_READ = "people:patient:read"
    CONSENT_RECORDED = "people:consent:recorded"
    DETAILS_ADDED = "people:details:added"
    """Through the link of a visit: which details, never what they say."""
    INSURANCE_VERIFIED = "people:insurance:verified"
    RESTRICTION_ADDED = "people:restriction:added"
    RESTRICTION_ENDED = "people:restriction:ended"
    RESTRICTION_LIFTED = "people:restriction:lifted"
    """For one visit; the restriction stays."""
    CHART_MERGED = "people:chart:merged"

    # leads
    LEAD_CREATED = "leads:lead:created"
    LEAD_MERGED = "leads:lead:merged"
    LEAD_READ = "leads:lead:read"
    LEAD_LISTED = "leads:lead:listed"
    LEAD_CONTACTED = "leads:lead:contacted"
    LEAD_CLOSED = "leads:lead:closed"

    # messages
    MESSAGE_SENT = "messages:message:sent"
    MESSAGE_FAILED = "messages:message:failed"
    MESSAGE_DELIVERED = "messages:message:delivered"
    MESSAGE_WITHHELD = "messages:message:withheld"
    WEBHOOK_RECEIVED = "messages:webhook:received"
    WEBHOOK_REFUSED = "messages:webhook:refused"

    # tasks
    TASK_OPENED = "worklist:task:opened"
    TASK_CLOSED = "worklist:task:closed"
    TASK_LISTED = "worklist:task:listed"

    # staff
    STAFF_CREATED = "staff:user:created"
    STAFF_SIGNED_IN = "staff:session:opened"
    STAFF_SIGN_IN_FAILED = "staff:session:refused"
    STAFF_SIGNED_OUT = "staff:session:closed"
    STAFF_SESSION_ENDED = "staff:session:expired"
    STAFF_FACTOR_ADDED = "staff:factor:added"
    STAFF_DENIED = "staff:access:denied"

    # data leaving the program
    EXPORT_MADE = "export:file:made"
