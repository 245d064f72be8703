"""Prometheus' rules: they name only what is exported, no empty denominator is papered over, and promtool says yes."""

import ast
import json
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from ops.monitoring.scaled_rules import MIN_SECONDS, WINDOW_MIN_SECONDS, write_scaled
from ops.patience import patience_seconds
from tests.conftest import ROOT

FOLDER = ROOT / "ops" / "deploy" / "prometheus"
RULES = sorted((FOLDER / "rules").glob("*.yml"))
# How our alerts begin; a page that names one of these names an alert.
ALERT_NAME = re.compile(
    r"`((?:SLO|ML|Source|Stream|Landing|Rollout|Release|Freshness|Training|Retraining|Warehouse)[A-Z]\w+)`"
)
# What a scene calls to wait until an alert fires and until it arrives.
WAITS = ("expect", "wait_until_fires", "wait_until_arrives")
METRIC = re.compile(r"\b(?:(?:lm|dbt)_[a-z0-9_]+|up\b)")
DASHBOARD = re.compile(r"http://127\.0\.0\.1:3000/d/(?P<uid>[\w-]+)\?viewPanel=(?P<panel>\d+)")
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
    assert (FOLDER / "tests" / file.name).exists(), f"{file.name} has no cases beside it"
    cases = [str(cases) for cases in sorted((FOLDER / "tests").glob(f"{file.stem}*.yml"))]
    for words in (["check", "rules", str(file)], ["test", "rules", *cases]):
        done = subprocess.run(
            [promtool, *words], capture_output=True, text=True, timeout=patience_seconds(), check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("alert", alerts(), ids=lambda alert: alert["alert"])
def test_an_alert_has_a_severity_a_page_and_cases_in_which_it_fires_is_silent_and_has_no_data(
    alert: dict[str, Any],
) -> None:
    page = ROOT / "ops" / "deploy" / "runbooks" / f"{alert['alert']}.md"
    # Prometheus itself serves the pages: compose gives it the folder as its consoles.
    assert alert["annotations"]["runbook_url"] == f"{{{{ $externalURL }}}}/consoles/{page.name}"
    for part in (f"# {alert['alert']}", "**Meaning.**", "**First look.**", "**Remedy.**"):
        assert part in page.read_text()
    found = DASHBOARD.fullmatch(alert["annotations"]["dashboard"])
    assert found is not None
    dashboard = json.loads((ROOT / "ops" / "deploy" / "grafana" / "dashboards" / f"{found['uid']}.json").read_text())
    assert int(found["panel"]) in {panel["id"] for panel in dashboard["panels"] if panel["type"] != "row"}
    assert alert["annotations"]["summary"].endswith((".", "%", "wanted."))
    assert alert["labels"]["severity"] in ("critical", "warning")
    cases = [case for file in (FOLDER / "tests").glob("*.yml") for case in yaml.safe_load(file.read_text())["tests"]]
    asked = [
        (bool(case["input_series"]), bool(asked["exp_alerts"]))
        for case in cases
        for asked in case.get("alert_rule_test", ())
        if asked["alertname"] == alert["alert"]
    ]
    of_absence = "absent(" in alert["expr"]  # without data it is then right to fire
    assert {(True, True), (True, False), (False, of_absence)} <= set(asked)


def test_every_page_is_of_an_alert() -> None:
    assert {page.stem for page in (ROOT / "ops" / "deploy" / "runbooks").glob("*.md")} == {
        alert["alert"] for alert in alerts()
    }


def test_prometheus_is_told_of_alertmanager_whose_routes_lead_to_receivers_that_exist() -> None:
    told = yaml.safe_load((FOLDER / "prometheus.yml").read_text())["alerting"]["alertmanagers"]
    assert told == [{"static_configs": [{"targets": ["alertmanager:9093"]}]}]
    settings = yaml.safe_load((ROOT / "ops" / "deploy" / "alertmanager" / "alertmanager.yml").read_text())
    assert all(receiver.keys() == {"name"} for receiver in settings["receivers"])  # addresses are the environment's
    routed = {settings["route"]["receiver"], *(route["receiver"] for route in settings["route"]["routes"])}
    assert routed == {receiver["name"] for receiver in settings["receivers"]}


def test_compose_serves_the_runbooks_and_keeps_what_the_longest_window_asks_for() -> None:
    prometheus = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]["prometheus"]
    options = dict(option.removeprefix("--").split("=", 1) for option in prometheus["command"])
    assert f"./ops/deploy/runbooks:{options['web.console.templates']}:ro" in prometheus["volumes"]
    assert options["web.external-url"] == "http://127.0.0.1:9090"
    windows = [int(days) for file in RULES for days in re.findall(r"\[(\d+)d\]", file.read_text())]
    assert int(options["storage.tsdb.retention.time"].removesuffix("d")) > max(windows)


def test_nothing_but_durations_differs_in_scaled_rules(tmp_path: Path) -> None:
    durations = re.compile(r"(?<=^        for: )\w+$|(?<=\[)\w+(?=\])", re.MULTILINE)
    written = write_scaled(tmp_path, 60)
    assert [file.name for file in written] == [file.name for file in RULES]
    for before, after in zip(RULES, written, strict=True):
        assert durations.sub("", after.read_text()) == durations.sub("", before.read_text())
        pairs = zip(durations.findall(before.read_text()), durations.findall(after.read_text()), strict=True)
        for was, is_now in pairs:
            seconds = int(was[:-1]) * {"s": 1, "m": 60, "h": 3_600, "d": 86_400}[was[-1]]
            assert int(is_now.removesuffix("ms")) / 1_000 in (seconds / 60, MIN_SECONDS, WINDOW_MIN_SECONDS)
            assert int(is_now.removesuffix("ms")) / 1_000 <= max(seconds / 60, WINDOW_MIN_SECONDS)


@pytest.mark.parametrize("page", sorted((ROOT / "docs").rglob("*.md")), ids=lambda page: page.stem)
def test_an_alert_that_a_page_names_exists(page: Path) -> None:
    named = set(ALERT_NAME.findall(page.read_text()))
    assert named <= {alert["alert"] for alert in alerts()}


@cache
def waited_for(test: Path) -> set[str]:
    """Return the alerts that a module of ``make chaos-ops`` waits for by name, until they fire and arrive."""
    tree = ast.parse(test.read_text())
    assert "chaos_ops" in test.read_text()
    assert "reported_observatory" in test.read_text() or "watched" in test.read_text()
    constants = {
        ast.unparse(one.targets[0]): one.value for one in tree.body if isinstance(one, ast.Assign)
    }  # a group of names that the module gives a name
    found: set[str] = set()
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr in WAITS:
            for word in call.args:
                named = constants[ast.unparse(word.value)] if isinstance(word, ast.Starred) else word
                found |= {str(one.value) for one in ast.walk(named) if isinstance(one, ast.Constant)}
    return found


def test_the_page_of_metrics_lists_every_alert_with_its_severity_its_panel_and_what_fires_it() -> None:
    rows = re.findall(
        r"^\| `([A-Z]\w+)` \| .+? \| (critical|warning) \| \[page\]\(\.\./ops/deploy/runbooks/(\w+)\.md\)"
        r" \| ([\w-]+ \d+) \| \[.+\]\(\.\./(.+)\) \|$",
        (ROOT / "docs" / "METRICS.md").read_text(),
        re.MULTILINE,
    )
    found = {alert["alert"]: alert for alert in alerts()}
    assert sorted(row[0] for row in rows) == sorted(found)
    for name, severity, page, panel, test in rows:
        assert (severity, page) == (found[name]["labels"]["severity"], name)
        at = found[name]["annotations"]["dashboard"].rpartition("/d/")[2].replace("?viewPanel=", " ")
        assert panel == at, name
        assert name in waited_for(ROOT / test), f"{test} does not wait until {name} fires and arrives"
