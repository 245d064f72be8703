"""Retraining in one shot: a challenger in shadow, or the reason why not, and never two at once."""

import csv
import json
import os
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import psycopg
import pytest

from ops.kafka.topics import create_topics
from ops.local.broker import Broker
from ops.local.ports import free_port
from ops.local.process import start, stop
from ops.patience import patience_seconds, wait_for
from ops.training.retrain import LOCK
from ops.warehouse.migrate import migrate
from scorer.release.manifest import PASS
from streams.settings import KafkaSettings
from tests.conftest import COMMAND_PATIENCE, OURS, ROOT, Run
from tests.support.small_dataset import transactions
from trainer.release.registry import Registry

pytestmark = [pytest.mark.integration, pytest.mark.warehouse, pytest.mark.timeout(3_600)]  # two trainings each
AS_OF = "2026-01-03"  # three days after the last transaction
TOWNS = ("NORTHBY", "SOUTHEND", "EASTON", "WESTHAM")
ROWS = 9_000  # enough for the gate to know what it says

PIPELINE = "ml-pipeline"  # of the Makefile

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
        words = (f"--as-of={AS_OF}", "--days=400", *arguments) if command in ("retrain", PIPELINE) else arguments
        if command == PIPELINE:
            return make(PIPELINE, f"--target={tmp_path / 'dbt'}", *words, **known)
        return ledgermind(*command.split(), *words, **known)

    return run


def make(target: str, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a target of the Makefile with the programs of these tests, and no variables of ours but the given ones."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    binaries = Path(sys.executable).parent
    return subprocess.run(
        ["make", "--no-print-directory", "--silent", "-o", ".venv/.ready", f"BIN={binaries}", target,
         f"ARGS={shlex.join(arguments)}"],
        cwd=ROOT, env=clean | variables, capture_output=True, text=True, check=False,
        timeout=COMMAND_PATIENCE * patience_seconds(),
    )  # fmt: skip


@contextmanager
def scheduled_builds(dsn: str, folder: Path) -> Iterator[None]:
    """Build the warehouse again and again, as compose does; the first build has begun when the context begins."""
    log = folder / "builds.log"
    words = ["warehouse", "build", "--every", "10s", "--port", str(free_port()), "--target", str(folder / "scheduled")]
    service = start(
        [str(Path(sys.executable).parent / "ledgermind"), *words], log=log, directory=folder,
        environment={"LEDGERMIND_POSTGRES_DSN": dsn},
    )  # fmt: skip
    try:
        wait_for((folder / "scheduled" / "build.log").exists, "the first scheduled build")
        yield
        assert service.poll() is None, log.read_text()
    finally:
        stop(service)


@contextmanager
def another_retraining(dsn: str) -> Iterator[None]:
    with psycopg.connect(dsn, autocommit=True) as connection:
        row = connection.execute(LOCK).fetchone()
        assert row == (True,)
        yield


@pytest.mark.slow
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


@pytest.mark.slow
def test_the_pipeline_passes_beside_scheduled_builds_and_proposes_nothing(
    retrain: Retrain, database: str, tmp_path: Path
) -> None:
    """A build between the tests of the mart and its reading would make the tested mart another one."""
    page = tmp_path / "summary.md"
    with scheduled_builds(database, tmp_path):
        passed = retrain(f"--summary={page}", command=PIPELINE)
    assert passed.returncode == 0, passed.stdout + passed.stderr
    (version,) = Registry(str(tmp_path / "registry")).versions()
    written = page.read_text()
    assert "## Retraining: a release passed" in written
    assert f"| model_version | {version} |" in written
    assert retrain(command="rollout status").returncode == 1  # nothing was proposed


@pytest.mark.slow
def test_data_that_may_not_be_trained_on_is_an_outcome_with_a_reason(
    retrain: Retrain, database: str, tmp_path: Path
) -> None:
    page = tmp_path / "summary.md"
    late = retrain("--as-of=2026-01-09", f"--summary={page}", command=PIPELINE)
    assert (late.returncode, "Error 3" in late.stderr) == (2, True)  # make's own code, and the command's
    assert late.stdout.splitlines()[-1].startswith("freshness refused: events.transactions_by_event is error")
    assert "## Retraining: refused at the step freshness" in page.read_text()

    with psycopg.connect(database) as connection:
        connection.execute(
            "insert into raw.transaction_labels (label_event_id, txn_id, user_id, label, source, observed_at)"
            " values ('x', 'x', 'u1', 'Lunch', 'human', '2025-12-31Z')"
        )
    planted = json.loads(retrain("--json", command=PIPELINE).stdout)
    assert (planted["passed"], planted["step"], planted["model_version"]) == (False, "warehouse", None)
    assert "labels of categories that taxonomy 1.0 has not (Lunch 1): " in planted["reasons"]
    with psycopg.connect(database) as connection:
        connection.execute("delete from raw.transaction_labels where label_event_id = 'x'")

    early = json.loads(
        retrain("--as-of=2025-02-15", "--json", command=PIPELINE).stdout
    )  # six weeks of the year: too little to split
    assert (early["passed"], early["step"], early["model_version"]) == (False, "train", None)
    assert " rows" in early["reasons"]
    assert retrain(command="rollout status").returncode == 1  # nothing was proposed
