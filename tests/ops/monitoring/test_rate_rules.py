"""One table of rates: rules, documents, dashboards and the warehouse's macros say what scorer/rollout/rates.py says."""

import json
import re
from pathlib import Path

import pytest

from ops.monitoring.rate_rules import EXCESS, FILE, record_name, render, table
from scorer.rollout.rates import ASKED, FAILED, RATES
from tests.conftest import ROOT

RECORDED = re.compile(r"lm:[a-z_]+:ratio15m")
MACROS = ROOT / "warehouse" / "macros" / "rates.sql"


def test_the_rules_are_what_the_table_gives() -> None:
    assert FILE.read_text() == render(), "run: python -m ops.monitoring.rate_rules"


def test_the_document_holds_the_table() -> None:
    assert table() in (ROOT / "docs" / "METRICS.md").read_text(), f"the rows of docs/METRICS.md should be:\n{table()}"


@pytest.mark.parametrize(
    "file", sorted((ROOT / "ops" / "deploy" / "grafana" / "dashboards").glob("*.json")), ids=lambda f: f.stem
)
def test_a_dashboard_shows_the_recorded_rates_and_makes_none_of_its_own(file: Path) -> None:
    queries = [
        target["expr"] for panel in json.loads(file.read_text())["panels"] for target in panel.get("targets", [])
    ]
    names = {record_name(rate) for rate in RATES if rate.recorded} | {EXCESS}
    assert {name for query in queries for name in RECORDED.findall(query)} <= names
    assert [query for query in queries if "lm_ml_acceptance_total" in query and "/" in query] == []


@pytest.mark.parametrize(
    ("macro", "words"), [("is_asked", {"in", *ASKED}), ("failed_answers", set(FAILED))], ids=["asked", "failed"]
)
def test_the_warehouse_asks_and_fails_by_the_same_words(macro: str, words: set[str]) -> None:
    found = re.search(rf"macro {macro}\([a-z]*\) -%}}(.*?){{%", MACROS.read_text(), re.DOTALL)
    assert found is not None
    assert set(re.findall(r"[a-z_]+", found.group(1).replace("{{ acceptance }}", ""))) == words
