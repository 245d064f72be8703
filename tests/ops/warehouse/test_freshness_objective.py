"""The freshness objective is one expression in page, panel and alert; Prometheus evaluates it over four weeks."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from ops.warehouse.watched_sources import TRAINED_ON
from tests.conftest import ROOT

HOURS = 28 * 24
WAREHOUSE = ROOT / "ops" / "deploy" / "prometheus" / "rules" / "warehouse.yml"
CASES = """
rule_files: [{rules}, page.yml]
evaluation_interval: 1d
group_eval_order: [warehouse, page] # what the page asks for is recorded first
tests:
  - interval: 1h
    input_series:
      - {{series: 'dbt_source_freshness_state{{table="raw.transactions",state="fresh"}}', values: '{kept}'}}
      - {{series: 'dbt_source_freshness_state{{table="raw.ml_features",state="fresh"}}', values: '{missed}'}}
      - {{series: 'dbt_source_freshness_state{{table="raw.suggestion_events",state="fresh"}}', values: '{missed}'}}
    promql_expr_test:
      - expr: count by (table) (broken)
        eval_time: 28d
        exp_samples:
          - {{labels: '{{table="raw.ml_features"}}', value: 1}}
"""


RULES = [rule for group in yaml.safe_load(WAREHOUSE.read_text())["groups"] for rule in group["rules"]]


def hours(stale: int) -> str:
    """Return a value for each hour of four weeks, the last ones stale."""
    return f"1x{HOURS - stale} 0x{stale - 1}"


def expression() -> str:
    """Return the objective as the page states it."""
    (found,) = re.findall(r"```promql\n(.+)\n```", (ROOT / "docs" / "DATA_QUALITY.md").read_text())
    return str(found)


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not on the PATH")
def test_a_source_that_was_stale_more_than_one_hour_in_twenty_breaks_the_objective(tmp_path: Path) -> None:
    page = {"groups": [{"name": "page", "rules": [{"record": "broken", "expr": expression()}]}]}
    (tmp_path / "page.yml").write_text(yaml.safe_dump(page))
    cases = CASES.format(rules=WAREHOUSE, kept=hours(int(0.04 * HOURS)), missed=hours(int(0.06 * HOURS)))
    (tmp_path / "cases.yml").write_text(cases)
    done = subprocess.run(
        ["promtool", "test", "rules", "cases.yml"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_page_alert_and_panel_hold_one_expression_over_what_is_trained_on() -> None:
    rules = {rule.get("alert") or rule["record"]: rule["expr"] for rule in RULES}
    assert rules["FreshnessObjectiveMissed"] == expression()
    series = expression().split()[0]
    sources = re.findall(r'table=~"([^"]+)"', rules[series])[0]
    assert sources.split("|") == list(TRAINED_ON)
    dashboard = json.loads(
        (ROOT / "ops" / "deploy" / "grafana" / "dashboards" / "ml-source-freshness.json").read_text()
    )
    shown = [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", ())]
    assert series in shown
    assert [query for query in shown if "avg_over_time" in query] == []
