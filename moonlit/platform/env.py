"""Configuration: the MOONLIT_* environment variables, read once, typed, all faults listed at once.

Each setting has a line in `.env.example` with its default and meaning (a guard test compares the two).
No message of this module repeats a value, because half of the values are secrets.
"""

import os
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from moonlit.platform import secretcheck, vendor_settings

PREFIX = "MOONLIT_"


class ConfigurationError(Exception):
    """The environment cannot be used; the text names every variable at fault, and none of their values."""


def is_loopback(url: str) -> bool:
    """Whether the address names this machine only (localhost, 127.0.0.0/8, ::1)."""
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _address(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("must be an http:// or https:// address")
    if parts.scheme == "http" and not is_loopback(value):
        raise ValueError("must be https:// unless it is on this machine")
    return value.rstrip("/")


def _networks(value: Any) -> Any:
    if isinstance(value, str):
        return [ip_network(part.strip()) for part in value.split(",") if part.strip()]
    return value


def _whole(value: Any) -> Any:
    return int(value) if isinstance(value, str) and value.isdigit() else value


def _strong(value: SecretStr) -> SecretStr:
    secretcheck.strong(value.get_secret_value())
    return value


def _strong_if_set(value: SecretStr) -> SecretStr:
    return _strong(value) if value.get_secret_value() else value


def _issued(value: SecretStr) -> SecretStr:
    secretcheck.issued(value.get_secret_value())
    return value


def _keyset(value: SecretStr) -> SecretStr:
    secretcheck.keyset(value.get_secret_value())
    return value


def _strong_each(value: SecretStr) -> SecretStr:
    for part in vendor_settings.several(value.get_secret_value()):
        secretcheck.strong(part)
    return value


def _public_keys(value: str) -> str:
    vendor_settings.public_keys(value)
    return value


def _templates(value: str) -> str:
    vendor_settings.mail_templates(value)
    return value


Address = Annotated[str, AfterValidator(_address)]
OwnSecret = Annotated[SecretStr, AfterValidator(_strong)]  # made by us: must be long and random
OwnSecretOrNone = Annotated[SecretStr, AfterValidator(_strong_if_set)]  # empty switches the feature off
OwnSecretsOrNone = Annotated[SecretStr, AfterValidator(_strong_each)]  # comma-separated, one or two
IssuedSecret = Annotated[SecretStr, AfterValidator(_issued)]  # given by a vendor: any form, no placeholder
Keyset = Annotated[SecretStr, AfterValidator(_keyset)]
Port = Annotated[int, Field(ge=1, le=65535)]
PortOrNone = Annotated[int, Field(ge=0, le=65535)]
Networks = Annotated[list[IPv4Network | IPv6Network], NoDecode, BeforeValidator(_networks)]


class Env(BaseSettings):
    """Every setting of the program; the variable is the name in capitals after MOONLIT_."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="ignore", frozen=True, env_ignore_empty=True)

    # the web server
    port: Port = 8000
    listen: str = "127.0.0.1"
    base_url: Address = ""  # empty: http://127.0.0.1:<port>
    trusted_proxies: Networks = []
    metrics_port: PortOrNone = 0

    # where data lives
    data_dir: Path = Path(".moonlit")
    database_url: SecretStr = SecretStr("")
    database_role: str = "moonlit_app"  # "none": the login itself, which owns the tables
    database_pool: int = 0
    pg_bindir: Path | None = None
    pg_major: Annotated[Literal[16, 18], BeforeValidator(_whole)] = 16

    # secrets of our own
    secret_key: OwnSecret
    blind_index_key: OwnSecret
    encryption_keyset: Keyset

    # the EHR
    athena_base_url: Address
    athena_client_id: str
    athena_client_secret: IssuedSecret
    athena_practice_id: str
    athena_webhook_secret: OwnSecretOrNone = SecretStr("")
    athena_rps: float = 5
    athena_daily_limit: int = 50_000
    athena_supervision_write: Literal["supervisingproviderid", "providerid+schedulingproviderid"] = (
        "supervisingproviderid"
    )

    # messages
    sendgrid_base_url: Address = "https://api.sendgrid.com"
    sendgrid_api_key: IssuedSecret
    sendgrid_from: str = "no-reply@example.org"
    sendgrid_templates: Annotated[str, AfterValidator(_templates)] = ""
    sendgrid_sandbox: bool = False
    sendgrid_webhook_public_key: Annotated[str, AfterValidator(_public_keys)] = ""
    sendgrid_webhook_window: Annotated[int, Field(ge=1, le=86_400)] = 300
    notifyre_base_url: Address = "https://api.notifyre.com"
    notifyre_api_token: IssuedSecret
    notifyre_api_version: str = "20220711"
    notifyre_from: str = ""
    notifyre_webhook_secret: OwnSecretsOrNone = SecretStr("")

    # behaviour
    eligibility_provider: Literal["none"] = "none"
    hold_freezes_ehr: bool = False
    worker_sync: bool = True
    worker_concurrency: int = 4
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @model_validator(mode="before")
    @classmethod
    def _fill(cls, values: dict[str, Any]) -> dict[str, Any]:
        """PORT, which hosting platforms set, stands in for MOONLIT_PORT; the base URL follows the port."""
        values.setdefault("port", os.environ.get("PORT") or 8000)
        values.setdefault("base_url", f"http://127.0.0.1:{values['port']}")
        return values

    @property
    def role(self) -> str:
        """The database role to take after connecting, empty for none."""
        return "" if self.database_role == "none" else self.database_role

    @property
    def https(self) -> bool:
        return self.base_url.startswith("https://")


def read_env() -> Env:
    """The environment as a typed object. Raises ConfigurationError naming every variable at fault."""
    try:
        return Env()
    except ValidationError as fault:
        lines = [_line(error) for error in fault.errors(include_input=False, include_url=False)]
    raise ConfigurationError(
        "Moonlit cannot start with this environment (each setting is explained in .env.example):\n" + "\n".join(lines),
    )


def _line(error: Any) -> str:
    name = PREFIX + str(error["loc"][0]).upper() if error["loc"] else "environment"
    if error["type"] == "missing":
        return f"  {name} is missing"
    return f"  {name} {error['msg'].removeprefix('Value error, ')}"


@lru_cache(maxsize=1)
def env() -> Env:
    """The settings of this process, read at the first call and never again."""
    return read_env()
