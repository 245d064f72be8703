"""The dbt project itself: its unit tests, its page, its refusal of what a later dbt will not take."""

import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from ops.patience import patience_seconds
from ops.warehouse.dbt import PROJECT, Warehouse, read_results, run_dbt
from ops.warehouse.freshness import read_freshness
from ops.warehouse.watched_sources import FreshnessState
from tests.warehouse.conftest import AS_OF

pytestmark = pytest.mark.warehouse


@pytest.fixture
def parsed(built: Warehouse, tmp_path: Path) -> Warehouse:
    """Return the built warehouse with dbt's folder copied, so that nothing is parsed again and no result is lost."""
    shutil.copytree(built.target, tmp_path / "dbt")
    return Warehouse(built.dsn, tmp_path / "dbt")


def test_the_folders_own_verbs_measure_and_test_what_was_built(parsed: Warehouse) -> None:
    """Every unit test, too: what each model makes of made-up rows."""
    options = f"--as-of={AS_OF.isoformat()} --target={parsed.target}"
    measured, tested = (make(verb, options, dsn=parsed.dsn) for verb in ("dbt-freshness", "dbt-test"))
    states = {source.source: source.state for source in read_freshness(parsed.target / "sources.json")}
    assert states["raw.ml_features"] is FreshnessState.FRESH
    assert FreshnessState.ERROR in states.values()  # the past's last event is five weeks old
    assert "dbt-freshness] Error 1" in measured.stderr
    assert tested.returncode == 0, tested.stdout + tested.stderr
    results = read_results(parsed.target / "run_results.json").results
    tests = [(node.unique_id.partition(".")[0], node.status) for node in results if "test." in node.unique_id]
    assert {status for kind, status in tests if kind != "operation"} == {"pass"}
    kinds = Counter(kind for kind, _ in tests)
    assert kinds["test"] >= 23
    assert kinds["unit_test"] >= 25


def make(verb: str, options: str, *, dsn: str) -> subprocess.CompletedProcess[str]:
    """Type a verb in the warehouse's folder."""
    return subprocess.run(
        ["make", "--no-print-directory", "--old-file=.venv/.ready", verb, f"ARGS={options}"],
        cwd=PROJECT,
        env=os.environ | {"LEDGERMIND_POSTGRES_DSN": dsn, "MAKEFLAGS": "--old-file=.venv/.ready"},
        capture_output=True,
        text=True,
        timeout=10 * patience_seconds(),
        check=False,
    )


def test_the_page_is_one_file_with_lineage_to_every_exposure(parsed: Warehouse) -> None:
    run_dbt(parsed, "docs", "generate", "--static", as_of=AS_OF)
    page = (parsed.target / "static_index.html").read_text()
    for exposure in ("ml_training_pipeline", "ml_canary_overview", "ml_source_freshness", "stream_health"):
        assert f'"exposure.ledgermind.{exposure}"' in page
    assert '"model.ledgermind.mart_suggestions_kpis": ["exposure.ledgermind.analysts_questions"' in page
    assert "one rollout record, what it changed, who decided it and why" in page


def test_another_time_is_in_every_query_and_makes_dbt_parse_nothing_again(parsed: Warehouse) -> None:
    said: list[str] = []
    later = AS_OF + timedelta(days=1)
    run_dbt(parsed, "compile", "--select", "fct_suggestions_eval", as_of=later, echo=said.append)
    assert [line for line in said if "parsing" in line] == []
    (compiled,) = (parsed.target / "compiled").rglob("fct_suggestions_eval.sql")
    assert set(re.findall(r"'(2026-\S+)'::timestamptz", compiled.read_text())) == {later.isoformat()}


def test_what_a_later_dbt_will_refuse_is_refused_now(built: Warehouse, tmp_path: Path) -> None:
    project = tmp_path / "warehouse"
    shutil.copytree(PROJECT, project, ignore=shutil.ignore_patterns("target", "logs"))
    labels = project / "models" / "staging" / "labels.yml"
    before = labels.read_text()
    labels.write_text(before.replace("{arguments: {values: [always, never]}}", "{values: [always, never]}"))
    assert labels.read_text() != before
    assert "Found top-level arguments to test" in parse(project, built)


def parse(project: Path, warehouse: Warehouse) -> str:
    """Return what dbt says against a project, nothing where it takes it."""
    command = [sys.executable, "-c", "from dbt.cli.main import cli; cli()", "--quiet", "parse"]
    folders = ["--project-dir", str(project), "--profiles-dir", str(project), "--target-path", str(project / "target")]
    done = subprocess.run(
        [*command, *folders, "--log-path", str(project / "logs")],
        env={**warehouse.environment(), "DBT_SEND_ANONYMOUS_USAGE_STATS": "false"},
        capture_output=True,
        text=True,
        check=False,
    )
    return "" if done.returncode == 0 else done.stdout + done.stderr
