"""The vendors' settings that say more than one thing are checked at start, all faults by name and never by value."""

import base64
import secrets

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from moonlit.platform.env import ConfigurationError, read_env
from moonlit.platform.vendor_settings import mail_templates, public_keys, several


def key(made=None):
    public = (made or ec.generate_private_key(ec.SECP256R1())).public_key()
    return base64.b64encode(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()


@pytest.fixture
def fault(monkeypatch):
    def at_start(**given):
        for name, value in given.items():
            monkeypatch.setenv(f"MOONLIT_{name}", value)
        with pytest.raises(ConfigurationError) as caught:
            read_env()
        return str(caught.value)

    return at_start


def test_a_template_for_each_kind_and_language():
    given = "confirmation=d-01, reminder=d-02 ,reminder.es = d-03,"
    assert mail_templates(given) == {"confirmation": "d-01", "reminder": "d-02", "reminder.es": "d-03"}
    assert mail_templates("") == {}


def test_every_bad_entry_is_named_at_once(fault):
    told = fault(SENDGRID_TEMPLATES="confirmation=d-1,booked=d-2,reminder=legacy-3,code=d-4,code=d-5")
    assert "MOONLIT_SENDGRID_TEMPLATES entry 2 names no kind" in told
    assert "entry 3 is not kind=d-..." in told
    assert "entry 5 gives code twice" in told
    assert "legacy-3" not in told


def test_one_key_or_two_while_they_are_changed():
    assert len(public_keys(key())) == 1
    assert len(public_keys(f"{key()}, {key()}")) == 2
    assert public_keys("") == ()


@pytest.mark.parametrize(
    "given",
    [
        "x",
        "ñ",
        "AAAA",
        key(ec.generate_private_key(ec.SECP384R1())),
        key(rsa.generate_private_key(65537, 2048)),
        ",".join(key() for _ in range(3)),
    ],
)
def test_what_is_no_key_stops_the_start(fault, given):
    told = fault(SENDGRID_WEBHOOK_PUBLIC_KEY=given)
    assert "MOONLIT_SENDGRID_WEBHOOK_PUBLIC_KEY" in told
    assert given[:40] not in told.replace("MOONLIT", "") or len(given) < 3


def test_each_of_two_secrets_must_be_strong(fault):
    good = secrets.token_urlsafe(36)
    assert several(f"{good},{good[::-1]}") == (good, good[::-1])
    assert "MOONLIT_NOTIFYRE_WEBHOOK_SECRET is too weak" in fault(NOTIFYRE_WEBHOOK_SECRET=f"{good},short")


@pytest.mark.parametrize("seconds", ["0", "-5", "soon", "1000000"])
def test_the_window_of_replays_has_bounds(fault, seconds):
    assert "MOONLIT_SENDGRID_WEBHOOK_WINDOW" in fault(SENDGRID_WEBHOOK_WINDOW=seconds)
