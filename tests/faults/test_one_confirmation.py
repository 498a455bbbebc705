"""Exactly one of the two tells the patient that a visit is booked: we, or the EHR (rules 6.2)."""

from datetime import date

import pytest
import time_machine

from moonlit.notifications.models import Message, Notice
from moonlit.platform.testing import run_pending
from moonlit.practice.models import Practice
from tests.faults.athena_seed import ADA

FRIDAY = date(2026, 3, 6)


@pytest.mark.parametrize(
    ("owners", "by_the_ehr", "by_us"),
    [
        ({}, "suppressed", 1),
        ({"confirmation": "moonlit"}, "suppressed", 1),
        ({"confirmation": "ehr"}, "mailed", 0),
        ({"confirmation": "none"}, "suppressed", 0),
    ],
)
def test_one_owner_speaks(athena, owners, by_the_ehr, by_us):
    Practice.objects.update(message_owners=owners)
    athena.open(ADA, FRIDAY, "09:00")
    athena.sync()
    with time_machine.travel(athena.clock(), tick=False):
        accepted = athena.book(FRIDAY, "09:00", ADA)
        athena.work(accepted)
        run_pending()
    (seen,) = athena.visits()
    sent = Message.objects.filter(kind="confirmation", channel="email", subject=str(accepted.appointment))
    assert (seen["status"], seen["confirmation"]) == ("f", by_the_ehr)
    assert sent.count() == by_us
    assert Notice.objects.get(kind="confirmation").outcome == ("promised" if by_us else "not_ours")
