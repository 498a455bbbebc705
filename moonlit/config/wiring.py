"""Builds the adapter behind each port from the environment; the only place that knows which vendor answers."""

from functools import lru_cache

from moonlit.ehr.port import EhrPort
from moonlit.eligibility.port import ContractsOnly, EligibilityCheck
from moonlit.notifications.port import EmailSender, SmsSender
from moonlit.platform import http, vendor_settings
from moonlit.platform.env import env


@lru_cache(maxsize=1)
def ehr() -> EhrPort:
    """Athenahealth (or its simulator: the address alone decides), one per process."""
    from moonlit.ehr.athena.adapter import AthenaEhr
    from moonlit.ehr.athena.settings import AthenaSettings

    return AthenaEhr(
        AthenaSettings(
            base_url=env().athena_base_url,
            client_id=env().athena_client_id,
            client_secret=env().athena_client_secret.get_secret_value(),
            practice_id=env().athena_practice_id,
            webhook_secret=env().athena_webhook_secret.get_secret_value(),
            rps=env().athena_rps,
            daily_limit=env().athena_daily_limit,
            supervision_write=env().athena_supervision_write,
        ),
    )


@lru_cache(maxsize=1)
def email() -> EmailSender:
    """SendGrid, one per process."""
    from moonlit.notifications.sendgrid.client import SendGrid

    key = env().sendgrid_api_key.get_secret_value()
    return SendGrid(
        http=http.client(
            "sendgrid",
            env().sendgrid_base_url,
            headers={"Authorization": f"Bearer {key}"},
            request_id_header="x-message-id",
        ),
        sender=env().sendgrid_from,
        templates=vendor_settings.mail_templates(env().sendgrid_templates),
        sandbox=env().sendgrid_sandbox,
        keys=vendor_settings.public_keys(env().sendgrid_webhook_public_key),
        window=env().sendgrid_webhook_window,
    )


@lru_cache(maxsize=1)
def sms() -> SmsSender:
    """Notifyre, one per process."""
    from moonlit.notifications.notifyre.client import Notifyre

    token = env().notifyre_api_token.get_secret_value()
    return Notifyre(
        http=http.client("notifyre", env().notifyre_base_url, headers={"x-api-token": token}),
        version=env().notifyre_api_version,
        sender=env().notifyre_from,
        secrets=vendor_settings.several(env().notifyre_webhook_secret.get_secret_value()),
        callback=f"{env().base_url}/api/v1/webhooks/notifyre",
    )


def eligibility() -> EligibilityCheck:
    """Contracts only: `env` has refused any other provider at start."""
    return ContractsOnly()
