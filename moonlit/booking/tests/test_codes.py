"""A code to a contact on file and the session it opens (rules 4.10): guessed, late, reused, foreign, flooded."""

from datetime import date, time, timedelta

import pytest

from moonlit.audit.actor import PUBLIC, SYSTEM
from moonlit.audit.models import AuditEvent
from moonlit.booking.models import ManageLink, ManageSession, OneTimeCode
from moonlit.booking.services import (
    CodeLimit,
    end_session,
    mint_code,
    mint_link,
    purge_codes,
    request_booking,
    request_code,
    revoke_link,
    revoke_links,
    session_for,
    verify_code,
)
from moonlit.domain.refusals import RefusalCode, Refused
from moonlit.domain.zones import first_instant
from moonlit.platform.models import OutboxEvent
from moonlit.platform.tokens import token_hash as hashed
from tests.support.people import a_request
from tests.support.scene import DENVER

pytestmark = pytest.mark.django_db
FRIDAY = date(2026, 3, 6)
SENTENCE = "This code does not fit, or it is too old. Please check it, or ask for a new one."


@pytest.fixture
def link(scene):
    """The manage token of a booking."""
    scene.open("71", FRIDAY, "09:00", "10:00")
    scene.sync()
    nine = first_instant(FRIDAY, time(9), DENVER)
    return request_booking(a_request(nine, now=scene.clock()), actor=PUBLIC, now=scene.clock())


@pytest.fixture
def asked(link, scene):
    """Asks for a code and mints it, as the message does: the plain code."""

    def ask(token=link.manage_token, channel="email"):
        request_code(token, channel, actor=PUBLIC, now=scene.clock())
        return mint_code(OneTimeCode.objects.get(ended_at=None, link__token_hash=hashed(token)).pk, now=scene.clock())

    return ask


def verify(token, code, scene):
    return verify_code(token, code, actor=PUBLIC, now=scene.clock())


def refused(token, code, scene):
    with pytest.raises(Refused) as caught:
        verify(token, code, scene)
    return caught.value.code, caught.value.detail


def wrong(code):
    return f"{(int(code) + 1) % 1_000_000:06}"


def test_the_code_opens_a_session_of_twenty_minutes_for_this_visit(link, asked, scene):
    session = verify(link.manage_token, asked(), scene)
    assert session_for(link.manage_token, session.token, scene.clock()) == link.appointment
    scene.clock.forward(minutes=19, seconds=59)
    assert session_for(link.manage_token, session.token, scene.clock()) == link.appointment
    scene.clock.forward(seconds=1)
    assert session_for(link.manage_token, session.token, scene.clock()) is None


def test_a_code_has_six_digits_and_neither_it_nor_the_tokens_are_stored(link, asked, scene):
    from django.db import connection

    code = asked()
    assert len(code) == 6
    assert code.isdecimal()
    session = verify(link.manage_token, code, scene)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT t::text FROM booking_onetimecode t UNION ALL SELECT t::text FROM booking_managesession t"
        )
        dump = "".join(row[0] for row in cursor.fetchall())
    for secret in (link.manage_token, session.token, code.encode().hex()):
        assert secret not in dump
    row = OneTimeCode.objects.get()
    assert bytes(row.code_hash) != hashed(code), "a plain hash of six digits is as good as the digits"


def test_a_code_works_once(link, asked, scene):
    code = asked()
    verify(link.manage_token, code, scene)
    assert refused(link.manage_token, code, scene) == (RefusalCode.CODE_INVALID, SENTENCE)
    assert ManageSession.objects.count() == 1


def test_a_code_dies_after_ten_minutes(link, asked, scene):
    code = asked()
    scene.clock.forward(minutes=9, seconds=59)
    verify(link.manage_token, code, scene)
    late = asked()
    scene.clock.forward(minutes=10)
    assert refused(link.manage_token, late, scene) == (RefusalCode.CODE_INVALID, SENTENCE)


def test_after_five_wrong_guesses_the_right_code_is_dead_too(link, asked, scene):
    code = asked()
    for _ in range(5):
        assert refused(link.manage_token, wrong(code), scene) == (RefusalCode.CODE_INVALID, SENTENCE)
    assert refused(link.manage_token, code, scene) == (RefusalCode.CODE_INVALID, SENTENCE)
    assert AuditEvent.objects.filter(verb="booking:code:refused").count() == 6


def test_the_fifth_try_may_still_be_the_right_one(link, asked, scene):
    code = asked()
    for _ in range(4):
        refused(link.manage_token, wrong(code), scene)
    assert verify(link.manage_token, code, scene)


def test_a_code_minted_anew_replaces_the_value_and_keeps_the_tries(link, asked, scene):
    first = asked()
    for _ in range(4):
        refused(link.manage_token, wrong(first), scene)
    second = mint_code(OneTimeCode.objects.get().pk, now=scene.clock())
    assert refused(link.manage_token, "x" if first == second else first, scene)[0] is RefusalCode.CODE_INVALID
    assert refused(link.manage_token, second, scene)[0] is RefusalCode.CODE_INVALID
    assert mint_code(OneTimeCode.objects.get().pk, now=scene.clock()) is None


def test_only_the_newest_code_of_a_link_lives(link, asked, scene):
    first, second = asked(), asked()
    if first != second:
        assert refused(link.manage_token, first, scene)[0] is RefusalCode.CODE_INVALID
    assert verify(link.manage_token, second, scene)


def test_without_a_code_every_guess_is_refused_in_the_same_words(link, scene):
    assert refused(link.manage_token, "123456", scene) == (RefusalCode.CODE_INVALID, SENTENCE)
    request_code(link.manage_token, "sms", actor=PUBLIC, now=scene.clock())  # asked for, never sent
    for guess in ("000000", "", "123456"):
        assert refused(link.manage_token, guess, scene) == (RefusalCode.CODE_INVALID, SENTENCE)


def test_a_code_of_one_link_opens_no_other_of_the_same_visit(link, asked, scene):
    other = mint_link(link.appointment, ManageLink.Purpose.MANAGE, actor=SYSTEM, now=scene.clock())
    code = asked()
    assert refused(other, code, scene)[0] is RefusalCode.CODE_INVALID
    session = verify(link.manage_token, code, scene)
    assert session_for(other, session.token, scene.clock()) is None


@pytest.mark.parametrize("kind", ["forged", "empty", "status", "revoked", "expired"])
def test_a_token_that_opens_nothing_is_answered_in_one_way(link, asked, scene, kind):
    asked()
    token = {"forged": "A" * 22, "empty": "", "status": link.status_token}.get(kind, link.manage_token)
    if kind == "revoked":
        revoke_link(token, actor=SYSTEM, now=scene.clock())
    if kind == "expired":
        scene.clock.at = link.end + timedelta(hours=24)
    with pytest.raises(Refused) as caught:
        request_code(token, "email", actor=PUBLIC, now=scene.clock())
    assert caught.value.code is RefusalCode.NOT_FOUND
    assert refused(token, "123456", scene) == (RefusalCode.NOT_FOUND, caught.value.detail)
    assert session_for(token, "B" * 22, scene.clock()) is None


def test_a_link_lives_until_a_day_after_the_visit(link, asked, scene):
    scene.clock.at = link.end + timedelta(hours=24) - timedelta(seconds=1)
    assert verify(link.manage_token, asked(), scene)


def test_codes_and_sessions_die_with_their_link(link, asked, scene):
    session = verify(link.manage_token, asked(), scene)
    request_code(link.manage_token, "email", actor=PUBLIC, now=scene.clock())
    waiting = OneTimeCode.objects.get(ended_at=None)
    assert revoke_links(link.appointment, actor=SYSTEM, now=scene.clock()) == 1
    assert session_for(link.manage_token, session.token, scene.clock()) is None
    assert mint_code(waiting.pk, now=scene.clock()) is None


def test_all_manage_links_of_a_visit_are_revoked_together_and_of_no_other(link, scene):
    again = mint_link(link.appointment, ManageLink.Purpose.MANAGE, actor=SYSTEM, now=scene.clock())
    second = request_booking(
        a_request(link.start + timedelta(hours=1), now=scene.clock()), actor=PUBLIC, now=scene.clock()
    )
    revoke_links(link.appointment, actor=SYSTEM, now=scene.clock())
    alive = set(ManageLink.objects.filter(revoked_at=None).values_list("appointment", "purpose"))
    assert alive == {(link.appointment, "status"), (second.appointment, "manage"), (second.appointment, "status")}
    assert revoke_links(link.appointment, actor=SYSTEM, now=scene.clock()) == 0
    with pytest.raises(Refused):
        request_code(again, "email", actor=PUBLIC, now=scene.clock())


def test_finishing_ends_the_session_at_once(link, asked, scene):
    session = verify(link.manage_token, asked(), scene)
    end_session("A" * 22, session.token)
    assert session_for(link.manage_token, session.token, scene.clock())
    end_session(link.manage_token, session.token)
    assert session_for(link.manage_token, session.token, scene.clock()) is None


def test_a_link_sends_three_codes_at_once_and_then_one_every_five_minutes(link, scene):
    for _ in range(3):
        request_code(link.manage_token, "sms", actor=PUBLIC, now=scene.clock())
    with pytest.raises(CodeLimit) as caught:
        request_code(link.manage_token, "sms", actor=PUBLIC, now=scene.clock())
    assert (caught.value.code, caught.value.retry_after) == (RefusalCode.RATE_LIMITED, 300)
    assert OneTimeCode.objects.count() == 3
    scene.clock.forward(minutes=5)
    request_code(link.manage_token, "sms", actor=PUBLIC, now=scene.clock())


def test_many_links_of_one_visit_do_not_make_a_flood(link, scene):
    tokens = [
        link.manage_token,
        *(mint_link(link.appointment, ManageLink.Purpose.MANAGE, actor=SYSTEM, now=scene.clock()) for _ in range(9)),
    ]
    sent = 0
    for token in tokens:
        try:
            request_code(token, "sms", actor=PUBLIC, now=scene.clock())
            sent += 1
        except CodeLimit:
            pass
    assert sent == 5


def test_a_request_tells_the_notification_service_and_leaves_an_audit_row(link, scene):
    request_code(link.manage_token, "email", actor=PUBLIC, now=scene.clock())
    asked = OneTimeCode.objects.get()
    assert (asked.code_hash, asked.expires_at, asked.tries) == (None, None, 0)
    assert OutboxEvent.objects.filter(topic="code.requested", subject=str(asked.pk)).count() == 1
    assert AuditEvent.objects.filter(
        verb="booking:code:requested", subject=f"appointment:{link.appointment}", actor_id="anonymous"
    ).exists()


def test_old_codes_and_sessions_are_forgotten(link, asked, scene):
    verify(link.manage_token, asked(), scene)
    assert purge_codes(scene.clock() + timedelta(days=1)) == 0
    assert purge_codes(scene.clock() + timedelta(days=3)) == 2
