"""Retraining in one shot: a challenger in shadow, or the reason why not, and never two at once."""

import csv
import json
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import psycopg
import pytest

from ops.broker import Broker
from ops.migrate import migrate
from ops.retrain import LOCK
from ops.topics import create_topics
from scorer.manifest import PASS
from streams.settings import KafkaSettings
from tests.conftest import Run
from tests.trainer.small_past import transactions
from trainer.registry import Registry

pytestmark = [pytest.mark.integration, pytest.mark.warehouse, pytest.mark.timeout(3_600)]  # two trainings each
AS_OF = "2026-01-03"  # three days after the last transaction
TOWNS = ("NORTHBY", "SOUTHEND", "EASTON", "WESTHAM")
ROWS = 9_000  # enough for the gate to know what it says

Retrain = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def retrain(ledgermind: Run, database: str, start_broker: Callable[[], Broker], tmp_path: Path) -> Retrain:
    """Return the command over a warehouse with a year's labelled past, a broker and an empty registry."""
    address = start_broker().bootstrap_servers
    create_topics(KafkaSettings(bootstrap_servers=address))
    migrate(database)
    rows, labels = transactions(ROWS)
    # The small past has five merchants a category, of which no gate can say anything: each opens in four towns.
    rows = [
        msgspec.structs.replace(row, description=f"{TOWNS[number % len(TOWNS)]} {row.description}")
        for number, row in enumerate(rows)
    ]
    with (tmp_path / "past.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("txn_id", "user_id", "occurred_at", "amount", "currency", "description", "category"))
        for row, label in zip(rows, labels, strict=True):
            fields = (row.txn_id, row.user_id, row.occurred_at.isoformat(), row.amount, row.currency, row.description)
            writer.writerow((*fields, label))
    known = {
        "LEDGERMIND_POSTGRES_DSN": database,
        "LEDGERMIND_REGISTRY": str(tmp_path / "registry"),
        "LEDGERMIND_KAFKA_BOOTSTRAP_SERVERS": address,
    }
    loaded = ledgermind("import", "past.csv", "--label-delay=1d", **known)
    assert loaded.returncode == 0, loaded.stderr

    def run(*arguments: str, command: str = "retrain") -> subprocess.CompletedProcess[str]:
        words = (f"--as-of={AS_OF}", "--days=400", *arguments) if command == "retrain" else arguments
        return ledgermind(*command.split(), *words, **known)

    return run


@contextmanager
def another_retraining(dsn: str) -> Iterator[None]:
    with psycopg.connect(dsn, autocommit=True) as connection:
        row = connection.execute(LOCK).fetchone()
        assert row == (True,)
        yield


def test_what_its_gate_passes_is_in_shadow_at_once_and_a_canary_under_way_goes_on(
    retrain: Retrain, database: str, tmp_path: Path
) -> None:
    with another_retraining(database):
        busy = retrain()
    assert (busy.returncode, busy.stdout) == (75, "")
    assert "another retraining of this warehouse is under way" in busy.stderr

    first = retrain()
    assert first.returncode == 0, first.stdout + first.stderr
    steps = [line.partition(":")[0] for line in first.stdout.splitlines()]
    assert steps == ["features", "freshness", "warehouse", "train", "verify", "gate", "challenger"]
    (version,) = Registry(str(tmp_path / "registry")).versions()
    assert Registry(str(tmp_path / "registry")).load(version).manifest.gate.verdict == PASS
    in_force = json.loads(retrain("--json", command="rollout status").stdout)
    assert (in_force["version"], in_force["percent"], in_force["canary"]["model_version"]) == (0, "0.00", version)

    moved = retrain("10", "--reason=it did well in shadow", "--override=a test", command="rollout set")
    assert moved.returncode == 0, moved.stderr
    again = json.loads(retrain("--json").stdout)  # the same data makes the same release, and it may not cut in
    assert (again["passed"], again["model_version"], again["rollout_version"]) == (True, version, None)
    assert json.loads(retrain("--json", command="rollout status").stdout)["percent"] == "10.00"


def test_data_that_may_not_be_trained_on_is_an_outcome_with_a_reason(retrain: Retrain, database: str) -> None:
    late = retrain("--as-of=2026-01-09")
    assert late.returncode == 3
    assert late.stdout.splitlines()[-1].startswith("freshness refused: events.transactions_by_event is error")

    with psycopg.connect(database) as connection:
        connection.execute(
            "insert into raw.transaction_labels (label_event_id, txn_id, user_id, label, source, observed_at)"
            " values ('x', 'x', 'u1', 'Lunch', 'human', '2025-12-31Z')"
        )
    planted = json.loads(retrain("--json").stdout)
    assert (planted["passed"], planted["step"], planted["model_version"]) == (False, "warehouse", None)
    assert planted["reasons"].startswith("in_taxonomy_stg_transaction_labels_label: ")
    with psycopg.connect(database) as connection:
        connection.execute("delete from raw.transaction_labels where label_event_id = 'x'")

    early = json.loads(retrain("--as-of=2025-02-15", "--json").stdout)  # six weeks of the year: too little to split
    assert (early["passed"], early["step"], early["model_version"]) == (False, "train", None)
    assert " rows" in early["reasons"]
    assert retrain(command="rollout status").returncode == 1  # nothing was proposed
