import os
import stat

import pytest

from moonlit.cli import environment
from moonlit.platform.env import ConfigurationError, read_env


@pytest.fixture(autouse=True)
def bare(monkeypatch, tmp_path):
    """An environment without any setting, and an empty data folder; everything is put back afterwards."""
    before = dict(os.environ)
    for name in [name for name in os.environ if name.startswith("MOONLIT_")]:
        del os.environ[name]
    os.environ.pop("PORT", None)
    os.environ["MOONLIT_DATA_DIR"] = str(tmp_path / "data")
    yield
    os.environ.clear()
    os.environ.update(before)


def test_the_first_demo_writes_random_secrets_only_its_owner_can_read(tmp_path):
    environment.use_demo_secrets(create=True)
    path = tmp_path / "data" / "secrets.env"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    found = read_env()
    assert found.athena_base_url == "http://127.0.0.1:8002"
    assert found.secret_key.get_secret_value() in path.read_text()


def test_the_secrets_stay_the_same_at_the_next_start():
    environment.use_demo_secrets(create=True)
    first = read_env().encryption_keyset
    del os.environ["MOONLIT_ENCRYPTION_KEYSET"]
    environment.use_demo_secrets(create=True)
    assert read_env().encryption_keyset == first


def test_a_demo_of_an_older_version_gets_only_the_secrets_it_lacks(tmp_path):
    environment.use_demo_secrets(create=True)
    path = tmp_path / "data" / "secrets.env"
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(line for line in lines if environment.SIGNING_KEY not in line))
    environment.use_demo_secrets(create=True)
    now = path.read_text().splitlines(keepends=True)
    assert now[:-1] == lines[:-1]
    assert now[-1].startswith(environment.SIGNING_KEY)


def test_two_installations_share_no_secret(tmp_path):
    environment.use_demo_secrets(create=True)
    first = os.environ["MOONLIT_SECRET_KEY"]
    del os.environ["MOONLIT_SECRET_KEY"]
    os.environ["MOONLIT_DATA_DIR"] = str(tmp_path / "other")
    environment.use_demo_secrets(create=True)
    assert os.environ["MOONLIT_SECRET_KEY"] != first


def test_values_already_in_the_environment_win():
    os.environ["MOONLIT_SECRET_KEY"] = "k7Qz-from-the-environment-93jdKsl20fhAm"
    environment.use_demo_secrets(create=True)
    assert read_env().secret_key.get_secret_value() == "k7Qz-from-the-environment-93jdKsl20fhAm"


def test_demo_secrets_are_refused_with_a_public_base_url():
    environment.use_demo_secrets(create=True)
    os.environ["MOONLIT_BASE_URL"] = "https://book.example.org"
    with pytest.raises(ConfigurationError, match="MOONLIT_BASE_URL"):
        environment.use_demo_secrets(create=False)


def test_without_a_demo_nothing_is_filled_in():
    environment.use_demo_secrets(create=False)
    with pytest.raises(ConfigurationError, match="MOONLIT_SECRET_KEY is missing"):
        read_env()


def test_with_an_athena_of_ones_own_its_secrets_must_be_ones_own():
    os.environ["MOONLIT_ATHENA_BASE_URL"] = "https://api.preview.platform.example.org"
    environment.use_demo_secrets(create=True)
    assert not environment.simulated("ATHENA")
    assert environment.simulated("SENDGRID")
    with pytest.raises(ConfigurationError, match="MOONLIT_ATHENA_CLIENT_SECRET is missing"):
        read_env()


def test_the_simulators_follow_the_web_port():
    os.environ["MOONLIT_PORT"] = "9300"
    environment.use_demo_secrets(create=True)
    found = read_env()
    assert (found.sendgrid_base_url, found.notifyre_base_url) == ("http://127.0.0.1:9303", "http://127.0.0.1:9304")


@pytest.mark.parametrize("port", ["web", "0", "65533", "-1"])
def test_a_port_that_is_none_is_refused(port):
    os.environ["MOONLIT_PORT"] = port
    with pytest.raises(ConfigurationError, match="MOONLIT_PORT"):
        environment.use_demo_secrets(create=True)
