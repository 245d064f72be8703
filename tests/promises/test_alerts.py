"""What is promised of alerts: receivers from the environment, a worker that says whether it is ready."""

import pytest

from tests.promises.conftest import RunCommand
from tests.promises.stack import Stack


@pytest.mark.promise(
    "the receivers that `LEDGERMIND_ALERT_*` names, a webhook, an e-mail address or both", "docs/METRICS.md"
)
def test_receivers_are_those_of_the_environment(run: RunCommand) -> None:
    webhook = {"LEDGERMIND_ALERT_WEBHOOK_URL": "https://chat.example.org/hook"}
    mail = {
        "LEDGERMIND_ALERT_EMAIL_TO": "night@example.org",
        "LEDGERMIND_ALERT_EMAIL_FROM": "ledgermind@example.org",
        "LEDGERMIND_ALERT_SMTP_ADDRESS": "mail.example.org:587",
    }
    neither, one, both = (run("alerts", "routes", **told) for told in ({}, webhook, webhook | mail))
    assert {neither.code, one.code, both.code} == {0}
    assert "webhook_configs" not in neither.stdout
    assert "email_configs" not in neither.stdout
    assert one.stdout.count("url: https://chat.example.org/hook") == 2  # critical and warning
    assert "email_configs" not in one.stdout
    assert both.stdout.count("to: night@example.org") == 2
    assert both.stdout.count("smarthost: mail.example.org:587") == 2


@pytest.mark.promise("1 while /ready says yes, else 0.", "docs/METRICS.md")
def test_the_metric_says_what_the_page_says(stack: Stack) -> None:
    with stack.worker() as worker:
        worker.wait_until_ready()
        assert worker.page("/ready")[0] == 200
        assert worker.metrics()["lm_stream_ready"] == 1
