"""Each of the vendor's limits, on its edge."""

import copy

import pytest

from simulators.sendgrid.rules import problems
from simulators.sendgrid.tests.conftest import MAIL

NOW = 1_800_000_000.0


def fields(body):
    return [field for field, _ in problems(body, NOW)]


def changed(**members):
    return {**copy.deepcopy(MAIL), **members}


def envelope(**members):
    body = copy.deepcopy(MAIL)
    body["personalizations"][0].update(members)
    return body


def attached(**members):
    return changed(attachments=[{"content": "QQ==", "filename": "a.ics", "type": "text/calendar", **members}])


def test_a_whole_mail_is_accepted():
    assert problems(MAIL, NOW) == []


@pytest.mark.parametrize("kind", ["text/calendar", "text/calendar; method=REQUEST", "text/calendar;method=CANCEL"])
def test_a_calendar_file_is_accepted(kind):
    assert problems(attached(type=kind, disposition="attachment"), NOW) == []


@pytest.mark.parametrize("member", ["personalizations", "from", "subject", "content"])
def test_each_required_member_is_missed(member):
    body = copy.deepcopy(MAIL)
    del body[member]
    assert fields(body) == ["from.email" if member == "from" else member]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ([], ""),
        (changed(color="red"), "color"),
        (changed(subject=7), "subject"),
        (changed(subject=""), "subject"),
        (changed(personalizations={}), "personalizations"),
        (changed(personalizations=[]), "personalizations"),
        (changed(**{"from": {"name": "Moonlit"}}), "from.email"),
        (changed(**{"from": {"email": "not an address"}}), "from.email"),
        (changed(content=[{"type": "text/plain", "value": ""}]), "content.0.value"),
        (changed(content=list(reversed(MAIL["content"]))), "content"),
        (changed(content=[MAIL["content"][0], MAIL["content"][0]]), "content"),
        (changed(headers={"SUBJECT": "x"}), "headers"),
        (changed(headers={"X-Kind": 1}), "headers.X-Kind"),
        (changed(reply_to={"email": "a@example.org"}, reply_to_list=[{"email": "b@example.org"}]), "reply_to"),
        (changed(mail_settings={"sandbox_mode": {"enable": "true"}}), "mail_settings.sandbox_mode.enable"),
        (changed(mail_settings={"sandbox_mode": {"enable": 1}}), "mail_settings.sandbox_mode.enable"),
        (changed(tracking_settings={"click_tracking": {"enable": "no"}}), "tracking_settings.click_tracking.enable"),
        (changed(ip_pool_name="x"), "ip_pool_name"),
        (changed(asm={"groups_to_display": []}), "asm.group_id"),
        (changed(asm={"group_id": 1, "groups_to_display": [1] * 26}), "asm.groups_to_display"),
        (changed(headers={"X-Kind": "a\r\nBcc: b@example.org"}), "headers"),
        (changed(subject="You have\nan update"), "subject"),
        (changed(**{"from": {"email": "a@example.org", "name": "Moon\rlit"}}), "from.name"),
        (envelope(subject="a\nb"), "personalizations.0.subject"),
        (attached(content="%%"), "attachments.0.content"),
        (attached(filename=""), "attachments.0.filename"),
        (attached(filename="a\r\nb.ics"), "attachments.0.filename"),
        (attached(type="text/calendar; charset=utf-8"), "attachments.0.type"),
        (attached(type="text/calendar; method=REQUEST; charset=utf-8"), "attachments.0.type"),
        (attached(type="calendar"), "attachments.0.type"),
        (attached(disposition="beside"), "attachments.0.disposition"),
        (changed(template_id="d-"), "template_id"),
        (envelope(to=[]), "personalizations.0.to"),
        (envelope(to=[{"email": 5}]), "personalizations.0.to.0.email"),
        (envelope(to=[{"email": "two@at@example.org"}]), "personalizations.0.to.0.email"),
        (envelope(headers={"Reply-To": "x"}), "headers"),
        (envelope(custom_args={"outbox_id": 12}), "personalizations.0.custom_args.outbox_id"),
        (envelope(dynamic_template_data={"a": 1}, subject=5), "personalizations.0.subject"),
        (envelope(send_at=True), "personalizations.0.send_at"),
    ],
)
def test_a_broken_mail_names_the_field(body, field):
    assert fields(body) == [field]


def test_one_address_appears_once_in_a_personalization_whatever_its_case():
    assert fields(envelope(cc=[{"email": "PAT@example.org"}])) == ["personalizations.0"]
    twice = changed(personalizations=MAIL["personalizations"] * 2)
    assert problems(twice, NOW) == []


@pytest.mark.parametrize(("count", "good"), [(1000, True), (1001, False)])
def test_a_thousand_personalizations_and_recipients(count, good):
    many = [{"to": [{"email": f"p{n}@example.org"}]} for n in range(count)]
    assert (problems(changed(personalizations=many), NOW) == []) is good
    crowd = [{"to": [person["to"][0] for person in many]}]
    assert (problems(changed(personalizations=crowd), NOW) == []) is good


@pytest.mark.parametrize(("size", "good"), [(10_000, True), (10_001, False)])
def test_custom_arguments_are_counted_in_bytes_with_their_names(size, good):
    args = {"k": "é" * 4000 + "x" * (size - 8001)}
    assert (problems(envelope(custom_args=args), NOW) == []) is good


def test_ten_categories_each_once_of_255_characters():
    assert problems(changed(categories=[str(n) for n in range(10)]), NOW) == []
    assert fields(changed(categories=[str(n) for n in range(11)])) == ["categories"]
    assert fields(changed(categories=["a", "a"])) == ["categories"]
    assert problems(changed(categories=["a" * 255]), NOW) == []
    assert fields(changed(categories=["a" * 256])) == ["categories"]


def test_a_send_is_scheduled_72_hours_ahead_at_most():
    limit = int(NOW) + 72 * 3600
    assert problems(changed(send_at=limit), NOW) == []
    assert fields(changed(send_at=limit + 1)) == ["send_at"]
    assert fields(envelope(send_at=limit + 1)) == ["personalizations.0.send_at"]


def test_a_dynamic_template_supplies_subject_and_content_but_takes_no_substitutions():
    body = changed(template_id="d-0123456789abcdef0123456789abcdef")
    del body["subject"], body["content"]
    assert problems(body, NOW) == []
    body["personalizations"][0]["substitutions"] = {"-a-": "b"}
    assert fields(body) == ["personalizations.0.substitutions"]


def test_a_subject_may_stand_in_every_personalization_instead():
    body = envelope(subject="Yours")
    del body["subject"]
    assert problems(body, NOW) == []
    body["personalizations"].append({"to": [{"email": "sam@example.org"}]})
    assert fields(body) == ["subject"]


def test_bypass_of_all_lists_excludes_the_single_ones():
    on = {"enable": True}
    both = {"bypass_list_management": on, "bypass_spam_management": on}
    assert fields(changed(mail_settings=both)) == ["mail_settings.bypass_list_management"]
    assert problems(changed(mail_settings={"bypass_list_management": on}), NOW) == []
