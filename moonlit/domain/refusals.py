"""How the program says no: stable codes of the public interface, with the reasons of the decision behind them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date as calendar_date
from enum import StrEnum
from typing import Self

from moonlit.domain.coverage import Decision
from moonlit.domain.reasons import Reason
from moonlit.domain.standing import Finding


class RefusalCode(StrEnum):
    """The codes of the interface; `status` is the HTTP status that goes with each."""

    status: int

    def __new__(cls, value: str, status: int) -> Self:
        member = str.__new__(cls, value)
        member._value_ = value
        member.status = status
        return member

    MALFORMED_JSON = "malformed_json", 400
    IDEMPOTENCY_KEY_MISSING = "idempotency_key_missing", 400
    INVALID_REQUEST = "invalid_request", 422
    BODY_TOO_LARGE = "body_too_large", 413
    UNSUPPORTED_MEDIA_TYPE = "unsupported_media_type", 415
    UNAUTHORIZED = "unauthorized", 401
    VERIFICATION_REQUIRED = "verification_required", 401
    CODE_INVALID = "code_invalid", 422
    SIGNATURE_INVALID = "signature_invalid", 401
    FORBIDDEN = "forbidden", 403
    NOT_FOUND = "not_found", 404
    SLOT_TAKEN = "slot_taken", 409
    REQUEST_IN_PROGRESS = "request_in_progress", 409
    HOLD_LIMIT = "hold_limit", 409
    HOLD_EXPIRED = "hold_expired", 410
    LATE_CHANGE = "late_change", 409
    PATIENT_OVERLAP = "patient_overlap", 409
    PROVIDER_NOT_BOOKABLE = "provider_not_bookable", 422
    PAYER_NOT_BOOKABLE = "payer_not_bookable", 422
    LICENSE_STATE = "license_state", 422
    AGE_NOT_SERVED = "age_not_served", 422
    NOTICE_TOO_SHORT = "notice_too_short", 422
    BEYOND_HORIZON = "beyond_horizon", 422
    RANGE_TOO_LONG = "range_too_long", 422
    PATIENT_INVALID = "patient_invalid", 422
    CONSENT_MISSING = "consent_missing", 422
    IDEMPOTENCY_KEY_REUSED = "idempotency_key_reused", 422
    RATE_LIMITED = "rate_limited", 429


@dataclass(frozen=True, slots=True)
class RefusalReason:
    """One entry of `reasons` in a problem document. `provider` is our id, never a name."""

    code: str
    detail: str
    field: str | None = None
    provider: int | None = None
    date: calendar_date | None = None


class Refused(Exception):  # noqa: N818 - a refusal is an answer, not an error of the program
    """A request that may not be carried out; nothing was written. `detail` is a sentence without patient data."""

    def __init__(self, code: RefusalCode, detail: str, reasons: Iterable[RefusalReason] = ()) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.reasons = tuple(reasons)


SENTENCES: dict[Reason, str] = {
    Reason.DIRECT: "The provider's own contract covers the visit.",
    Reason.GROUP: "The practice's group contract covers the visit.",
    Reason.SUPERVISED: "The visit is possible under supervision.",
    Reason.SELF_PAY: "The visit is paid by the patient.",
    Reason.NO_CONTRACT: "There is no contract with this payer.",
    Reason.CONTRACT_NOT_STARTED: "The contract starts later.",
    Reason.CONTRACT_ENDED: "The contract has ended by then.",
    Reason.CONTRACT_INACTIVE: "The contract is inactive.",
    Reason.CREDENTIALING_IN_PROGRESS: "Credentialing with this payer is still in progress.",
    Reason.PAYER_NOT_CONTRACTED: "The practice has no contract with this payer.",
    Reason.START_DATE_MISSING: "The contract's start date is not known yet.",
    Reason.START_UNCONFIRMED: "The contract's start date is not confirmed yet.",
    Reason.STARTS_AFTER_THRESHOLD: "The start with this payer is too far ahead to book now.",
    Reason.NOT_ON_ROSTER: "The provider is not on the group contract's roster.",
    Reason.PAYER_REQUIRES_INDEPENDENT: "This insurance works only with a provider who can bill independently.",
    Reason.SUPERVISED_TERMS_MISSING: "The payer's terms do not allow this supervised visit.",
    Reason.NO_SUPERVISION: "The provider has no supervisor for this payer.",
    Reason.SUPERVISION_NOT_STARTED: "The supervision starts later.",
    Reason.SUPERVISION_ENDED: "The supervision has ended by then.",
    Reason.SUPERVISOR_NOT_COVERED: "The supervisor has no contract of his own with this payer.",
    Reason.SUPERVISION_CAP: "The supervisor already supervises as many as he may.",
    Reason.LICENSE_MISSING: "There is no licence for the state of the visit.",
    Reason.LICENSE_EXPIRED: "The licence for the state of the visit has expired by then.",
    Reason.PROVIDER_NOT_ENGAGED: "The provider does not work here on that day.",
    Reason.ABSENT: "The provider is away on that day.",
    Reason.NOT_BOOKABLE: "The provider cannot be booked.",
    Reason.EHR_UNMAPPED: "The visit cannot be written to the health record system yet.",
    Reason.NOT_ACCEPTING_NEW: "The provider takes no new patients.",
    Reason.SERVICE_NOT_OFFERED: "The provider does not offer this kind of visit there.",
    Reason.MODALITY_NOT_OFFERED: "The visit is not offered in this form (video or in person).",
    Reason.LOCATION_NOT_OFFERED: "The provider does not see patients at this location.",
    Reason.AGE_NOT_SERVED: "Patients of this age are not seen.",
    Reason.LANGUAGE_NOT_SPOKEN: "The provider does not hold visits in this language.",
    Reason.ENDS_SOON: "The provider could not continue care after a first visit.",
    Reason.WEEKLY_CAP: "The provider's places for new patients are taken that week.",
    Reason.DAILY_CAP: "The provider's places are taken that day.",
    Reason.NOTICE: "The time is too near.",
    Reason.HORIZON: "The time is too far ahead.",
    Reason.CLOSED: "The location is closed on that day.",
    Reason.NOT_OPEN: "This time is not open.",
}

_CODES: dict[Reason, RefusalCode] = {
    Reason.LICENSE_MISSING: RefusalCode.LICENSE_STATE,
    Reason.LICENSE_EXPIRED: RefusalCode.LICENSE_STATE,
    Reason.AGE_NOT_SERVED: RefusalCode.AGE_NOT_SERVED,
    Reason.NOTICE: RefusalCode.NOTICE_TOO_SHORT,
    Reason.HORIZON: RefusalCode.BEYOND_HORIZON,
    **dict.fromkeys(
        (
            Reason.NO_CONTRACT,
            Reason.CONTRACT_NOT_STARTED,
            Reason.CONTRACT_ENDED,
            Reason.CONTRACT_INACTIVE,
            Reason.CREDENTIALING_IN_PROGRESS,
            Reason.PAYER_NOT_CONTRACTED,
            Reason.START_DATE_MISSING,
            Reason.START_UNCONFIRMED,
            Reason.STARTS_AFTER_THRESHOLD,
            Reason.NOT_ON_ROSTER,
            Reason.PAYER_REQUIRES_INDEPENDENT,
            Reason.SUPERVISED_TERMS_MISSING,
            Reason.NO_SUPERVISION,
            Reason.SUPERVISION_NOT_STARTED,
            Reason.SUPERVISION_ENDED,
            Reason.SUPERVISOR_NOT_COVERED,
            Reason.SUPERVISION_CAP,
        ),
        RefusalCode.PAYER_NOT_BOOKABLE,
    ),
}

_PRECEDENCE = (
    RefusalCode.NOTICE_TOO_SHORT,
    RefusalCode.BEYOND_HORIZON,
    RefusalCode.LICENSE_STATE,
    RefusalCode.AGE_NOT_SERVED,
    RefusalCode.PAYER_NOT_BOOKABLE,
    RefusalCode.PROVIDER_NOT_BOOKABLE,
)
"""When several fit, the one that says most about what to do next: another time, another payer, another provider."""


def refusal_code(reasons: Iterable[Reason], *, payer_bookable: bool) -> RefusalCode:
    """The one code for a list of reasons. `payer_bookable`: somebody else may be seen under this payer.

    Then the lack of a contract is a matter of this provider, and another provider is the way out.
    """
    code = _foremost(reasons)
    if code is RefusalCode.PAYER_NOT_BOOKABLE and payer_bookable:
        return RefusalCode.PROVIDER_NOT_BOOKABLE
    return code


def refusal_reason(finding: Finding, *, field: str | None = None) -> RefusalReason:
    """A finding in the words of a problem document."""
    return RefusalReason(
        code=finding.reason.value,
        detail=SENTENCES[finding.reason],
        field=field,
        provider=finding.provider,
        date=finding.on,
    )


def refusal(decisions: Iterable[Decision], *, payer_bookable: bool) -> Refused:
    """The refusal for a decision that said no, or for those of every provider tried. To be raised by the caller.

    Raises ValueError when there is no reason to refuse.
    """
    findings = tuple(dict.fromkeys(each for decision in decisions if not decision.ok for each in decision.reasons))
    if not findings:
        raise ValueError("nothing was refused")
    reasons = [finding.reason for finding in findings]
    foremost = _foremost(reasons)
    detail = next(SENTENCES[reason] for reason in reasons if _code_of(reason) is foremost)
    return Refused(refusal_code(reasons, payer_bookable=payer_bookable), detail, map(refusal_reason, findings))


def _code_of(reason: Reason) -> RefusalCode:
    return _CODES.get(reason, RefusalCode.PROVIDER_NOT_BOOKABLE)


def _foremost(reasons: Iterable[Reason]) -> RefusalCode:
    found = {_code_of(reason) for reason in reasons}
    return next((code for code in _PRECEDENCE if code in found), RefusalCode.PROVIDER_NOT_BOOKABLE)
