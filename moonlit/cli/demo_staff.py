"""The demo's staff account: an ordinary one, made at the first start with a random password and second factor.

Both are kept in `<data dir>/demo-staff.json` (0600), so that later starts can print them again. Nothing in the program
treats this account in any special way.
"""

import json
import os
import secrets
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from moonlit.platform.env import env

EMAIL = "demo@example.org"


@dataclass(frozen=True)
class DemoAccount:
    email: str
    password: str
    otpauth_url: str
    totp_secret: str


def ensure(now: datetime) -> None:
    """Makes the account where the database has none; a file without its account is of an older database."""
    from moonlit.audit.actor import SYSTEM
    from moonlit.platform.policy import Role
    from moonlit.staff.models import User
    from moonlit.staff.services import create_staff

    if User.objects.filter(email=EMAIL).exists():
        return
    password = secrets.token_urlsafe(12)
    made = create_staff(email=EMAIL, name="Demo Admin", role=Role.ADMIN, password=password, actor=SYSTEM, now=now)
    account = DemoAccount(made.email, password, made.otpauth_url, made.totp_secret)
    _path().unlink(missing_ok=True)
    with os.fdopen(os.open(_path(), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(asdict(account), file)


def read() -> DemoAccount:
    return DemoAccount(**json.loads(_path().read_text()))


def code(account: DemoAccount, now: datetime) -> str:
    """The six digits an authenticator shows now."""
    from moonlit.staff import totp

    return totp.code(account.totp_secret, now)


def _path() -> Path:
    return env().data_dir / "demo-staff.json"
