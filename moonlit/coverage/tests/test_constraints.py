"""What the database itself refuses, whoever writes."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from moonlit.coverage.models import Payer, ProviderPayer, Supervision
from moonlit.practice.models import Location, Provider, VisitType

pytestmark = pytest.mark.django_db

START = date(2026, 1, 1)
A_DAY = timedelta(days=1)


@pytest.fixture
def provider():
    return Provider.objects.create(
        npi="2000000101", first_name="Marisol", last_name="Quintero-Hale", profession="attending_physician"
    )


@pytest.fixture
def payer():
    return Payer.objects.create(code="regence", name="Regence", type="commercial", state="UT")


def refused(make) -> bool:
    try:
        with transaction.atomic():
            make()
    except IntegrityError:
        return True
    return False


@pytest.mark.parametrize(
    ("starts", "ends", "is_refused"),
    [
        (START + 10 * A_DAY, None, False),
        (START + 9 * A_DAY, None, True),
        (START - 5 * A_DAY, START, True),
        (START - 5 * A_DAY, START - A_DAY, False),
        (START + 2 * A_DAY, START + 3 * A_DAY, True),
        (START + 2 * A_DAY, START + A_DAY, False),  # withdrawn before it began: no day at all
        (None, None, False),
    ],
)
def test_contracts_of_one_pair_never_share_a_day(provider, payer, starts, ends, is_refused):
    pair = {"provider": provider, "payer": payer, "status": "active"}
    ProviderPayer.objects.create(**pair, effective_date=START, end_date=START + 9 * A_DAY)
    make = lambda: ProviderPayer.objects.create(**pair, effective_date=starts, end_date=ends)  # noqa: E731
    assert refused(make) is is_refused


def test_contracts_of_other_pairs_may_share_days(provider, payer):
    other = Payer.objects.create(code="aetna", name="Aetna", type="commercial", state="UT")
    for each in (payer, other):
        ProviderPayer.objects.create(provider=provider, payer=each, status="active", effective_date=START)
    assert ProviderPayer.objects.count() == 2


def test_one_undated_contract_of_a_pair_is_enough(provider, payer):
    make = lambda: ProviderPayer.objects.create(provider=provider, payer=payer, status="active")  # noqa: E731
    make()
    assert refused(make)


def test_nobody_supervises_oneself(provider):
    assert refused(lambda: Supervision.objects.create(supervisor=provider, supervisee=provider, starts=START))


def test_a_contract_does_not_end_before_it_starts(provider, payer):
    wrong = {"effective_date": START, "end_date": START - 2 * A_DAY}
    assert refused(lambda: ProviderPayer.objects.create(provider=provider, payer=payer, status="active", **wrong))


@pytest.mark.parametrize(
    "make",
    [
        lambda: Payer.objects.create(code="x", name="X", type="private", state="UT"),
        lambda: Payer.objects.create(code="x", name="X", type="commercial", state="UT", practice_status="maybe"),
        lambda: Location.objects.create(code="x", name="X", kind="ship", time_zone="UTC"),
        lambda: Provider.objects.create(npi="1", first_name="A", last_name="B", profession="wizard"),
        lambda: VisitType.objects.create(
            code="x", name={}, family="x", minutes=0, new_patient=True, modalities=["telehealth"]
        ),
        lambda: VisitType.objects.create(
            code="x", name={}, family="x", minutes=5, new_patient=True, modalities=["fax"]
        ),
    ],
    ids=["payer type", "practice status", "location kind", "profession", "no minutes", "modality"],
)
def test_a_word_the_code_does_not_know_is_refused(make):
    assert refused(make)
