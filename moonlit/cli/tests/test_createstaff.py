import io
from argparse import Namespace

import pytest

from moonlit.audit.models import AuditEvent
from moonlit.cli import createstaff
from moonlit.staff.models import User

pytestmark = pytest.mark.django_db
GOOD = "quiet-harbour-lantern-7"


def make(monkeypatch, password=GOOD, email="Robin@example.org"):
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{password}\n"))
    return createstaff.run(Namespace(email=email, name="Robin Example", role="scheduler"))


def test_the_account_can_sign_in_and_its_second_factor_is_shown_once(monkeypatch, capsys):
    assert make(monkeypatch) == 0
    user = User.objects.get(email="robin@example.org")
    assert user.check_password(GOOD)
    assert user.has_second_factor
    out = capsys.readouterr().out
    assert "otpauth://totp/" in out
    assert GOOD not in out
    assert AuditEvent.objects.filter(subject=f"staff:{user.pk}").exists()


def test_a_weak_password_makes_no_account(monkeypatch, capsys):
    assert make(monkeypatch, password="password1234") == 1
    assert not User.objects.exists()
    assert "common" in capsys.readouterr().err


def test_an_address_in_use_is_refused(monkeypatch, capsys):
    make(monkeypatch)
    assert make(monkeypatch) == 1
    assert "already" in capsys.readouterr().err
    assert User.objects.count() == 1
