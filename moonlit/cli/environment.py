"""What a command needs around it: the demo's secrets where the environment has none, Django, a database that runs.

`make demo` writes random secrets to `<data dir>/secrets.env` (0600). Every command run beside it on the same machine
reads them too; values already in the environment win, and the file is refused with a public base URL.
"""

import base64
import os
import secrets
from contextlib import ExitStack
from pathlib import Path

from moonlit.platform.env import ConfigurationError, env, is_loopback

SIMULATED_PRACTICE = "195900"
# The secrets of one vendor count only while that vendor is our own simulator.
OWN_SECRETS = ("SECRET_KEY", "BLIND_INDEX_KEY")
VENDOR_SECRETS = {
    "ATHENA": ("ATHENA_CLIENT_ID", "ATHENA_CLIENT_SECRET", "ATHENA_WEBHOOK_SECRET"),
    "SENDGRID": ("SENDGRID_API_KEY",),
    "NOTIFYRE": ("NOTIFYRE_API_TOKEN", "NOTIFYRE_WEBHOOK_SECRET"),
}
SIGNING_KEY = "SIM_SENDGRID_SIGNING_KEY"
"""Private key of SendGrid's event webhook (base64 of DER), for the simulator; the program gets the public half."""
PORT_OFFSET = {"ATHENA": 2, "SENDGRID": 3, "NOTIFYRE": 4}


def data_dir() -> Path:
    return Path(os.environ.get("MOONLIT_DATA_DIR") or ".moonlit")


def web_port() -> int:
    """The port of the web server, before the environment has been read as a whole. Raises ConfigurationError."""
    given = os.environ.get("MOONLIT_PORT") or os.environ.get("PORT") or "8000"
    if not given.isdigit() or not 1 <= int(given) <= 65535 - max(PORT_OFFSET.values()):
        raise ConfigurationError(f"MOONLIT_PORT must be a port number, 1 to {65535 - max(PORT_OFFSET.values())}")
    return int(given)


def simulated(vendor: str) -> bool:
    """Whether this vendor is the simulator `make demo` starts (nobody gave another address)."""
    given = os.environ.get(f"MOONLIT_{vendor}_BASE_URL", "")
    return not given or given == _simulator(vendor)


def _simulator(vendor: str) -> str:
    return f"http://127.0.0.1:{web_port() + PORT_OFFSET[vendor]}"


def use_demo_secrets(*, create: bool) -> None:
    """Fills what the environment lacks from the demo's file; without a file nothing happens unless `create`.

    Raises ConfigurationError when the base URL is not of this machine.
    """
    path = data_dir() / "secrets.env"
    if not path.exists() and not create:
        return
    base_url = os.environ.get("MOONLIT_BASE_URL", "")
    if base_url and not is_loopback(base_url):
        raise ConfigurationError(f"{path} holds secrets of a demo; they are refused with MOONLIT_BASE_URL not loopback")
    if create:
        _complete(path)
    found = _read(path)
    skipped = {f"MOONLIT_{name}" for vendor, names in VENDOR_SECRETS.items() if not simulated(vendor) for name in names}
    for name, value in found.items():
        if name not in skipped:
            os.environ.setdefault(name, value)
    for vendor in filter(simulated, PORT_OFFSET):
        os.environ.setdefault(f"MOONLIT_{vendor}_BASE_URL", _simulator(vendor))
    if simulated("ATHENA"):
        os.environ.setdefault("MOONLIT_ATHENA_PRACTICE_ID", SIMULATED_PRACTICE)
        os.environ.setdefault("MOONLIT_ATHENA_RPS", "0")
    if simulated("SENDGRID"):
        os.environ.setdefault("MOONLIT_SENDGRID_FROM", "booking@example.org")
        os.environ.setdefault("MOONLIT_SENDGRID_WEBHOOK_PUBLIC_KEY", _public_half(os.environ.get(SIGNING_KEY, "")))


def _read(path: Path) -> dict[str, str]:
    return dict(line.split("=", 1) for line in path.read_text().splitlines() if "=" in line)


def _complete(path: Path) -> None:
    """Every secret that the file lacks is made and added: a demo of an older version goes on with its own."""
    path.parent.mkdir(parents=True, exist_ok=True)
    known = set(_read(path)) if path.exists() else set()
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a") as file:
        if not known:
            file.write("# Made by `make demo` for this machine only. Whoever reads it reads the data.\n")
        file.writelines(f"{name}={value}\n" for name, value in _new_secrets().items() if name not in known)


def _new_secrets() -> dict[str, str]:
    # crypto.keys reads no environment until a cipher is asked for
    from moonlit.platform.crypto.keys import new_keyset

    names = [*OWN_SECRETS, *(name for names in VENDOR_SECRETS.values() for name in names)]
    made = {f"MOONLIT_{name}": secrets.token_urlsafe(36) for name in names}
    made["MOONLIT_ENCRYPTION_KEYSET"] = new_keyset()
    made[SIGNING_KEY] = _signing_key()
    return made


def _signing_key() -> str:
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    private = ec.generate_private_key(ec.SECP256R1())
    return base64.b64encode(private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())).decode()


def _public_half(signing_key: str) -> str:
    """As the vendor's settings page shows it, base64 of DER; empty without a key."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_private_key

    if not signing_key:
        return ""
    public = load_der_private_key(base64.b64decode(signing_key), None).public_key()
    return base64.b64encode(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()


def prepare(process: str, stack: ExitStack, *, database: bool, owner: bool) -> None:
    """Reads the environment, sets Django up and, where asked, has a database run until the stack closes."""
    use_demo_secrets(create=process == "manage")
    if owner:
        os.environ["MOONLIT_DATABASE_ROLE"] = "none"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "moonlit.config.settings")
    settings = env()
    if database and not settings.database_url.get_secret_value():
        from moonlit.platform import localpg

        stack.enter_context(localpg.running(settings.data_dir, settings.pg_bindir, settings.pg_major))
    from moonlit.platform import log

    log.configure(settings.log_level if process in {"worker", "sync"} else "warning")  # a command speaks for itself
    import django

    django.setup()
