import pytest

from moonlit.config.database import database
from moonlit.platform.env import read_env


@pytest.fixture
def entry(monkeypatch):
    def read(**settings):
        for name, value in settings.items():
            monkeypatch.setenv(f"MOONLIT_{name}", value)
        return database(read_env())

    return read


def test_an_address_with_everything_in_it(entry):
    found = entry(
        DATABASE_URL="postgresql://app:pw@db.example.org:6432/moonlit?sslmode=verify-full", DATABASE_ROLE="moonlit_app"
    )
    assert (found["HOST"], found["PORT"], found["NAME"], found["USER"], found["PASSWORD"]) == (
        "db.example.org",
        "6432",
        "moonlit",
        "app",
        "pw",
    )
    assert found["OPTIONS"]["sslmode"] == "verify-full"
    assert found["OPTIONS"]["options"] == "-c role=moonlit_app"


def test_without_an_address_the_embedded_server_of_the_data_folder(entry, tmp_path):
    found = entry(DATABASE_URL="", DATA_DIR=str(tmp_path))
    assert found["HOST"].startswith("/var/tmp/moonlit-")
    assert found["NAME"] == "moonlit"


def test_the_login_itself_when_the_role_is_none(entry):
    assert "options" not in entry(DATABASE_ROLE="none")["OPTIONS"]


def test_a_pool_only_where_one_is_asked_for(entry):
    assert "pool" not in entry()["OPTIONS"]
    assert entry(DATABASE_POOL="4")["OPTIONS"]["pool"]["max_size"] == 4
