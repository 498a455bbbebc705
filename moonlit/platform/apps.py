from importlib import import_module
from importlib.util import find_spec

from django.apps import AppConfig, apps


class PlatformConfig(AppConfig):
    name = "moonlit.platform"
    label = "platform"

    def ready(self) -> None:
        """Import what registers itself: subscribers, jobs and sweeps of every app, and the platform's own sweeps."""
        for module in ("outbox", "idempotency", "ratelimit", "worker"):
            import_module(f"moonlit.platform.{module}")
        for config in apps.get_app_configs():
            for module in ("events", "jobs"):
                if config.name.startswith("moonlit.") and find_spec(f"{config.name}.{module}"):
                    import_module(f"{config.name}.{module}")
