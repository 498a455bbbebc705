import base64
import json
import os
import secrets
from pathlib import Path

import pytest

from moonlit.platform.env import PREFIX, ConfigurationError, Env, is_loopback, read_env

EXAMPLE = Path(__file__).resolve().parents[3] / ".env.example"


@pytest.fixture
def environment(monkeypatch):
    """The run's own environment, which is valid; each test spoils one thing."""
    for name in ("PORT", "MOONLIT_PORT", "MOONLIT_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


def faults():
    with pytest.raises(ConfigurationError) as caught:
        read_env()
    return str(caught.value)


def test_a_complete_environment_is_read_with_its_defaults(environment):
    found = read_env()
    assert (found.port, found.base_url, found.pg_major) == (8000, "http://127.0.0.1:8000", 16)


def test_all_faults_are_listed_at_once_by_name(environment):
    environment.delenv("MOONLIT_SECRET_KEY")
    environment.setenv("MOONLIT_PORT", "web")
    environment.setenv("MOONLIT_ATHENA_BASE_URL", "athena.example.org")
    environment.setenv("MOONLIT_ELIGIBILITY_PROVIDER", "optum")
    told = faults()
    for name in (
        "MOONLIT_SECRET_KEY is missing",
        "MOONLIT_PORT",
        "MOONLIT_ATHENA_BASE_URL",
        "MOONLIT_ELIGIBILITY_PROVIDER",
    ):
        assert name in told


@pytest.mark.parametrize(
    "weak", ["short", "a" * 64, "abab" * 16, "changeme-" + "q8Zr2" * 8, "<your secret, at least 32 characters>"]
)
def test_a_weak_secret_is_refused_by_name_and_never_repeated(environment, weak):
    environment.setenv("MOONLIT_BLIND_INDEX_KEY", weak)
    told = faults()
    assert "MOONLIT_BLIND_INDEX_KEY" in told
    assert weak not in told


def test_random_secrets_of_the_demo_and_of_openssl_are_strong_enough(environment):
    for _ in range(200):
        environment.setenv("MOONLIT_SECRET_KEY", secrets.token_urlsafe(36))
        environment.setenv("MOONLIT_BLIND_INDEX_KEY", secrets.token_hex(32))
        read_env()


@pytest.mark.parametrize(
    "broken",
    [
        "AAAA",
        base64.b64encode(b"{}").decode(),
        base64.b64encode(json.dumps({"primaryKeyId": 1, "key": []}).encode()).decode(),
        "placeholder",
    ],
)
def test_a_keyset_that_is_none_is_refused(environment, broken):
    environment.setenv("MOONLIT_ENCRYPTION_KEYSET", broken)
    assert "MOONLIT_ENCRYPTION_KEYSET" in faults()


def test_a_plain_http_address_is_refused_unless_it_is_this_machine(environment):
    environment.setenv("MOONLIT_BASE_URL", "http://book.example.org")
    assert "MOONLIT_BASE_URL must be https://" in faults()
    environment.setenv("MOONLIT_BASE_URL", "http://localhost:9000/")
    assert read_env().base_url == "http://localhost:9000"


def test_the_platforms_port_stands_in_and_ours_wins(environment):
    environment.setenv("PORT", "9100")
    assert read_env().port == 9100
    assert read_env().base_url == "http://127.0.0.1:9100"
    environment.setenv("MOONLIT_PORT", "9200")
    assert read_env().port == 9200


def test_trusted_proxies_are_networks(environment):
    environment.setenv("MOONLIT_TRUSTED_PROXIES", "10.0.0.0/8, fd00::/8")
    assert [str(network) for network in read_env().trusted_proxies] == ["10.0.0.0/8", "fd00::/8"]
    environment.setenv("MOONLIT_TRUSTED_PROXIES", "everyone")
    assert "MOONLIT_TRUSTED_PROXIES" in faults()


def test_secrets_do_not_show_in_the_settings_own_text(environment):
    assert os.environ["MOONLIT_SECRET_KEY"] not in repr(read_env())


def test_every_setting_has_a_line_with_its_default_and_meaning():
    lines = {}
    for line in EXAMPLE.read_text().splitlines():
        if line.startswith(PREFIX):
            name, _, rest = line.partition("=")
            default, _, meaning = rest.partition("#")
            lines[name] = (default.strip(), meaning.strip())
    fields = {PREFIX + name.upper(): field for name, field in Env.model_fields.items()}
    assert lines.keys() == fields.keys()
    for name, (default, meaning) in lines.items():
        assert len(meaning) > 9, name
        if fields[name].is_required():
            assert meaning.startswith("required"), name
            assert default == "", name
        else:
            assert not meaning.startswith("required"), name
            kept = fields[name].default
            kept = kept.get_secret_value() if hasattr(kept, "get_secret_value") else kept
            shown = (
                {None: "", True: "1"}.get(kept, kept)
                if not isinstance(kept, list | int | float) or kept is True
                else kept or ""
            )
            assert default in {str(shown), str(kept)}, name


def test_every_default_may_be_written_out(environment):
    for line in EXAMPLE.read_text().splitlines():
        if line.startswith(PREFIX):
            name, _, rest = line.partition("=")
            default = rest.partition("#")[0].strip()
            if default:
                environment.setenv(name, default)
    read_env()
    environment.setenv("MOONLIT_PG_MAJOR", "18")
    assert read_env().pg_major == 18
    environment.setenv("MOONLIT_PG_MAJOR", "15")
    assert "MOONLIT_PG_MAJOR" in faults()


@pytest.mark.parametrize(
    ("url", "here"),
    [
        ("http://127.0.0.1:8000", True),
        ("http://[::1]", True),
        ("http://localhost", True),
        ("https://127.0.0.1.example.org", False),
        ("https://example.org", False),
        ("", False),
    ],
)
def test_loopback_is_judged_by_the_host_alone(url, here):
    assert is_loopback(url) is here
