"""Two windows, or a window and a move, at the same instant: what is told is kept, or refused, never lost."""

from functools import partial

import pytest

from moonlit.audit.actor import PUBLIC
from moonlit.booking.services import add_details
from moonlit.domain.consents import Signer
from moonlit.domain.refusals import Refused
from moonlit.people.inputs import AddedInput
from moonlit.people.models import AddedDetails, Insurance
from tests.support.together import at_once
from tests.support.visits import FRIDAY, booked, move, new_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def visit(scene):
    scene.open("71", FRIDAY, "08:00", "10:00")
    scene.sync()
    return booked(scene, "08:00")


def tell(scene, row, **given):
    return add_details(row.pk, AddedInput(**given), by=Signer.PATIENT, actor=PUBLIC, now=scene.clock())


def number_of(row):
    return Insurance.objects.get(appointment=row.pk, sequence=1).member_id


def test_windows_sent_at_once_each_have_their_version(scene, visit):
    answers = at_once(*[partial(tell, scene, visit, member_id=f"MX-{number}") for number in range(6)])
    assert not [answer for answer in answers if isinstance(answer, Exception)]
    told = list(AddedDetails.objects.order_by("version"))
    assert [row.version for row in told] == list(range(1, 7))
    assert {row.given["member_id"] for row in told} == {f"MX-{number}" for number in range(6)}
    assert number_of(visit) == told[-1].given["member_id"]


def test_what_is_told_while_a_move_begins_goes_along_or_is_refused(scene, visit):
    told, moved = at_once(partial(tell, scene, visit, member_id="MX-700"), partial(move, scene, visit, "10:00"))
    assert not isinstance(moved, Exception)
    refused = isinstance(told, Refused)
    assert refused or told == {"member_id"}
    assert number_of(new_of(visit)) == ("MX-100" if refused else "MX-700")
