"""The warehouse says the same as the contracts: taxonomy, closed lists, topics, dashboards."""

import json
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from schemas.events.candidate import SuggestionSource
from schemas.events.comparison import Acceptance, ComparisonOutcome
from schemas.events.dead_letter import DeadLetterReason
from schemas.events.feedback import FeedbackAction, LabelSource
from schemas.events.hint import Preference
from schemas.events.rollout import Verdict
from schemas.events.suggestion import Arm, FallbackReason
from schemas.events.transaction import Channel
from schemas.taxonomy import CATEGORIES
from streams.landing.mapping.tables import TABLE_OF_TOPIC, LandingTable
from tests.conftest import ROOT
from trainer.evaluation import gate
from trainer.run_log import STATUSES

WAREHOUSE = ROOT / "warehouse"
DASHBOARDS = {"ml-canary-overview", "ml-source-freshness", "stream-health"}  # fixed: alerts and exposures link to them
PASSED_ON = {  # no logic, no unit test
    "stg_dead_letters", "stg_rejects", "stg_model_registry", "stg_training_runs", "stg_release_cut_offs",
}  # fmt: skip
CLOSED_LISTS: dict[str, Iterable[str]] = {
    "channel": Channel,
    "label_source": LabelSource,
    "served_source": SuggestionSource,
    "arm": Arm,
    "fallback_reason": FallbackReason,
    "action": FeedbackAction,
    "outcome": ComparisonOutcome,
    "champion_acceptance": Acceptance,
    "challenger_acceptance": Acceptance,
    "reason": DeadLetterReason,
    "verdict": Verdict,
    "preference": Preference,
    "status": [*gate.GateVerdict, *STATUSES.values()],
    "result": [*gate.GateVerdict, "BLOCKED"],
}


def models() -> dict[str, dict[str, Any]]:
    return {model["name"]: model for model in properties("models")}


@cache
def properties(kind: str) -> list[dict[str, Any]]:
    files = (WAREHOUSE / "models").rglob("*.yml")
    return [entry for file in files for entry in yaml.safe_load(file.read_text()).get(kind, [])]


def accepted_values() -> list[tuple[str, str, list[str]]]:
    return [
        (name, column["name"], test["accepted_values"]["arguments"]["values"])
        for name, model in models().items()
        for column in model.get("columns", [])
        for test in column.get("data_tests", [])
        if isinstance(test, dict) and "accepted_values" in test and column["name"] in CLOSED_LISTS
    ]


def test_the_taxonomy_is_the_contract_s_in_its_order() -> None:
    project = yaml.safe_load((WAREHOUSE / "dbt_project.yml").read_text())
    assert project["vars"]["taxonomy"] == [category.value for category in CATEGORIES]


def test_every_closed_list_is_checked_somewhere() -> None:
    assert {column for _, column, _ in accepted_values()} == set(CLOSED_LISTS)


@pytest.mark.parametrize(
    ("column", "values"),
    [pytest.param(column, values, id=f"{model}.{column}") for model, column, values in accepted_values()],
)
def test_accepted_values_are_the_contract_s(column: str, values: list[str]) -> None:
    assert values == [str(member) for member in CLOSED_LISTS[column]]


@pytest.mark.parametrize("path", sorted((WAREHOUSE / "models").rglob("*.sql")), ids=lambda path: path.stem)
def test_every_model_says_its_grain_and_ends_alike(path: Path) -> None:
    assert models()[path.stem]["description"].startswith("Grain: ") or "Grain: " in models()[path.stem]["description"]
    assert path.read_text().rstrip().endswith("select * from final")


@pytest.mark.parametrize("path", sorted((WAREHOUSE / "models").rglob("*.sql")), ids=lambda path: path.stem)
def test_only_staging_reads_sources(path: Path) -> None:
    assert ("source(" in path.read_text()) == (path.parent.name == "staging")


@pytest.mark.parametrize("path", sorted((WAREHOUSE / "models" / "marts").glob("*.sql")), ids=lambda path: path.stem)
def test_marts_have_enforced_contracts_and_describe_every_column(path: Path) -> None:
    model = models()[path.stem]
    assert model["config"]["contract"]["enforced"]
    assert all(column["data_type"] and column["description"] for column in model["columns"])


@pytest.mark.parametrize("name", models())
def test_every_model_has_a_purpose_and_describes_its_columns(name: str) -> None:
    model = models()[name]
    assert set(model["config"]["tags"]) <= {"training", "suggestions", "rollout", "delivery"}
    assert all(column["description"] for column in model["columns"])


def test_every_model_with_logic_has_a_unit_test() -> None:
    assert {test["model"] for test in properties("unit_tests")} == set(models()) - PASSED_ON


def test_the_label_maturity_is_the_judge_s() -> None:
    days = yaml.safe_load((WAREHOUSE / "dbt_project.yml").read_text())["vars"]["label_maturity"]
    policy = yaml.safe_load((ROOT / "scorer" / "rollout" / "policies" / "default.yml").read_text())
    assert days == f"{policy['label_maturity_days']} days"


def test_every_dashboard_is_an_exposure_by_its_fixed_uid() -> None:
    exposures = [exposure for exposure in properties("exposures") if exposure["type"] == "dashboard"]
    assert {exposure["url"].rpartition("/d/")[2] for exposure in exposures} == DASHBOARDS
    assert {exposure["name"].replace("_", "-") for exposure in exposures} == DASHBOARDS
    provisioned = [json.loads(path.read_text()) for path in (ROOT / "ops" / "deploy" / "grafana").rglob("*.json")]
    assert {dashboard["uid"] for dashboard in provisioned if "uid" in dashboard} in (set(), DASHBOARDS)


def test_nothing_asks_the_database_s_clock() -> None:
    for path in [*(WAREHOUSE / "models").rglob("*.sql"), *(WAREHOUSE / "tests").rglob("*.sql")]:
        assert not {"now()", "current_timestamp", "current_date"} & set(path.read_text().lower().split()), path


@pytest.mark.parametrize("table", TABLE_OF_TOPIC.values(), ids=lambda table: table.table)
def test_every_landed_column_stands_in_a_migration(table: LandingTable) -> None:
    migrations = "".join(path.read_text() for path in (WAREHOUSE / "raw").glob("*.sql"))
    definition = migrations.partition(f"create table if not exists raw.{table.table} (")[2].partition(";")[0]
    names = {line.split()[0] for line in definition.splitlines() if line.strip()}
    assert set(table.all_columns) | {"loaded_at"} <= names


def test_every_description_can_be_read_alone() -> None:
    """dbt's page shows each by itself: «the same of …» says nothing there."""
    leaning = re.compile(r"description: *\"?((?:The same|Of those|Of these|Its|It|They|Those|These|That|Likewise)\b.*)")
    found = [line for path in (WAREHOUSE / "models").rglob("*.yml") for line in leaning.findall(path.read_text())]
    assert found == []
