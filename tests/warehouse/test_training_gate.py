"""The gate before training: stale and unmeasured data is refused by name and remedy, and force leaves a trace."""

import json
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from ops.training.checks import find_blockers
from ops.warehouse.freshness import read_freshness
from ops.warehouse.mart_fingerprint import read_fingerprint
from ops.warehouse.metrics import freshness_metrics
from ops.warehouse.migrate import migrate
from ops.warehouse.training_history import read_training_history
from ops.warehouse.watched_sources import FreshnessState
from tests.conftest import ROOT, Run
from tests.support.small_dataset import transactions
from trainer.blockers import BlockerReason
from trainer.release.registry import Registry

pytestmark = [pytest.mark.warehouse, pytest.mark.timeout(3_600)]
AS_OF = datetime(2026, 1, 1, 12, tzinfo=UTC)
ROWS = 1_200
SOURCE = "raw.ml_features"

Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def command(ledgermind: Run, database: str, tmp_path: Path) -> Command:
    """Return the command over a warehouse with a year's labelled past, features made, everything built and green."""
    migrate(database)
    rows, labels = transactions(ROWS)
    with psycopg.connect(database) as connection, connection.cursor() as cursor:
        for place, (row, label) in enumerate(zip(rows, labels, strict=True)):
            cursor.execute(
                "insert into raw.transactions (source_topic, source_partition, source_offset, txn_id, user_id,"
                " account_id, occurred_at, amount, currency, description)"
                " values ('transactions', 0, %s, %s, %s, 'a', %s, %s, 'GBP', %s)",
                (place, row.txn_id, row.user_id, row.occurred_at, row.amount, row.description),
            )
            cursor.execute(
                "insert into raw.transaction_labels (label_event_id, txn_id, user_id, label, source, observed_at)"
                " values (%s, %s, %s, %s, 'import', %s)",
                (f"l{place}", row.txn_id, row.user_id, label, row.occurred_at + timedelta(hours=1)),
            )
    variables = {"LEDGERMIND_POSTGRES_DSN": database, "LEDGERMIND_REGISTRY": str(tmp_path / "registry")}

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return ledgermind(*words, f"--as-of={AS_OF.isoformat()}", **variables)

    for words in (("features", "--days=400"), ("warehouse", "build")):
        done = run(*words)
        assert done.returncode == 0, done.stdout + done.stderr
    return run


@pytest.mark.slow
def test_training_is_refused_by_name_and_remedy_and_force_is_remembered(
    command: Command, database: str, tmp_path: Path
) -> None:
    def made_so(statement: str) -> subprocess.CompletedProcess[str]:
        """Change the source and measure it by the make target."""
        with psycopg.connect(database) as connection:
            connection.execute(statement.encode())
        options = f"--as-of={AS_OF.isoformat()} --target={tmp_path / '.ledgermind' / 'dbt'} --dsn='{database}'"
        verb = ["make", "--no-print-directory", "--old-file=.venv/.ready", "dbt-freshness", f"ARGS={options}"]
        return subprocess.run(verb, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)

    def exported() -> dict[str, float]:
        """Return the metric's value for each state of the source, of what was measured last."""
        (_, family) = freshness_metrics(read_freshness(tmp_path / ".ledgermind" / "dbt" / "sources.json"))
        mine = [sample for sample in family.samples if sample.labels["table"] == SOURCE]
        return {sample.labels["state"]: sample.value for sample in mine}

    def exports(state: str) -> dict[str, float]:
        return {one.value: float(one.value == state) for one in FreshnessState}

    def blocked() -> tuple[int, set[BlockerReason]]:
        history = read_training_history(database)
        assert history is not None
        return history.runs["BLOCKED"], set(history.blocked)

    aged = f"update {SOURCE} set loaded_at = '{AS_OF.isoformat()}'::timestamptz - interval"
    measured = made_so(f"{aged} '3 days'")
    assert (measured.returncode, exported()) == (0, exports("warn"))
    assert find_blockers(tmp_path / ".ledgermind" / "dbt", as_of=AS_OF, fingerprint=read_fingerprint(database)) == []

    measured = made_so(f"{aged} '6 days'")
    assert exported() == exports("error")
    assert "dbt-freshness] Error 1" in measured.stderr  # the command's code; make itself turns any failure into 2
    assert f"{SOURCE} is error: run `ledgermind features`" in measured.stderr
    refused = command("train")
    assert refused.returncode == 1
    assert f"training is blocked: {SOURCE} is error (run `ledgermind features`)" in refused.stderr
    assert blocked() == (1, {BlockerReason.STALE})

    forced = command("train", "--force", "the features job is down, the rows are what they were")
    assert forced.returncode in (0, 3), forced.stderr
    registry = Registry(str(tmp_path / "registry"))
    (version,) = registry.versions()
    trace = json.loads(registry.read(version)["manifest.json"])["forced"]
    assert trace["reason"] == "the features job is down, the rows are what they were"
    assert trace["blocked_by"] == [f"{SOURCE} is error"]
    assert trace["actor"]

    measured = made_so(f"truncate {SOURCE}")
    assert exported() == exports("unmeasured")
    assert "dbt-freshness] Error 1" in measured.stderr
    refused = command("train")
    assert refused.returncode == 1
    assert f"training is blocked: {SOURCE} is unmeasured (run `ledgermind features`)" in refused.stderr
    assert blocked() == (2, {BlockerReason.UNMEASURED})
