"""The dashboards: every query names only what is exported and is understood, every panel says what it shows."""

import json
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from ops.patience import patience_seconds
from ops.warehouse.watched_sources import WATCHED
from tests.conftest import ROOT
from tests.contracts.test_metrics import exported, exported_values, from_the_warehouse
from tests.contracts.test_rules import RULES, alerts

FOLDER = ROOT / "ops" / "deploy" / "grafana"
DASHBOARDS = sorted((FOLDER / "dashboards").glob("*.json"))
SELECTOR = re.compile(r"\b((?:lm|dbt)[_:][a-z0-9_:]+|up|ALERTS|process_start_time_seconds)\b(?:\{([^}]*)\})?")
LABEL = re.compile(r"(\w+)\s*(?:=~|!~|!=|=)\s*\"")
GROUPED = re.compile(r"\b(?:by|on|group_left)\s*\(([^)]*)\)")
HISTOGRAM_PART = re.compile(r"_(bucket|sum|count)$")
SCRAPED = {"job", "instance"}  # Prometheus' own
OF_PROMETHEUS = {
    "up": SCRAPED,
    "process_start_time_seconds": SCRAPED,
    "ALERTS": {"alertname", "alertstate", "severity", "program"},
}
MATCHER = re.compile(r"(\w+)\s*(=~|=)\s*\"([^\"]*)\"")
RUNBOOK = "http://127.0.0.1:9090/consoles/{}.md"
COLUMNS = 24

# What of the warehouse the exporter reads for a metric; a test fails where it exports another.
WATCHED_SOURCES = {f"source('{name.split('.')[0]}', '{name.split('.')[1]}')" for name in WATCHED}
READS: dict[str, set[str]] = {
    "dbt_source_loaded_at_seconds": WATCHED_SOURCES,
    "dbt_source_freshness_state": WATCHED_SOURCES,
    "dbt_test_failures": set(),  # dbt's own artefacts
    "dbt_run_age_seconds": set(),
    "lm_ml_expected_accuracy_error": {"ref('fct_suggestion_compare')"},
    "lm_ml_served_labels": {"ref('fct_suggestions_eval')"},
    "lm_ml_train_runs_total": {"source('raw', 'ml_training_runs')"},
    "lm_ml_train_f1_macro": {"source('raw', 'ml_training_runs')"},
    "lm_ml_train_ece": {"source('raw', 'ml_training_runs')"},
    "lm_ml_train_last_run_seconds": {"source('raw', 'ml_training_runs')"},
    "lm_ml_training_blocked": {"source('raw', 'ml_training_runs')"},
    "lm_ml_feature_skew_rows": {"source('raw', 'ml_features')", "source('raw', 'transactions')"},
    "lm_ml_feature_skew_sample_rows": {"source('raw', 'ml_features')", "source('raw', 'transactions')"},
}

Panel = dict[str, Any]


def read(file: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(file.read_text())
    return found


def panels(file: Path) -> list[Panel]:
    """Return what queries something; a row only stands above others, and a list of alerts is Grafana's own."""
    return [panel for panel in read(file)["panels"] if panel["type"] not in ("row", "alertlist")]


def queries(file: Path) -> list[str]:
    """Return every query of a dashboard, its variables filled in with everything."""
    dashboard = read(file)
    told = [target["expr"] for panel in panels(file) for target in panel["targets"]]
    told += [annotation["expr"] for annotation in dashboard["annotations"]["list"]]
    return [re.sub(r"\$\w+", ".*", query) for query in told]


def recording_rules() -> list[dict[str, str]]:
    """Return every rule that records a series."""
    groups = [group for file in RULES for group in yaml.safe_load(file.read_text())["groups"]]
    return [rule for group in groups for rule in group["rules"] if "record" in rule]


@cache
def known() -> dict[str, set[str]]:
    """Return every series that may be named, with its labels: exported, recorded, and Prometheus' own."""
    names = {name: {*labels, *SCRAPED} for name, (_, labels, _) in exported().items()}
    for rule in recording_rules():
        grouped = {label.strip() for found in GROUPED.findall(rule["expr"]) for label in found.split(",")}
        of_others = [names[name] for name in re.findall(r"lm:\w+:\w+", rule["expr"]) if "sum(" not in rule["expr"]]
        names[rule["record"]] = grouped.union(*of_others)
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


@cache
def values() -> dict[tuple[str, str], set[str]]:
    """Return the values of each label whose values are known beforehand: of closed lists, of alerts, of jobs."""
    found: dict[tuple[str, str], set[str]] = {}
    for name, labels in exported_values().items():
        for label, known_values in labels.items():
            found[name, label] = known_values
    for label, of_alert in (("alertname", "alert"), ("severity", "severity"), ("program", "program")):
        found["ALERTS", label] = {
            alert[of_alert] if of_alert == "alert" else alert["labels"][of_alert] for alert in alerts()
        }
    found["ALERTS", "alertstate"] = {"pending", "firing"}
    jobs = yaml.safe_load((ROOT / "ops" / "deploy" / "prometheus" / "prometheus.yml").read_text())["scrape_configs"]
    for name in known():
        found[name, "job"] = {job["job_name"] for job in jobs}
    return found


def empty_for_ever(query: str, possible: dict[tuple[str, str], set[str]]) -> list[str]:
    """Return the alternatives of a query's matchers that no series will ever have."""
    found = []
    for name, matchers in SELECTOR.findall(query):
        series = name if (name, "") in possible or name in known() else HISTOGRAM_PART.sub("", name)
        for label, operator, value in MATCHER.findall(matchers):
            if (series, label) in possible:
                for one in value.split("|") if operator == "=~" else [value]:
                    pattern = one if operator == "=~" else re.escape(one)
                    if not any(re.fullmatch(pattern, known_value) for known_value in possible[series, label]):
                        found.append(f"{series}{{{label}={one}}}")
    return found


@pytest.mark.parametrize("file", DASHBOARDS, ids=lambda file: file.stem)
def test_no_panel_asks_for_what_can_never_be_there(file: Path) -> None:
    possible = values()
    assert {query: found for query in queries(file) if (found := empty_for_ever(query, possible))} == {}


def test_no_rule_asks_for_what_can_never_be_there() -> None:
    possible = values()
    rules = [
        rule["expr"]
        for file in RULES
        for group in yaml.safe_load(file.read_text())["groups"]
        for rule in group["rules"]
    ]
    assert {query: found for query in rules if (found := empty_for_ever(query, possible))} == {}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        pytest.param('ALERTS{alertname=~"Source.*|dbt.*"}', ["ALERTS{alertname=dbt.*}"], id="no such alert"),
        pytest.param(
            'lm_ml_acceptance_total{acceptance="good"}',
            ["lm_ml_acceptance_total{acceptance=good}"],
            id="a value outside its list",
        ),
        pytest.param(
            'dbt_source_freshness_state{table=~"raw.transactions|raw.labels"}',
            ["dbt_source_freshness_state{table=raw.labels}"],
            id="no such source",
        ),
        pytest.param('lm_rollout_percent{job="workers"}', ["lm_rollout_percent{job=workers}"], id="no such job"),
        pytest.param('lm_stream_consumer_lag{partition="7"}', [], id="an open label"),
    ],
)
def test_a_query_that_stays_empty_is_found(query: str, found: list[str]) -> None:
    assert empty_for_ever(query, values()) == found


@pytest.mark.parametrize("alert", alerts(), ids=lambda alert: alert["alert"])
def test_the_panel_of_an_alert_leads_to_its_runbook(alert: dict[str, Any]) -> None:
    uid, _, panel = alert["annotations"]["dashboard"].rpartition("/d/")[2].partition("?viewPanel=")
    (shown,) = [one for one in read(FOLDER / "dashboards" / f"{uid}.json")["panels"] if one["id"] == int(panel)]
    assert RUNBOOK.format(alert["alert"]) in [link["url"] for link in shown.get("links", [])]


def series(expression: str) -> set[str]:
    """Return the exported series that an expression rests on, through those that rules record."""
    recorded = {rule["record"]: rule["expr"] for rule in recording_rules()}
    found = {name for name, _ in SELECTOR.findall(expression)}
    rests_on = set().union(*(series(recorded[name]) for name in found & recorded.keys()))
    return rests_on | {name if name in known() else HISTOGRAM_PART.sub("", name) for name in found - recorded.keys()}


@pytest.mark.parametrize("alert", alerts(), ids=lambda alert: alert["alert"])
def test_the_panel_of_an_alert_shows_what_the_alert_asks_for(alert: dict[str, Any]) -> None:
    uid, _, panel = alert["annotations"]["dashboard"].rpartition("/d/")[2].partition("?viewPanel=")
    (shown,) = [one for one in panels(FOLDER / "dashboards" / f"{uid}.json") if one["id"] == int(panel)]
    assert series(alert["expr"]) & series(" ".join(target["expr"] for target in shown["targets"]))


def test_every_metric_that_is_read_from_the_warehouse_is_known_to_be() -> None:
    assert set(READS) == from_the_warehouse()


@pytest.mark.parametrize("file", DASHBOARDS, ids=lambda file: file.stem)
def test_an_exposure_names_what_its_dashboard_really_reads_and_alerts_that_exist(file: Path) -> None:
    page = yaml.safe_load((ROOT / "warehouse" / "models" / "marts" / "exposures.yml").read_text())
    (exposure,) = [one for one in page["exposures"] if one["name"] == file.stem.replace("-", "_")]
    recorded = {rule["record"]: rule["expr"] for rule in recording_rules()}
    text = " ".join(queries(file))
    for _ in recorded:  # a recorded series may rest on another
        text = re.sub(r"lm:\w+:\w+", lambda found: recorded[found[0]], text)
    read = set().union(*(READS.get(name, set()) for name, _ in SELECTOR.findall(text)))
    assert set(exposure.get("depends_on", ())) == read
    assert set(exposure["config"]["meta"]["alerts"]) <= {
        alert["alert"] for alert in alerts() if f"/d/{file.stem}?" in alert["annotations"]["dashboard"]
    }


def test_every_link_to_a_runbook_leads_to_a_page() -> None:
    text = "".join(file.read_text() for file in DASHBOARDS)
    named = set(re.findall(r"/consoles/(\w+)\.md", text))
    assert named == {alert["alert"] for alert in alerts()}


def test_every_alert_is_listed_on_exactly_one_dashboard_as_a_table_and_as_grafanas_own_list() -> None:
    listed: list[str] = []
    for file in DASHBOARDS:
        (own,) = [panel for panel in read(file)["panels"] if panel["type"] == "alertlist"]
        (table,) = [panel for panel in panels(file) if "ALERTS" in panel["targets"][0]["expr"]]
        (annotation,) = [one for one in read(file)["annotations"]["list"] if one["name"] == "Alerts"]
        programs = {
            re.findall(r'program=~"([^"]+)"', text)[0]
            for text in (own["options"]["alertInstanceLabelFilter"], table["targets"][0]["expr"], annotation["expr"])
        }
        assert len(programs) == 1
        listed += programs.pop().split("|")
    assert sorted(listed) == sorted({alert["labels"]["program"] for alert in alerts()})


@pytest.mark.parametrize("file", DASHBOARDS, ids=lambda file: file.stem)
def test_samples_stand_beside_every_rate_and_its_interval_beside_that(file: Path) -> None:
    for panel in panels(file):
        text = " ".join(target["expr"] for target in panel["targets"])
        for name in set(re.findall(r"lm:(\w+):ratio15m", text)) - {"excess_fallback"}:
            for beside in ("samples", "low", "high"):
                assert f"lm:{name}:{beside}15m" in text, f"{panel['title']}: {beside} of {name}"
        if panel["fieldConfig"]["defaults"]["unit"] == "percentunit" and "/" in text:
            assert any("samples" in target["legendFormat"] for target in panel["targets"]), panel["title"]


def test_the_plain_and_the_excess_fallback_have_names_of_their_own() -> None:
    for file in DASHBOARDS:
        for panel in panels(file):
            text = " ".join(target["expr"] for target in panel["targets"])
            for series, word in (("lm:fallback:ratio15m", "plain"), ("lm:excess_fallback:ratio15m", "excess")):
                if series in text:
                    assert word in panel["title"].lower()


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
    assert f"./ops/deploy/grafana/dashboards:{providers['providers'][0]['options']['path']}:ro" in grafana["volumes"]
    assert "./ops/deploy/grafana/provisioning:/etc/grafana/provisioning:ro" in grafana["volumes"]
