"""Alert routes: Alertmanager's configuration, its receivers filled in.

ops/deploy/alertmanager/alertmanager.yml has the routes and the names of the receivers; Alertmanager reads no
environment.
"""

from pathlib import Path
from typing import Any, Final

import yaml

from ops.errors import OpsError
from ops.monitoring.alert_settings import AlertSettings

FILE: Final = Path(__file__).parents[1] / "deploy" / "alertmanager" / "alertmanager.yml"
_HEAD: Final = "# Written by ledgermind alerts routes from LEDGERMIND_ALERT_*; it may hold a password and a token.\n"


class AlertSettingsError(OpsError):
    """LEDGERMIND_ALERT_* do not go together."""

    exit_code = 2


def render(settings: AlertSettings) -> str:
    """Return the configuration as YAML; without any address alerts stand on Alertmanager's own page only.

    Raises AlertSettingsError where an address is incomplete.
    """
    if (fault := settings.fault()) is not None:
        raise AlertSettingsError(fault)
    configuration: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    for receiver in configuration["receivers"]:
        receiver.update(_addresses(settings))
    return _HEAD + yaml.safe_dump(configuration, sort_keys=False, width=120)


def _addresses(settings: AlertSettings) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if settings.webhook_url is not None:
        found["webhook_configs"] = [{"url": settings.webhook_url.get_secret_value(), "send_resolved": True}]
    if settings.email_to is not None:
        email: dict[str, Any] = {
            "to": settings.email_to,
            "from": settings.email_from,
            "smarthost": settings.smtp_address,
            "require_tls": settings.smtp_require_tls,
            "send_resolved": True,
        }
        if settings.smtp_username is not None:
            email["auth_username"] = settings.smtp_username
        if settings.smtp_password is not None:
            email["auth_password"] = settings.smtp_password.get_secret_value()
        found["email_configs"] = [email]
    return found
