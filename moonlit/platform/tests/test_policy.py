import pytest
from django.test import RequestFactory

from moonlit.platform.policy import (
    ROLE_VERBS,
    AccessDeniedError,
    Audience,
    Policy,
    Role,
    Verb,
    declared_policy,
    may,
    public,
    staff_only,
    webhook,
)


class Person:
    def __init__(self, role):
        self.policy_role = role
        self.is_authenticated = True


def request(role=None, method="GET"):
    made = RequestFactory().generic(method, "/staff/leads?page=2")
    if role:
        made.user = Person(role)
    return made


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("verb", Verb)
def test_a_view_opens_for_exactly_the_roles_that_have_its_verb(role, verb):
    view = staff_only(verb)(lambda _request, number: number)
    if verb in ROLE_VERBS[role]:
        assert view(request(role), 7) == 7
        assert may(request(role), verb)
    else:
        with pytest.raises(AccessDeniedError):
            view(request(role), 7)
        assert not may(request(role), verb)


def test_nobody_is_sent_to_sign_in_and_back_only_after_a_get():
    view = staff_only(Verb.LEAD_LIST)(lambda _request: "inside")
    assert view(request())["Location"] == "/staff/login?next=%2Fstaff%2Fleads%3Fpage%3D2"
    assert view(request(method="POST"))["Location"] == "/staff/login"


def test_somebody_without_a_second_factor_is_nobody():
    user_without = request()
    user_without.user = Person(None)
    assert staff_only(Verb.OWN_ACCOUNT)(lambda _request: "inside")(user_without).status_code == 302


def test_each_decorator_declares():
    assert declared_policy(public(lambda: 1)) == Policy(Audience.PUBLIC)
    assert declared_policy(webhook("sendgrid")(lambda: 1)) == Policy(Audience.WEBHOOK, vendor="sendgrid")
    assert declared_policy(staff_only(Verb.LEAD_LIST)(lambda: 1)) == Policy(Audience.STAFF, verb=Verb.LEAD_LIST)
    assert declared_policy(lambda: 1) is None


def test_verbs_name_area_object_and_verb():
    assert all(verb.count(":") == 2 for verb in Verb)
