from datetime import date
from itertools import combinations

import pytest

from moonlit.domain.coverage import Decision
from moonlit.domain.reasons import Reason
from moonlit.domain.refusals import (
    SENTENCES,
    RefusalCode,
    RefusalReason,
    Refused,
    refusal,
    refusal_code,
    refusal_reason,
)
from moonlit.domain.standing import Finding

NO = RefusalCode
SUCCESS = {Reason.DIRECT, Reason.GROUP, Reason.SUPERVISED, Reason.SELF_PAY}
OWN_CODE = ["LICENSE_MISSING", "LICENSE_EXPIRED", "AGE_NOT_SERVED", "NOTICE", "HORIZON"]
ABOUT_THE_PAYER = [
    "NO_CONTRACT",
    "CONTRACT_NOT_STARTED",
    "CONTRACT_ENDED",
    "CONTRACT_INACTIVE",
    "CREDENTIALING_IN_PROGRESS",
    "PAYER_NOT_CONTRACTED",
    "START_DATE_MISSING",
    "START_UNCONFIRMED",
    "STARTS_AFTER_THRESHOLD",
    "NOT_ON_ROSTER",
    "PAYER_REQUIRES_INDEPENDENT",
    "SUPERVISED_TERMS_MISSING",
    "NO_SUPERVISION",
    "SUPERVISION_NOT_STARTED",
    "SUPERVISION_ENDED",
    "SUPERVISOR_NOT_COVERED",
    "SUPERVISION_CAP",
]
STATUSES = {
    400: "malformed_json idempotency_key_missing",
    401: "unauthorized verification_required signature_invalid",
    403: "forbidden",
    404: "not_found",
    409: "slot_taken request_in_progress hold_limit late_change patient_overlap",
    410: "hold_expired",
    413: "body_too_large",
    415: "unsupported_media_type",
    422: "invalid_request code_invalid provider_not_bookable payer_not_bookable license_state age_not_served "
    "notice_too_short beyond_horizon range_too_long patient_invalid consent_missing idempotency_key_reused",
    429: "rate_limited",
}
"""The table of the public interface."""


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        (Reason.LICENSE_MISSING, NO.LICENSE_STATE),
        (Reason.LICENSE_EXPIRED, NO.LICENSE_STATE),
        (Reason.AGE_NOT_SERVED, NO.AGE_NOT_SERVED),
        (Reason.NOTICE, NO.NOTICE_TOO_SHORT),
        (Reason.HORIZON, NO.BEYOND_HORIZON),
        (Reason.NO_CONTRACT, NO.PAYER_NOT_BOOKABLE),
        (Reason.STARTS_AFTER_THRESHOLD, NO.PAYER_NOT_BOOKABLE),
        (Reason.SUPERVISION_CAP, NO.PAYER_NOT_BOOKABLE),
        (Reason.ABSENT, NO.PROVIDER_NOT_BOOKABLE),
        (Reason.NOT_OPEN, NO.PROVIDER_NOT_BOOKABLE),
        (Reason.WEEKLY_CAP, NO.PROVIDER_NOT_BOOKABLE),
        (Reason.CLOSED, NO.PROVIDER_NOT_BOOKABLE),
    ],
)
def test_each_reason_has_its_code(reason, code):
    assert refusal_code([reason], payer_bookable=False) is code


def test_where_another_provider_is_covered_the_provider_is_the_trouble():
    assert refusal_code([Reason.NO_CONTRACT], payer_bookable=True) is NO.PROVIDER_NOT_BOOKABLE


@pytest.mark.parametrize(
    ("reasons", "code"),
    [
        ([Reason.NO_CONTRACT, Reason.LICENSE_MISSING], NO.LICENSE_STATE),
        ([Reason.ABSENT, Reason.NO_CONTRACT], NO.PAYER_NOT_BOOKABLE),
        ([Reason.AGE_NOT_SERVED, Reason.NOTICE], NO.NOTICE_TOO_SHORT),
        ([Reason.HORIZON, Reason.NO_CONTRACT], NO.BEYOND_HORIZON),
    ],
)
def test_of_several_codes_the_most_telling_is_given(reasons, code):
    assert refusal_code(reasons, payer_bookable=False) is code
    assert refusal_code(reversed(reasons), payer_bookable=False) is code


def test_a_refusal_carries_all_reasons_and_speaks_of_the_foremost():
    ended = date(2026, 1, 31)
    decisions = [
        Decision(ok=False, reasons=(Finding(Reason.ABSENT, 1), Finding(Reason.LICENSE_EXPIRED, 1, ended))),
        Decision(ok=False, reasons=(Finding(Reason.ABSENT, 1), Finding(Reason.NO_CONTRACT, 2))),
        Decision(ok=True, reasons=(Finding(Reason.DIRECT, 3),)),
    ]
    refused = refusal(decisions, payer_bookable=True)
    assert isinstance(refused, Refused)
    assert (refused.code, refused.detail) == (NO.LICENSE_STATE, SENTENCES[Reason.LICENSE_EXPIRED])
    assert [(each.code, each.provider, each.date) for each in refused.reasons] == [
        ("absent", 1, None),
        ("license_expired", 1, ended),
        ("no_contract", 2, None),
    ]


def test_a_yes_is_no_refusal():
    with pytest.raises(ValueError, match="nothing was refused"):
        refusal([Decision(ok=True, reasons=(Finding(Reason.DIRECT, 1),))], payer_bookable=True)


def test_each_reason_has_a_sentence_and_each_code_a_status():
    assert set(SENTENCES) == set(Reason)
    assert {code.value: code.status for code in RefusalCode} == {
        word: status for status, words in STATUSES.items() for word in words.split()
    }
    assert NO("slot_taken") is NO.SLOT_TAKEN


def test_every_other_reason_is_a_matter_of_the_payer_or_of_the_provider():
    for reason in set(Reason) - SUCCESS - {Reason[name] for name in OWN_CODE}:
        payers = reason.name in ABOUT_THE_PAYER
        expected = NO.PAYER_NOT_BOOKABLE if payers else NO.PROVIDER_NOT_BOOKABLE
        assert refusal_code([reason], payer_bookable=False) is expected, reason


def test_the_codes_come_before_each_other_in_one_fixed_order():
    order = ["notice", "horizon", "license_missing", "age_not_served", "no_contract", "absent"]
    for earlier, later in combinations([Reason(word) for word in order], 2):
        alone = refusal_code([earlier], payer_bookable=False)
        assert refusal_code([later, earlier], payer_bookable=False) is alone


def test_a_reason_names_its_field_and_speaks_in_its_own_words():
    reason = refusal_reason(Finding(Reason.AGE_NOT_SERVED, 7), field="criteria.age")
    assert reason == RefusalReason("age_not_served", SENTENCES[Reason.AGE_NOT_SERVED], "criteria.age", 7)


def test_a_payer_without_any_provider_is_refused_as_a_payer():
    refused = refusal([Decision(ok=False, reasons=(Finding(Reason.NO_CONTRACT, 1),))], payer_bookable=False)
    assert refused.code is NO.PAYER_NOT_BOOKABLE
    assert str(refused) == refused.detail == SENTENCES[Reason.NO_CONTRACT]


def test_without_any_reason_it_is_this_provider():
    assert refusal_code([], payer_bookable=False) is NO.PROVIDER_NOT_BOOKABLE
