"""How the processes connect to PostgreSQL."""

from typing import Any

from psycopg.conninfo import conninfo_to_dict

from moonlit.platform import localpg
from moonlit.platform.env import Env


def database(env: Env) -> dict[str, Any]:
    """Django's entry for the database of this environment; the embedded server where no address is given."""
    url = env.database_url.get_secret_value()
    found = dict(conninfo_to_dict(url)) if url else dict(localpg.address(env.data_dir))
    options: dict[str, Any] = {key: found.pop(key) for key in [*found] if key.startswith("ssl")}
    options["prepare_threshold"] = 5
    if env.role:
        options["options"] = f"-c role={env.role}"
    if env.database_pool:
        options["pool"] = {"min_size": 1, "max_size": env.database_pool, "timeout": 10}
    return {
        "ENGINE": "moonlit.platform.postgres",
        "NAME": found.pop("dbname"),
        "USER": found.pop("user", ""),
        "PASSWORD": found.pop("password", ""),
        "HOST": found.pop("host", ""),
        "PORT": str(found.pop("port", "")),
        "CONN_HEALTH_CHECKS": not env.database_pool,  # pooled ones are looked at by the engine
        "OPTIONS": {**found, **options},
    }
