"""The dashboards: every query names only what is exported and is understood, every panel says what it shows."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from ops.patience import patience_seconds
from tests.conftest import ROOT
from tests.contracts.test_metrics import exported

FOLDER = ROOT / "ops" / "grafana"
DASHBOARDS = sorted((FOLDER / "dashboards").glob("*.json"))
SELECTOR = re.compile(r"\b((?:lm|dbt)[_:][a-z0-9_:]+|up|ALERTS)\b(?:\{([^}]*)\})?")
LABEL = re.compile(r"(\w+)\s*(?:=~|!~|!=|=)\s*\"")
GROUPED = re.compile(r"\b(?:by|on|group_left)\s*\(([^)]*)\)")
HISTOGRAM_PART = re.compile(r"_(bucket|sum|count)$")
SCRAPED = {"job", "instance"}  # Prometheus' own
OF_PROMETHEUS = {"up": SCRAPED, "ALERTS": {"alertname", "alertstate", "severity", "program"}}
COLUMNS = 24

Panel = dict[str, Any]


def read(file: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(file.read_text())
    return found


def panels(file: Path) -> list[Panel]:
    """Return what shows something; a row only stands above others."""
    return [panel for panel in read(file)["panels"] if panel["type"] != "row"]


def queries(file: Path) -> list[str]:
    """Return every query of a dashboard, its variables filled in with everything."""
    dashboard = read(file)
    told = [target["expr"] for panel in panels(file) for target in panel["targets"]]
    told += [annotation["expr"] for annotation in dashboard["annotations"]["list"]]
    return [re.sub(r"\$\w+", ".*", query) for query in told]


def known() -> dict[str, set[str]]:
    """Return every series that may be named, with its labels: exported, recorded, and Prometheus' own."""
    names = {name: {*labels, *SCRAPED} for name, (_, labels, _) in exported().items()}
    for file in (ROOT / "ops" / "prometheus" / "rules").glob("*.yml"):
        for rule in (rule for group in yaml.safe_load(file.read_text())["groups"] for rule in group["rules"]):
            if "record" in rule:
                names[rule["record"]] = {
                    label.strip() for found in GROUPED.findall(rule["expr"]) for label in found.split(",")
                }
    return names | OF_PROMETHEUS


def faults(query: str, names: dict[str, set[str]]) -> list[str]:
    """Return what a query names that nobody exports: a series, or a label that its series lacks."""
    found, labels = [], {"le"}
    for name, matchers in SELECTOR.findall(query):
        series = name if name in names else HISTOGRAM_PART.sub("", name)
        if series not in names:
            found.append(name)
            continue
        labels |= names[series]
        found += [f"{name}{{{label}}}" for label in LABEL.findall(matchers) if label not in names[series]]
    grouped = {label.strip() for group in GROUPED.findall(query) for label in group.split(",") if label.strip()}
    return found + sorted(grouped - labels)


@pytest.mark.parametrize("file", DASHBOARDS, ids=lambda file: file.stem)
def test_a_dashboard_names_only_what_some_program_exports(file: Path) -> None:
    names = known()
    assert {query: found for query in queries(file) if (found := faults(query, names))} == {}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        pytest.param(
            "sum(rate(lm_stream_transaction_total[5m]))", ["lm_stream_transaction_total"], id="no such series"
        ),
        pytest.param('lm_stream_aborts_total{cause="x"}', ["lm_stream_aborts_total{cause}"], id="no such label"),
        pytest.param("sum by (cause) (lm_stream_aborts_total)", ["cause"], id="no such group"),
        pytest.param("rate(lm_stream_commit_seconds_bucket[5m])", [], id="a part of a histogram"),
        pytest.param('lm:coverage:ratio15m{arm="canary"}', [], id="a recorded rate"),
    ],
)
def test_what_nobody_exports_is_found(query: str, found: list[str]) -> None:
    assert faults(query, known()) == found


@pytest.mark.parametrize("file", DASHBOARDS, ids=lambda file: file.stem)
def test_promtool_understands_every_query(file: Path, tmp_path: Path) -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("queries are checked by promtool, which is not on the PATH")
    rules = [{"record": f"panel:{number}", "expr": query} for number, query in enumerate(queries(file))]
    (tmp_path / "panels.yml").write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}))
    command = [promtool, "check", "rules", "--lint=none", str(tmp_path / "panels.yml")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=patience_seconds(), check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("file", DASHBOARDS, ids=lambda file: file.stem)
def test_every_panel_says_what_it_shows_in_which_unit_and_what_an_empty_one_means(file: Path) -> None:
    dashboard = read(file)
    assert dashboard["uid"] == file.stem
    assert not dashboard["editable"]
    assert next(entry["name"] for entry in dashboard["templating"]["list"]) == "datasource"
    for panel in panels(file):
        assert panel["description"].endswith("."), panel["title"]
        assert {"unit", "noValue", "thresholds"} <= panel["fieldConfig"]["defaults"].keys(), panel["title"]
        assert panel["datasource"]["uid"] == "${datasource}"


@pytest.mark.parametrize("file", DASHBOARDS, ids=lambda file: file.stem)
def test_no_panel_lies_over_another_or_outside(file: Path) -> None:
    taken: dict[tuple[int, int], str] = {}
    for panel in read(file)["panels"]:
        at = panel["gridPos"]
        assert at["x"] + at["w"] <= COLUMNS
        for cell in ((x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])):
            assert taken.setdefault(cell, panel["title"]) == panel["title"]
    assert len({panel["id"] for panel in read(file)["panels"]}) == len(read(file)["panels"])


def test_the_pages_that_panels_speak_of_exist() -> None:
    said = [panel["description"] for file in DASHBOARDS for panel in panels(file)]
    pages = {page for words in said for page in re.findall(r"(?:docs|ops)/[\w/]+\.md", words)}
    assert pages
    assert {page for page in pages if not (ROOT / page).exists()} == set()


def test_grafana_is_given_this_folder_and_the_prometheus_that_the_variable_begins_with() -> None:
    provisioned = yaml.safe_load((FOLDER / "provisioning" / "datasources" / "prometheus.yml").read_text())
    providers = yaml.safe_load((FOLDER / "provisioning" / "dashboards" / "ledgermind.yml").read_text())
    grafana = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]["grafana"]
    (source,) = provisioned["datasources"]
    for file in DASHBOARDS:
        assert read(file)["templating"]["list"][0]["current"]["value"] == source["uid"]
    assert f"./ops/grafana/dashboards:{providers['providers'][0]['options']['path']}:ro" in grafana["volumes"]
    assert "./ops/grafana/provisioning:/etc/grafana/provisioning:ro" in grafana["volumes"]
