"""Alert settings: where alerts are sent to, read from LEDGERMIND_ALERT_*."""

from typing import Annotated

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class AlertSettings(BaseSettings):
    """A webhook, an e-mail address, both or neither; an empty value is none.

    ``smtp_address`` is host:port of the server that takes the e-mail.
    """

    model_config = SettingsConfigDict(env_prefix="LEDGERMIND_ALERT_", frozen=True, env_ignore_empty=True)

    webhook_url: SecretStr | None = None  # may hold a token
    email_to: str | None = None
    email_from: str | None = None
    smtp_address: Annotated[str | None, Field(pattern=r"^[^\s:]+:\d+$")] = None
    smtp_username: str | None = None
    smtp_password: SecretStr | None = None
    smtp_require_tls: bool = True

    def fault(self) -> str | None:
        """Return what does not go together, None where all is well."""
        given = {"EMAIL_TO": self.email_to, "EMAIL_FROM": self.email_from, "SMTP_ADDRESS": self.smtp_address}
        missing = [f"LEDGERMIND_ALERT_{name}" for name, value in given.items() if value is None]
        if missing and len(missing) < len(given):
            return f"an e-mail address for alerts also needs {' and '.join(missing)}"
        if self.webhook_url is not None and not self.webhook_url.get_secret_value().startswith(("http://", "https://")):
            return "LEDGERMIND_ALERT_WEBHOOK_URL: must begin with http:// or https://"
        return None
