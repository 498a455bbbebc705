"""A link, a code, a session (rules 4.10) over HTTP: each step proven, each answer uniform."""

import json
from datetime import datetime, timedelta

import pytest

from moonlit.api.tests.holder import NOBODY, TEN, told
from moonlit.audit.models import AuditEvent
from moonlit.booking.models import Appointment, ManageLink, ManageSession, OneTimeCode
from moonlit.booking.services import read_join
from moonlit.platform.env import env
from moonlit.platform.models import IdempotencyKey
from tests.support.api import booking

pytestmark = pytest.mark.django_db


# the code


def test_the_answer_to_a_code_is_the_same_whatever_is_on_file(holder):
    first = holder.post(f"/appointments/{holder.token}/code", {"channel": "email"})
    patient = holder.row.patient
    patient.phone = None
    patient.save()
    second = holder.post(f"/appointments/{holder.token}/code", {"channel": "sms"})
    assert (first.status_code, first.content) == (second.status_code, second.content)
    assert first.status_code == 202


@pytest.mark.parametrize("call", ["code", "verify", "cancel", "reschedule"])
@pytest.mark.parametrize("kind", ["forged", "long", "status", "foreign", "expired", "revoked"])
def test_a_token_that_opens_nothing_is_not_found(holder, call, kind, open_scene, time_machine):
    session = holder.session()
    token = {"forged": NOBODY, "long": "x" * 5000, "status": token_of(holder)}.get(kind, holder.token)
    if kind == "expired":
        open_scene.clock.at = holder.row.end + timedelta(hours=24)
        time_machine.move_to(open_scene.clock(), tick=False)
    if kind in {"revoked", "foreign"}:
        ManageLink.objects.update(revoked_at=open_scene.clock())
    if kind == "foreign":
        other = holder.post("/appointments", booking(TEN), key="booking-0002").json()
        token = other["manage_token"]
        session = NOBODY
    body = {"code": {"channel": "sms"}, "verify": {"code": "123456"}, "reschedule": {"start": TEN}}.get(call, {})
    answer = holder.post(f"/appointments/{token}/{call}", body, key="change-0001", session=session)
    if kind == "foreign":  # it lives, but this session is none of its own
        expected = {"code": 202, "verify": 422}.get(call, 401)
        assert answer.status_code == expected
    else:
        assert told(answer) == (404, "not_found")
        assert answer.content.decode().count(token[:22]) == 0
    assert holder.row.change == ""


def token_of(holder):
    return json.loads(IdempotencyKey.objects.first().response)["status_url"].rpartition("/")[2]


def test_the_right_code_opens_a_session_for_twenty_minutes(holder, open_scene):
    answer = holder.post(f"/appointments/{holder.token}/verify", {"code": holder.code()})
    assert answer.status_code == 200
    expires = datetime.fromisoformat(answer.json()["expires_at"])
    assert expires == open_scene.clock() + timedelta(minutes=20)
    assert len(answer.json()["session_token"]) == 22


def test_wrong_expired_used_and_no_code_are_told_in_one_sentence(holder, open_scene, time_machine):
    def verify(code):
        answer = holder.post(f"/appointments/{holder.token}/verify", {"code": code}).json()
        return {name: value for name, value in answer.items() if name != "request_id"}

    none = verify("123456")
    code = holder.code()
    wrong = verify(f"{(int(code) + 1) % 1_000_000:06}")
    holder.post(f"/appointments/{holder.token}/verify", {"code": code})
    used = verify(code)
    late = holder.code()
    open_scene.clock.forward(minutes=10)
    time_machine.move_to(open_scene.clock(), tick=False)
    assert none == wrong == used == verify(late)
    assert (none["status"], none["code"]) == (422, "code_invalid")


@pytest.mark.parametrize(
    "code", ["", "12345", "1234567", "abcdef", "\uff11\uff12\uff13\uff14\uff15\uff16", "12 345", None, 123456, [1]]
)
def test_what_is_no_code_is_refused_and_costs_no_try(holder, code):
    holder.code()
    assert told(holder.post(f"/appointments/{holder.token}/verify", {"code": code})) == (422, "invalid_request")
    assert OneTimeCode.objects.get().tries == 0


def test_guessing_ends_with_the_fifth_try(holder):
    code = holder.code()
    for guess in range(1, 6):
        wrong = f"{(int(code) + guess) % 1_000_000:06}"
        assert told(holder.post(f"/appointments/{holder.token}/verify", {"code": wrong})) == (422, "code_invalid")
    assert told(holder.post(f"/appointments/{holder.token}/verify", {"code": code})) == (422, "code_invalid")
    assert not ManageSession.objects.exists()


def test_a_flood_of_codes_is_told_to_wait(holder):
    answers = [holder.post(f"/appointments/{holder.token}/code", {"channel": "sms"}) for _ in range(10)]
    assert [answer.status_code for answer in answers] == [202] * 3 + [429] * 7
    assert told(answers[-1]) == (429, "rate_limited")
    assert int(answers[-1]["Retry-After"]) > 0
    assert OneTimeCode.objects.count() == 3


# what a session shows


def test_the_link_alone_shows_what_the_message_said_and_the_session_more(holder, open_scene):
    alone = holder.get(f"/appointments/{holder.token}").json()
    assert set(alone) == {"state", "start", "end", "time_zone", "practice"}
    more = holder.get(f"/appointments/{holder.token}", holder.session()).json()
    ada = open_scene.providers["71"]
    assert more == {
        **alone,
        "provider": str(ada.pk),
        "provider_name": "Ada Attending, MD",
        "supervisor": None,
        "supervisor_name": None,
        "location": "video",
        "join": None,
        "can_change_until": "2026-03-05T09:00:00-07:00",
    }


def test_on_the_day_a_session_is_told_our_own_address_that_leads_into_the_video(holder, open_scene, time_machine):
    row = holder.row
    open_scene.clock.at = row.start - timedelta(hours=2)
    time_machine.move_to(open_scene.clock(), tick=False)
    read_join(row.pk, clock=open_scene.clock)
    session = holder.session()
    join = holder.get(f"/appointments/{holder.token}", session).json()["join"]
    assert join == f"{env().base_url}/m/{holder.token}/s/{session}/join"
    assert holder.client.get(join.removeprefix(env().base_url))["Location"].startswith("https://video.example.org/")


@pytest.mark.parametrize("header", ["Bearer " + NOBODY, "Bearer ", "Basic abc", "x" * 100_000])
def test_a_session_that_is_none_is_asked_to_verify(holder, header):
    answer = holder.client.get(f"/api/v1/appointments/{holder.token}", headers={"Authorization": header})
    assert told(answer) == (401, "verification_required")
    assert answer["WWW-Authenticate"].startswith("Bearer")


# links are opened by scanners


def test_reading_changes_nothing_and_uses_nothing_up(holder):
    code = holder.code()
    before = [list(model.objects.values_list()) for model in (OneTimeCode, ManageLink, ManageSession, Appointment)]
    written = AuditEvent.objects.count()
    for call in ("", "/code", "/verify", "/cancel", "/reschedule"):
        for method in ("get", "head", "options"):
            getattr(holder.client, method)(f"/api/v1/appointments/{holder.token}{call}")
    after = [list(model.objects.values_list()) for model in (OneTimeCode, ManageLink, ManageSession, Appointment)]
    assert repr(after) == repr(before)
    assert AuditEvent.objects.count() == written
    assert holder.post(f"/appointments/{holder.token}/verify", {"code": code}).status_code == 200
