import pytest
from django.conf import settings
from django.core.management import call_command

from moonlit.config import wiring
from moonlit.ehr.port import get_ehr
from moonlit.notifications.port import get_email, get_sms


@pytest.fixture(autouse=True)
def fresh():
    yield
    for factory in (wiring.ehr, wiring.email, wiring.sms):
        factory.cache_clear()


def test_each_port_is_answered_by_the_configured_adapter_one_per_process():
    for get, name in ((get_ehr, "AthenaEhr"), (get_email, "SendGrid"), (get_sms, "Notifyre")):
        assert type(get()).__name__ == name
        assert get() is get()


def test_no_adapter_shows_a_secret_in_its_own_text():
    from moonlit.platform.env import env

    shown = repr(get_email()) + repr(get_sms()) + repr(get_ehr())
    for secret in (env().athena_client_secret, env().sendgrid_api_key, env().notifyre_api_token):
        assert secret.get_secret_value() not in shown


def test_django_finds_nothing_wrong_with_the_settings():
    call_command("check", fail_level="WARNING")


def test_nothing_is_allowed_to_run_inline_on_any_page():
    directives = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    assert directives["default-src"] == ["'none'"]
    assert not [source for sources in directives.values() for source in sources if "unsafe" in source or source == "*"]


def test_the_public_api_has_no_part_in_sessions():
    globally = {name.rsplit(".", 1)[-1] for name in settings.MIDDLEWARE if name.startswith("django.contrib")}
    assert globally == set()


def test_every_kind_of_e_mail_can_have_a_template():
    from moonlit.notifications.kinds import Kind
    from moonlit.platform.vendor_settings import MAIL_KINDS

    assert set(MAIL_KINDS) == set(Kind) - {Kind.REPLY}  # which goes by text only
