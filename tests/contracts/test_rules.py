"""Prometheus' rules: they name only what is exported, no empty denominator is papered over, and promtool says yes."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from ops.patience import patience_seconds
from tests.conftest import ROOT

FOLDER = ROOT / "ops" / "prometheus"
RULES = sorted((FOLDER / "rules").glob("*.yml"))
METRIC = re.compile(r"\b(?:(?:lm|dbt)_[a-z0-9_]+|up\b)")
SUFFIX = re.compile(r"_(bucket|sum|count)$")


def alerts() -> list[dict[str, Any]]:
    """Return every alert of every file."""
    groups = (group for file in RULES for group in yaml.safe_load(file.read_text())["groups"])
    return [rule for group in groups for rule in group["rules"] if "alert" in rule]


def expressions(file: Path) -> list[str]:
    return [rule["expr"] for group in yaml.safe_load(file.read_text())["groups"] for rule in group["rules"]]


@pytest.fixture(scope="module")
def promtool() -> str:
    found = shutil.which("promtool")
    if found is None:
        pytest.skip("rules are checked by promtool, which is not on the PATH")
    return found


@pytest.mark.parametrize("file", RULES, ids=lambda file: file.stem)
def test_a_rule_names_only_what_some_program_exports(file: Path) -> None:
    page = {"up"} | set(re.findall(r"^\| `([a-z0-9_]+)` \|", (ROOT / "docs" / "METRICS.md").read_text(), re.MULTILINE))
    named = {name for expression in expressions(file) for name in METRIC.findall(expression)}
    assert named
    assert {name for name in named if name not in page and SUFFIX.sub("", name) not in page} == set()


@pytest.mark.parametrize("file", RULES, ids=lambda file: file.stem)
def test_an_empty_denominator_is_no_data_and_never_one(file: Path) -> None:
    for expression in expressions(file):
        assert "clamp" not in expression
        for denominator in re.findall(r"\n/ (.+)", expression):
            assert denominator.startswith("(")
            assert denominator.endswith("> 0)")


@pytest.mark.parametrize("file", RULES, ids=lambda file: file.stem)
def test_promtool_takes_every_file_and_its_own_cases_hold(promtool: str, file: Path) -> None:
    cases = FOLDER / "tests" / file.name
    assert cases.exists(), f"{file.name} has no cases beside it"
    for words in (["check", "rules", str(file)], ["test", "rules", str(cases)]):
        done = subprocess.run(
            [promtool, *words], capture_output=True, text=True, timeout=patience_seconds(), check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("alert", alerts(), ids=lambda alert: alert["alert"])
def test_an_alert_has_a_severity_a_page_and_cases_in_which_it_fires_is_silent_and_has_no_data(
    alert: dict[str, Any],
) -> None:
    page = ROOT / alert["annotations"]["runbook"]
    assert page == ROOT / "ops" / "runbooks" / f"{alert['alert']}.md"
    for part in (f"# {alert['alert']}", "**Meaning.**", "**First look.**", "**Remedy.**"):
        assert part in page.read_text()
    assert alert["labels"]["severity"] in ("critical", "warning")
    cases = [case for file in (FOLDER / "tests").glob("*.yml") for case in yaml.safe_load(file.read_text())["tests"]]
    asked = [
        (bool(case["input_series"]), bool(asked["exp_alerts"]))
        for case in cases
        for asked in case.get("alert_rule_test", ())
        if asked["alertname"] == alert["alert"]
    ]
    assert {(True, True), (True, False), (False, False)} <= set(asked)


def test_every_page_is_of_an_alert() -> None:
    assert {page.stem for page in (ROOT / "ops" / "runbooks").glob("*.md")} == {alert["alert"] for alert in alerts()}


def test_prometheus_is_told_of_alertmanager_whose_routes_lead_to_receivers_on_this_machine_only() -> None:
    told = yaml.safe_load((FOLDER / "prometheus.yml").read_text())["alerting"]["alertmanagers"]
    assert told == [{"static_configs": [{"targets": ["alertmanager:9093"]}]}]
    settings = yaml.safe_load((ROOT / "ops" / "alertmanager" / "alertmanager.yml").read_text())
    assert all(receiver.keys() == {"name"} for receiver in settings["receivers"])
    routed = {settings["route"]["receiver"], *(route["receiver"] for route in settings["route"]["routes"])}
    assert routed == {receiver["name"] for receiver in settings["receivers"]}
