"""Many guesses at once: five tries are five, and one code opens one session."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, time
from threading import Barrier

import pytest
from django.db import connection, connections

from moonlit.audit.actor import PUBLIC
from moonlit.booking.models import ManageSession, OneTimeCode
from moonlit.booking.services import Session, codes, mint_code, request_booking, request_code, verify_code
from moonlit.domain.refusals import RefusalCode, Refused
from moonlit.domain.zones import first_instant
from tests.support.people import a_request
from tests.support.scene import DENVER

pytestmark = pytest.mark.django_db(transaction=True)
FRIDAY = date(2026, 3, 6)
RIVALS = 8


@pytest.fixture
def code(scene):
    """A link, and the code that was sent for it."""
    scene.open("71", FRIDAY, "09:00")
    scene.sync()
    wanted = a_request(first_instant(FRIDAY, time(9), DENVER), now=scene.clock())
    token = request_booking(wanted, actor=PUBLIC, now=scene.clock()).manage_token
    request_code(token, "email", actor=PUBLIC, now=scene.clock())
    return token, mint_code(OneTimeCode.objects.get().pk, now=scene.clock())


def at_once(work, each):
    start = Barrier(len(each))

    def run(argument):
        try:
            connection.ensure_connection()
            start.wait(30)
            return work(argument)
        except Refused as refused:
            return refused.code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(each)) as pool:
        return list(pool.map(run, each))


def guess_with(token, scene):
    return lambda code: verify_code(token, code, actor=PUBLIC, now=scene.clock())


@pytest.mark.parametrize("locked", [True, False])
def test_of_eight_guesses_at_once_five_are_judged_and_the_code_is_dead(code, scene, monkeypatch, locked):
    """The count itself holds, also where nothing makes the guesses queue."""
    token, right = code
    if not locked:
        monkeypatch.setattr(codes, "_living_and_locked", codes.living_link)
    wrong = [f"{(int(right) + number) % 1_000_000:06}" for number in range(1, RIVALS + 1)]
    assert set(at_once(guess_with(token, scene), wrong)) == {RefusalCode.CODE_INVALID}
    assert OneTimeCode.objects.get().tries == codes.MOST_TRIES
    with pytest.raises(Refused):
        guess_with(token, scene)(right)
    assert not ManageSession.objects.exists()


@pytest.mark.parametrize("locked", [True, False])
def test_of_eight_who_know_the_code_one_gets_a_session(code, scene, monkeypatch, locked):
    token, right = code
    if not locked:
        monkeypatch.setattr(codes, "_living_and_locked", codes.living_link)
    answers = at_once(guess_with(token, scene), [right] * RIVALS)
    assert sum(isinstance(answer, Session) for answer in answers) == 1
    assert ManageSession.objects.count() == 1


def test_of_eight_requests_at_once_as_many_are_sent_as_the_limit_allows_and_one_code_lives(code, scene):
    token, _ = code
    at_once(lambda channel: request_code(token, channel, actor=PUBLIC, now=scene.clock()), ["sms"] * RIVALS)
    assert OneTimeCode.objects.count() == codes.LINK_LIMIT[0]
    assert OneTimeCode.objects.filter(ended_at=None).count() == 1
