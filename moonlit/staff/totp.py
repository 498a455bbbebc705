"""Time-based one-time codes (RFC 6238), for showing the current one where a demonstration needs it."""

from datetime import datetime

from allauth.mfa import app_settings
from allauth.mfa.totp.internal import auth


def code(secret: str, now: datetime) -> str:
    """The six digits an authenticator app shows at `now` for a base32 secret."""
    return auth.format_hotp_value(auth.hotp_value(secret, int(now.timestamp()) // app_settings.TOTP_PERIOD))
