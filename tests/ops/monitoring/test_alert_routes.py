"""Alertmanager's configuration reaches whoever was named, and nobody where an address is half given."""

import pytest
import yaml

from ops.monitoring.alert_routes import AlertSettingsError, render
from ops.monitoring.alert_settings import AlertSettings

EMAIL = {"email_to": "on-call@example.org", "email_from": "lm@example.org", "smtp_address": "mail.example.org:587"}


@pytest.fixture(autouse=True)
def no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in AlertSettings.model_fields:
        monkeypatch.delenv(f"LEDGERMIND_ALERT_{name.upper()}", raising=False)


def receivers(**settings: str) -> list[dict[str, list[dict[str, object]]]]:
    made = yaml.safe_load(render(AlertSettings.model_validate(settings)))
    found: list[dict[str, list[dict[str, object]]]] = made["receivers"]
    return found


def test_every_receiver_gets_each_address_and_is_told_when_it_is_over() -> None:
    for receiver in receivers(webhook_url="https://example.org/hook", **EMAIL):
        (hook,), (mail,) = receiver["webhook_configs"], receiver["email_configs"]
        assert (hook["url"], hook["send_resolved"]) == ("https://example.org/hook", True)
        assert (mail["to"], mail["smarthost"], mail["require_tls"]) == (EMAIL["email_to"], EMAIL["smtp_address"], True)


def test_without_any_address_alerts_stand_on_a_page_and_nothing_is_sent() -> None:
    assert all(set(receiver) == {"name"} for receiver in receivers())


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        pytest.param({"email_to": "a@example.org"}, "also needs LEDGERMIND_ALERT_EMAIL_FROM and", id="half"),
        pytest.param({"webhook_url": "example.org/hook"}, "must begin with http", id="no address"),
    ],
)  # fmt: skip
def test_half_an_address_is_refused_by_the_names_that_are_missing(settings: dict[str, str], says: str) -> None:
    with pytest.raises(AlertSettingsError, match=says):
        receivers(**settings)


def test_a_password_is_written_where_alertmanager_reads_it_and_not_where_settings_are_shown() -> None:
    settings = AlertSettings.model_validate(EMAIL | {"smtp_username": "lm", "smtp_password": "s3cret"})
    assert "s3cret" in render(settings)
    assert "s3cret" not in repr(settings)
