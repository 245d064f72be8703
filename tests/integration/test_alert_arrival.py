"""An alert on its way: a real Prometheus, a real Alertmanager with addresses of the environment, a webhook, a mail."""

import json
import urllib.request
from email import message_from_string, policy
from pathlib import Path

import pytest
import yaml
from pydantic import SecretStr

from ops.monitoring.alert_routes import render
from ops.monitoring.alert_settings import AlertSettings
from ops.patience import patience_seconds, wait_for
from tests.conftest import ROOT, Run
from tests.contracts.test_rules import alerts
from tests.support.mailbox import mail_server, webhook
from tests.support.observatory import RUNBOOKS, alertmanager, asked, observatory

pytestmark = [pytest.mark.integration]
# Nothing is scraped: what speaks of absence must fire.
ABSENT = {"StreamOutage", "FreshnessExporterSilent"}


def hurried(configuration: str) -> str:
    """Return a configuration whose route waits no longer than a test has to."""
    settings = yaml.safe_load(configuration)
    settings["route"] |= {"group_wait": "1s", "group_interval": "1s"}
    return yaml.safe_dump(settings)


def test_an_alert_arrives_at_the_webhook_and_in_the_mail_and_its_runbook_opens(ledgermind: Run, tmp_path: Path) -> None:
    with webhook() as (address, posted), mail_server() as (server, mails):
        written = ledgermind(
            "alerts", "routes", "--output", "alertmanager.yml",
            LEDGERMIND_ALERT_WEBHOOK_URL=address,
            LEDGERMIND_ALERT_EMAIL_TO="operator@example.org",
            LEDGERMIND_ALERT_EMAIL_FROM="ledgermind@example.org",
            LEDGERMIND_ALERT_SMTP_ADDRESS=server,
            LEDGERMIND_ALERT_SMTP_REQUIRE_TLS="false",
        )  # fmt: skip
        assert written.returncode == 0, written.stderr
        assert (tmp_path / "alertmanager.yml").stat().st_mode & 0o077 == 0
        configuration = hurried((tmp_path / "alertmanager.yml").read_text())
        with (
            alertmanager(tmp_path, configuration) as manager,
            observatory(tmp_path, {}, factor=600, alertmanager=manager),
        ):
            wait_for(
                lambda: {post["groupLabels"]["alertname"] for post in posted} >= ABSENT,
                lambda: f"arrival of {ABSENT} in {posted}",
            )
            arrived = list(posted)
            wait_for(lambda: all(any(name in mail for mail in mails) for name in ABSENT), "mails of both")
            assert {post["receiver"] for post in arrived} == {"critical", "warning"}
            for post in arrived:
                for alert in post["alerts"]:
                    with urllib.request.urlopen(
                        alert["annotations"]["runbook_url"], timeout=patience_seconds()
                    ) as page:
                        assert page.read().decode() == (RUNBOOKS / f"{alert['labels']['alertname']}.md").read_text()
            mail = message_from_string(next(one for one in mails if "StreamOutage" in one), policy=policy.default)
            assert mail["To"] == "operator@example.org"
            page_of_mail = mail.get_body(("html", "plain"))
            assert page_of_mail is not None
            assert "No worker reads a partition of transactions." in page_of_mail.get_content()


def test_a_warning_is_held_back_under_something_critical_of_the_same_program_only(tmp_path: Path) -> None:
    fired = {"MLModelUnavailable", "MLLowCoverage", "WarehouseBuildOld"}
    labels = {alert["alert"]: alert["labels"] | {"alertname": alert["alert"]} for alert in alerts()}
    with webhook() as (address, posted):
        configuration = hurried(render(AlertSettings(webhook_url=SecretStr(address))))
        with alertmanager(tmp_path, configuration) as manager:
            body = json.dumps([{"labels": labels[name]} for name in sorted(fired)]).encode()
            request = urllib.request.Request(
                f"http://{manager}/api/v2/alerts", body, {"Content-Type": "application/json"}
            )
            urllib.request.urlopen(request, timeout=patience_seconds()).close()
            wait_for(lambda: len(posted) == 2, lambda: f"two arrivals: {posted}")
            held = asked(f"http://{manager}/api/v2/alerts?active=false&inhibited=true")
    assert {post["groupLabels"]["alertname"] for post in posted} == fired - {"MLLowCoverage"}
    assert {post["receiver"] for post in posted} == {"critical", "warning"}
    assert [alert["labels"]["alertname"] for alert in held] == ["MLLowCoverage"]


def test_prometheus_serves_every_runbook_as_it_is_written(tmp_path: Path) -> None:
    with observatory(tmp_path, {}, factor=600) as prometheus:
        for alert in alerts():
            name = f"{alert['alert']}.md"
            with urllib.request.urlopen(f"{prometheus.address}/consoles/{name}", timeout=patience_seconds()) as page:
                assert page.read().decode() == (ROOT / "ops" / "deploy" / "runbooks" / name).read_text(), name


@pytest.mark.parametrize(
    ("variables", "fault"),
    [
        pytest.param(
            {"EMAIL_TO": "a@b.c"}, "also needs LEDGERMIND_ALERT_EMAIL_FROM and LEDGERMIND_ALERT_SMTP_ADDRESS", id="half"
        ),
        pytest.param(
            {"WEBHOOK_URL": "chat.example.org"}, "LEDGERMIND_ALERT_WEBHOOK_URL: must begin with http", id="no address"
        ),
        pytest.param({"SMTP_ADDRESS": "mail"}, "LEDGERMIND_ALERT_SMTP_ADDRESS", id="no port"),
    ],
)
def test_an_address_that_cannot_be_used_is_one_line(ledgermind: Run, variables: dict[str, str], fault: str) -> None:
    done = ledgermind("alerts", "routes", **{f"LEDGERMIND_ALERT_{name}": value for name, value in variables.items()})
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert fault in line
