from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client
from django.urls import include, path

from moonlit.audit.models import AuditEvent
from moonlit.audit.verbs import Verb
from moonlit.platform.policy import Role, staff_only
from moonlit.platform.policy import Verb as May
from moonlit.staff import totp
from moonlit.staff.models import User
from moonlit.staff.testing import PASSWORD, make_staff, signed_in_client

NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)

urlpatterns = [
    path("staff/", include("moonlit.staff.urls")),
    path("staff/", staff_only(May.OWN_ACCOUNT)(lambda _request: HttpResponse("inside"))),
    path("staff/leads", staff_only(May.LEAD_LIST)(lambda _request: HttpResponse("leads"))),
]
pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]


@pytest.fixture(autouse=True)
def clock():
    cache.clear()
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def verbs():
    return list(AuditEvent.objects.order_by("at").values_list("verb", flat=True))


def give_password(client, staff, password=PASSWORD, follow_to=""):
    query = f"?next={follow_to}" if follow_to else ""
    return client.post(f"/staff/login{query}", {"login": staff.email, "password": password})


def give_code(client, staff, code=""):
    return client.post("/staff/login/code", {"code": code or totp.code(staff.totp_secret, datetime.now(UTC))})


def test_password_and_code_open_the_door():
    staff, client = make_staff(), Client()
    answer = give_password(client, staff)
    assert (answer.status_code, answer["Location"]) == (302, "/staff/login/code")
    assert client.get("/staff/")["Location"].startswith("/staff/login")
    answer = give_code(client, staff)
    assert (answer.status_code, answer["Location"]) == (302, "/staff/")
    assert client.get("/staff/").content == b"inside"
    assert verbs() == [Verb.STAFF_CREATED, Verb.STAFF_SIGNED_IN]


def test_the_door_leads_back_to_where_one_came_from():
    staff, client = make_staff(), Client()
    refused = client.get("/staff/leads?page=2")
    assert parse_qs(urlsplit(refused["Location"]).query)["next"] == ["/staff/leads?page=2"]
    client.post(refused["Location"], {"login": staff.email, "password": PASSWORD})
    assert give_code(client, staff)["Location"] == "/staff/leads?page=2"


def test_the_door_leads_to_no_other_site():
    staff, client = make_staff(), Client()
    give_password(client, staff, follow_to="https://attacker.example.org/")
    assert give_code(client, staff)["Location"] == "/staff/"


def test_a_wrong_password_is_refused_recorded_and_not_kept():
    staff, client = make_staff(), Client()
    answer = give_password(client, staff, "wrong horse battery staple")
    assert answer.status_code == 200
    row = AuditEvent.objects.get(verb=Verb.STAFF_SIGN_IN_FAILED)
    assert (row.subject, row.facts) == (f"staff:{staff.user_id}", {"factor": "password"})


def test_guessing_passwords_is_stopped():
    staff, other = make_staff(), make_staff()
    for _ in range(5):
        give_password(Client(), staff, "wrong horse battery staple")
    answer = give_password(Client(), staff)
    assert answer.status_code == 200
    assert "Too many failed login attempts" in answer.content.decode()
    assert give_password(Client(), other).status_code == 302


def test_a_stranger_and_a_wrong_password_look_the_same():
    staff = make_staff()
    known = give_password(Client(), staff, "wrong horse battery staple")
    unknown = Client().post("/staff/login", {"login": "nobody@example.org", "password": "wrong horse battery staple"})
    message = "The email address and/or password you specified are not correct."
    assert message in known.content.decode()
    assert message in unknown.content.decode()
    assert AuditEvent.objects.filter(verb=Verb.STAFF_SIGN_IN_FAILED, subject="staff:unknown").count() == 1


def test_a_closed_account_is_refused_like_a_wrong_password():
    staff = make_staff()
    User.objects.update(is_active=False)
    answer = give_password(Client(), staff)
    assert answer.status_code == 200
    assert "not correct" in answer.content.decode()


def test_a_wrong_code_does_not_open():
    staff, client = make_staff(), Client()
    give_password(client, staff)
    right = totp.code(staff.totp_secret, NOW)
    assert give_code(client, staff, f"{(int(right) + 1) % 1_000_000:06}").status_code == 200
    assert client.get("/staff/").status_code == 302
    assert AuditEvent.objects.get(verb=Verb.STAFF_SIGN_IN_FAILED).facts == {"factor": "code"}


def test_a_code_opens_once():
    staff = make_staff()
    first, second = Client(), Client()
    for client in (first, second):
        give_password(client, staff)
    code = totp.code(staff.totp_secret, NOW)
    assert give_code(first, staff, code).status_code == 302
    assert give_code(second, staff, code).status_code == 200
    assert second.get("/staff/").status_code == 302


def test_guessing_codes_is_stopped():
    staff, client = make_staff(), Client()
    give_password(client, staff)
    for _ in range(6):
        give_code(client, staff, "000000")
    give_code(client, staff)
    assert client.get("/staff/").status_code == 302


def test_an_account_without_a_second_factor_gets_no_further_than_setting_one_up():
    make_staff()
    user = User.objects.get()
    user.authenticator_set.all().delete()
    client = Client()
    answer = client.post("/staff/login", {"login": user.email, "password": PASSWORD})
    assert client.get("/staff/leads")["Location"] == "/staff/account/authenticator"
    confirm = client.get("/staff/account/authenticator")["Location"]
    assert confirm.startswith("/staff/account/confirm")
    assert client.post(confirm, {"password": "wrong horse battery staple"}).status_code == 200
    assert client.post(confirm, {"password": PASSWORD})["Location"] == "/staff/account/authenticator"
    page = client.get("/staff/account/authenticator")
    secret = page.context["form"].secret
    assert secret in page.content.decode()
    done = client.post("/staff/account/authenticator", {"code": totp.code(secret, NOW)})
    assert (answer.status_code, done["Location"]) == (302, "/staff/")
    assert client.get("/staff/").content == b"inside"
    assert secret not in str(list(user.authenticator_set.values_list("data", flat=True)))
    assert Verb.STAFF_FACTOR_ADDED in verbs()


def test_the_session_has_a_new_name_after_signing_in():
    staff, client = make_staff(), Client()
    give_password(client, staff)
    before = client.cookies["moonlit_staff"].value
    give_code(client, staff)
    assert client.cookies["moonlit_staff"].value != before
    assert not Session.objects.filter(pk=before).exists()


def test_signing_out_needs_a_post_and_ends_the_session():
    client = signed_in_client()
    client.get("/staff/logout")
    assert client.get("/staff/").content == b"inside"
    assert client.post("/staff/logout")["Location"] == "/staff/login"
    assert client.get("/staff/").status_code == 302
    assert verbs()[-1] == Verb.STAFF_SIGNED_OUT


def test_forms_need_their_csrf_token():
    client = Client(enforce_csrf_checks=True)
    assert client.post("/staff/login", {"login": "a@example.org", "password": "x"}).status_code == 403


def test_fifteen_idle_minutes_end_the_session(clock):
    client = signed_in_client()
    clock.shift(timedelta(minutes=14, seconds=59))
    assert client.get("/staff/").status_code == 200
    clock.shift(timedelta(minutes=15))
    assert client.get("/staff/").status_code == 302
    assert verbs()[-1] == Verb.STAFF_SESSION_ENDED


def test_twelve_hours_end_the_session_however_busy(clock):
    client = signed_in_client()
    for _ in range(12 * 6 - 1):
        clock.shift(timedelta(minutes=10))
        assert client.get("/staff/").status_code == 200
    clock.shift(timedelta(minutes=10))
    assert client.get("/staff/").status_code == 302


def test_a_session_that_was_not_started_by_signing_in_is_over():
    client = Client()
    client.force_login(User.objects.get(pk=make_staff().user_id))
    assert client.get("/staff/").status_code == 302


def test_a_role_without_the_verb_gets_404_and_a_row():
    client = signed_in_client(Role.PROVIDER)
    assert client.get("/staff/leads").status_code == 404
    assert client.get("/staff/no-such-page").status_code == 404
    assert AuditEvent.objects.get(verb=Verb.STAFF_DENIED).subject == "verb:leads:lead:list"


def test_staff_pages_are_not_cached_and_run_no_inline_code():
    answer = signed_in_client().get("/staff/")
    assert answer["Cache-Control"] == "no-store"
    page = Client().get("/staff/login")
    assert "unsafe" not in page["Content-Security-Policy"]
    assert "<script" not in page.content.decode()
    assert " style=" not in page.content.decode()


def test_there_is_no_sign_up_and_no_password_reset():
    for address in ("signup", "signup/", "password/reset/", "account/signup/", "2fa/"):
        assert Client().get(f"/staff/{address}").status_code == 404
