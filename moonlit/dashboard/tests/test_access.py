import re
from uuid import uuid4

import pytest
from django.test import Client

from moonlit.audit.models import AuditEvent
from moonlit.audit.verbs import Verb
from moonlit.dashboard.tests.incoming import text_in
from moonlit.notifications.models import Message
from moonlit.platform.policy import Role
from moonlit.platform.testing import run_pending
from moonlit.staff.testing import signed_in_client

LISTS = [
    "/staff/appointments",
    "/staff/leads",
    "/staff/messages",
    "/staff/messages?show=nobody",
    "/staff/replies",
    "/staff/stopped",
    "/staff/tasks",
]


@pytest.fixture
def pages(desk, book, leave):
    visit, lead = book(confirmed=True), leave()
    run_pending(now=desk.clock())
    message, reply = Message.objects.filter(subject=str(visit)).first(), text_in("Hello?", desk.clock())
    return [
        "/staff/",
        *LISTS,
        f"/staff/appointments/{visit}",
        f"/staff/leads/{lead}",
        f"/staff/messages/{message.pk}",
        f"/staff/replies/{reply.pk}",
    ]


def actions(leave):
    lead, other = leave(), uuid4()
    return [
        f"/staff/leads/{lead}/change",
        f"/staff/leads/{lead}/link",
        f"/staff/messages/{other}/resend",
        f"/staff/replies/{other}/read",
        "/staff/stopped/add",
        f"/staff/stopped/{other}/lift",
        f"/staff/tasks/{other}/close",
    ]


SEARCHES = ["/staff/leads", "/staff/stopped"]
"""Looked for by POST: a contact must not stand in an address."""


@pytest.mark.parametrize("role", [Role.ADMIN, Role.SCHEDULER])
def test_admin_and_scheduler_open_every_page(pages, role):
    client = signed_in_client(role)
    assert [client.get(page).status_code for page in pages] == [200] * len(pages)


def test_credentialing_sees_today_and_tasks_only(pages):
    client = signed_in_client(Role.CREDENTIALING)
    seen = [page for page in pages if client.get(page).status_code == 200]
    assert seen == ["/staff/", "/staff/tasks"]


@pytest.mark.parametrize("role", [Role.PROVIDER, Role.AUDITOR])
def test_a_role_without_the_verb_gets_404_and_the_denial_is_recorded(pages, leave, role):
    client = signed_in_client(role)
    assert [client.get(page).status_code for page in pages] == [200] + [404] * (len(pages) - 1)
    asked = [*actions(leave), *SEARCHES]
    assert [client.post(action).status_code for action in asked] == [404] * len(asked)
    assert AuditEvent.objects.filter(verb=Verb.STAFF_DENIED).count() == len(pages) - 1 + len(asked)


def test_credentialing_changes_no_lead_and_sends_no_message(leave):
    client = signed_in_client(Role.CREDENTIALING)
    allowed = [action for action in [*actions(leave), *SEARCHES] if client.post(action).status_code != 404]
    assert [action.rpartition("/")[2] for action in allowed] == ["close"]


@pytest.mark.parametrize("role", [Role.PROVIDER, Role.AUDITOR, Role.CREDENTIALING])
def test_today_shows_a_role_nothing_it_may_not_read_elsewhere(book, leave, role):
    book(confirmed=True)
    leave()
    text = signed_in_client(role).get("/staff/").content.decode()
    assert "Ñandú" not in text
    assert "Inés" not in text
    assert "Calendars" not in text
    assert ("nothing on this page for your role" in text) == (role is not Role.CREDENTIALING)


def test_a_stranger_is_sent_to_the_sign_in_page(pages):
    for page in pages:
        answer = Client().get(page)
        assert (answer.status_code, answer["Location"].split("?")[0]) == (302, "/staff/login")


def test_a_stranger_posts_into_the_void(leave):
    for action in [*actions(leave), *SEARCHES]:
        assert Client().post(action)["Location"] == "/staff/login"


def test_a_form_without_its_token_is_refused(leave):
    client = signed_in_client(Role.ADMIN)
    client.handler.enforce_csrf_checks = True
    assert [client.post(action).status_code for action in actions(leave)] == [403] * 7


def test_a_page_is_read_and_a_change_is_posted(staff, leave):
    assert [staff.post(f"/staff/{name}").status_code for name in ("appointments", "messages", "replies")] == [405] * 3
    assert [staff.get(action).status_code for action in actions(leave)] == [405] * 7


def test_what_does_not_exist_is_404(staff):
    assert staff.get(f"/staff/appointments/{uuid4()}").status_code == 404
    assert staff.get(f"/staff/leads/{uuid4()}").status_code == 404
    assert staff.get("/staff/appointments/17").status_code == 404


def test_no_page_is_kept_by_the_browser(staff, pages):
    assert {staff.get(page)["Cache-Control"] for page in pages} == {"no-store"}


def test_neither_titles_nor_addresses_tell_who_the_patient_is(staff, pages):
    for page in pages:
        html = staff.get(page).content.decode()
        told = re.findall(r"<title>(.*?)</title>|(?:href|action)=\"(/[^\"]*)\"", html, re.DOTALL)
        assert not any(
            re.search(r"Zo|Ñand|%C3%91|In%C3%A9s|Inés|1990|example.org|5550142", "".join(each)) for each in told
        ), told


def test_each_page_has_one_heading_a_skip_link_and_marks_where_one_is(staff, pages):
    for page in pages:
        html = staff.get(page).content.decode()
        assert html.count("<h1") == 1
        assert 'class="skip" href="#content"' in html
        assert len(re.findall(r"<nav aria-label=\"Pages\">.*?</nav>", html, re.DOTALL)[0].split("aria-current")) == 2


def test_one_can_sign_out_of_every_page(staff):
    assert 'action="/staff/logout"' in staff.get("/staff/").content.decode()
    assert staff.post("/staff/logout").status_code == 302
    assert staff.get("/staff/").status_code == 302
