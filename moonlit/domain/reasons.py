"""The words of the coverage decision: why a visit can be booked, why not, and what the patient gets instead.

Every value is the word of the public interface and of the stored snapshot; none is ever renamed.
"""

from enum import StrEnum


class Reason(StrEnum):
    """Why (not), rules 1. The first four explain a yes, the rest a no."""

    DIRECT = "direct"
    GROUP = "group"
    SUPERVISED = "supervised"
    SELF_PAY = "self_pay"

    NO_CONTRACT = "no_contract"
    CONTRACT_NOT_STARTED = "contract_not_started"
    CONTRACT_ENDED = "contract_ended"
    CONTRACT_INACTIVE = "contract_inactive"
    CREDENTIALING_IN_PROGRESS = "credentialing_in_progress"
    PAYER_NOT_CONTRACTED = "payer_not_contracted"
    START_DATE_MISSING = "start_date_missing"
    START_UNCONFIRMED = "start_unconfirmed"
    STARTS_AFTER_THRESHOLD = "starts_after_threshold"
    NOT_ON_ROSTER = "not_on_roster"
    PAYER_REQUIRES_INDEPENDENT = "payer_requires_independent"
    SUPERVISED_TERMS_MISSING = "supervised_terms_missing"
    NO_SUPERVISION = "no_supervision"
    SUPERVISION_NOT_STARTED = "supervision_not_started"
    SUPERVISION_ENDED = "supervision_ended"
    SUPERVISOR_NOT_COVERED = "supervisor_not_covered"
    SUPERVISION_CAP = "supervision_cap"
    LICENSE_MISSING = "license_missing"
    LICENSE_EXPIRED = "license_expired"
    PROVIDER_NOT_ENGAGED = "provider_not_engaged"
    ABSENT = "absent"
    NOT_BOOKABLE = "not_bookable"
    EHR_UNMAPPED = "ehr_unmapped"
    NOT_ACCEPTING_NEW = "not_accepting_new"
    SERVICE_NOT_OFFERED = "service_not_offered"
    MODALITY_NOT_OFFERED = "modality_not_offered"
    LOCATION_NOT_OFFERED = "location_not_offered"
    AGE_NOT_SERVED = "age_not_served"
    LANGUAGE_NOT_SPOKEN = "language_not_spoken"
    ENDS_SOON = "ends_soon"
    WEEKLY_CAP = "weekly_cap"
    DAILY_CAP = "daily_cap"
    NOTICE = "notice"
    HORIZON = "horizon"
    CLOSED = "closed"
    NOT_OPEN = "not_open"


class Route(StrEnum):
    """How the visit is paid for. A group contract is a direct route; its reason is `group`."""

    DIRECT = "direct"
    SUPERVISED = "supervised"
    SELF_PAY = "self_pay"


class Outcome(StrEnum):
    """What a patient who picks a payer gets (rules 2)."""

    BOOKABLE = "bookable"
    BOOKABLE_FROM = "bookable_from"
    NO_TIMES = "no_times"
    LEAD = "lead"


class LeadReason(StrEnum):
    """Why we take a lead instead of a booking (rules 2)."""

    EFFECTIVE_DATE_OVER_30_DAYS = "effective_date_over_30_days"
    EFFECTIVE_DATE_UNKNOWN = "effective_date_unknown"
    CREDENTIALING_IN_PROGRESS = "credentialing_in_progress"
    OUT_OF_NETWORK = "out_of_network"
    NO_PROVIDER_AVAILABLE = "no_provider_available"
    LANGUAGE_REQUEST = "language_request"
    MINOR = "minor"
    NO_TIMES_AVAILABLE = "no_times_available"
    NOTIFY_WHEN_OPEN = "notify_when_open"
    PAYER_UNLISTED = "payer_unlisted"
    PAYER_UNCLEAR = "payer_unclear"
    RETURNING_PATIENT = "returning_patient"


class Flag(StrEnum):
    """What a bookable answer still carries with it."""

    BEHAVIORAL_PAYER_UNVERIFIED = "behavioral_payer_unverified"
    """Rules 1.11: we do not know which payer carries the benefit, but every possible one is bookable."""
    REMOTE_INTERPRETER = "remote_interpreter"
    """Rules 1.14: nobody speaks the visit language; staff arrange an interpreter (a task)."""


class DataQuality(StrEnum):
    """Something in the practice's data a person should put right; never shown to patients."""

    START_DATE_MISSING = "start_date_missing"
    START_UNCONFIRMED = "start_unconfirmed"
    SEVERAL_SUPERVISORS = "several_supervisors"
    """Rules 1.5: more than one supervisor is valid for the visit."""
    TRAINEE_RENDERS = "trainee_renders"
    """The payer wants an independent rendering provider, the supervised terms name the trainee."""


class ClaimMode(StrEnum):
    """Who renders on a supervised claim (rules 1.6)."""

    ATTENDING_RENDERING = "attending_rendering"
    TRAINEE_RENDERING_ATTENDING_SUPERVISING = "trainee_rendering_attending_supervising"


class Presence(StrEnum):
    """How near the supervisor must be; only `co_visit` blocks the supervisor's calendar (rules 1.6)."""

    SIGN_OFF = "sign_off"
    REACHABLE = "reachable"
    ON_SITE = "on_site"
    CO_VISIT = "co_visit"


class Modality(StrEnum):
    TELEHEALTH = "telehealth"
    IN_PERSON = "in_person"


class LocationKind(StrEnum):
    TELEHEALTH = "telehealth"
    CLINIC = "clinic"


class Profession(StrEnum):
    """Shown to patients, never consulted by the decision (rules 1.1)."""

    ATTENDING_PHYSICIAN = "attending_physician"
    RESIDENT_PHYSICIAN = "resident_physician"
    PSYCHOLOGIST = "psychologist"
    CLINICAL_SOCIAL_WORKER = "clinical_social_worker"
    NURSE = "nurse"


class PayerType(StrEnum):
    COMMERCIAL = "commercial"
    MEDICAID = "medicaid"
    EXCHANGE = "exchange"
    MEDICARE = "medicare"
    MILITARY = "military"
    EAP = "eap"
    NETWORK_RENTAL = "network_rental"


class PayerStatus(StrEnum):
    """Where the practice itself stands with a payer (rules 1.1)."""

    APPROVED = "approved"
    IN_PROGRESS = "in_progress"
    DENIED = "denied"


class ContractStatus(StrEnum):
    """Where one provider stands with a payer."""

    ACTIVE = "active"
    CREDENTIALING_IN_PROGRESS = "credentialing_in_progress"
    INACTIVE = "inactive"
