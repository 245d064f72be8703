"""From the warehouse and back: features, mart, a training, and its record; SQL and Python agree on the past."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import psycopg
import pytest

from ops.warehouse.dbt import Warehouse, run_dbt
from ops.warehouse.mart_fingerprint import read_fingerprint
from ops.warehouse.migrate import migrate
from tests.support.small_dataset import AS_OF, transactions
from trainer.blockers import Blocker, BlockerReason
from trainer.dataset.features_job import materialise
from trainer.dataset.from_transactions import LABEL_DELAY_SECONDS, build_table
from trainer.dataset.lexicon import read_vocabulary
from trainer.dataset.mart import read_mart
from trainer.errors import TrainingDataError, WarehouseError
from trainer.release.registry import Registry
from trainer.run import TrainingRequest, train_release
from trainer.run_log import record_blocked, record_release

pytestmark = pytest.mark.warehouse
ROWS = 1_200
NEWEST = "select txn_id from raw.transactions order by occurred_at desc, txn_id limit 1"


@pytest.fixture
def landed(database: str) -> str:
    """Return a database with raw transactions and labels."""
    migrate(database)
    rows, labels = transactions(ROWS)
    delay = timedelta(seconds=LABEL_DELAY_SECONDS)
    with psycopg.connect(database) as connection, connection.cursor() as cursor:
        with cursor.copy(
            "copy raw.transactions (source_topic, source_partition, source_offset, txn_id, user_id, account_id, "
            "occurred_at, amount, currency, description, channel) from stdin"
        ) as copy:
            for place, row in enumerate(rows):
                where = ("transactions", 0, place, row.txn_id, row.user_id, row.account_id, row.occurred_at)
                copy.write_row((*where, row.amount, row.currency, row.description, row.channel))
        with cursor.copy(
            "copy raw.transaction_labels (label_event_id, txn_id, user_id, label, source, observed_at) from stdin"
        ) as copy:
            for row, label in zip(rows, labels, strict=True):
                known_at = row.occurred_at + delay
                copy.write_row((f"l-{row.txn_id}", row.txn_id, row.user_id, label, "import", known_at))
    return database


def test_the_mart_equals_the_table_that_python_builds(landed: str, tmp_path: Path) -> None:
    vocabulary, _ = read_vocabulary()
    run = materialise(landed, as_of=AS_OF, days=400, mcc=vocabulary.mcc)
    assert run.rows == ROWS
    run_dbt(Warehouse(landed, tmp_path), "build", as_of=AS_OF)
    from_mart = read_mart(landed, as_of=AS_OF)
    rows, labels = transactions(ROWS)
    in_python = build_table(rows, labels, vocabulary=vocabulary)
    assert from_mart.txn_ids == in_python.txn_ids
    assert from_mart.keys == in_python.keys
    assert (from_mart.numeric == in_python.numeric).all()
    assert from_mart.support.tolist() == in_python.support.tolist()
    assert np.abs(from_mart.prior - in_python.prior).max() < 1e-6
    assert read_fingerprint(landed) == read_fingerprint(landed)

    registry = Registry(str(tmp_path / "registry"))
    release = train_release(from_mart, TrainingRequest(as_of=AS_OF), registry)
    assert registry.versions() == [release.manifest.model_version]
    now = datetime(2026, 1, 16, tzinfo=UTC)
    record_release(landed, release.manifest, started_at=now, finished_at=now)
    stale = Blocker(BlockerReason.STALE, "raw.transactions is error", "`ledgermind landing`")
    record_blocked(landed, [stale], as_of=AS_OF, started_at=now)
    with psycopg.connect(landed) as connection:
        results = connection.execute("select result from raw.ml_training_runs order by result").fetchall()
        assert results == sorted([("BLOCKED",), (release.manifest.gate.verdict,)])


def test_features_are_written_once_and_again_only_where_they_would_come_out_otherwise(landed: str) -> None:
    first = materialise(landed, as_of=AS_OF, days=30, mcc={})
    assert 0 < first.rows < ROWS
    again = materialise(landed, as_of=AS_OF, days=30, mcc={})
    assert (again.rows, again.unchanged) == (0, first.rows)
    with psycopg.connect(landed) as connection:
        (newest,) = connection.execute(NEWEST).fetchone() or ("",)
        # A record that committed after the job had run, and claims to have been loaded before it did.
        connection.execute(
            "insert into raw.transactions select (made).* from (select jsonb_populate_record(t, '"
            '{"source_offset": 99999, "amount": -77.77}'
            "') as made from raw.transactions as t where txn_id = %s) as one",
            (newest,),
        )
    replaced = materialise(landed, as_of=AS_OF, days=30, mcc={})
    assert (replaced.rows, replaced.unchanged) == (1, first.rows - 1)
    other_codes = materialise(landed, as_of=AS_OF, days=30, mcc={"5411": 0})
    assert (other_codes.rows, other_codes.unchanged) == (first.rows, 0)
    asked_for = materialise(landed, as_of=AS_OF, days=30, mcc={"5411": 0}, everything=True)
    assert (asked_for.rows, asked_for.unchanged) == (first.rows, 0)
    with psycopg.connect(landed) as connection:
        (count, distinct, of_newest) = connection.execute(
            'select count(*), count(distinct txn_id), max("numeric"[1]) filter (where txn_id = %s)'
            " from raw.ml_features",
            (newest,),
        ).fetchone() or (0, 0, 0)
    assert count == distinct == first.rows
    assert of_newest == np.log1p(np.float32(77.77))


@pytest.fixture
def migrated(database: str) -> Iterator[str]:
    migrate(database)
    yield database


def test_a_missing_mart_says_what_to_run(migrated: str) -> None:
    with pytest.raises(WarehouseError, match="ledgermind warehouse build"):
        read_mart(migrated, as_of=AS_OF)


def test_a_warehouse_that_does_not_answer_is_one_line() -> None:
    with pytest.raises(WarehouseError) as refused:
        read_mart("postgresql://127.0.0.1:1/none?connect_timeout=1", as_of=AS_OF)
    assert "\n" not in str(refused.value)


def test_an_empty_mart_is_refused(migrated: str, tmp_path: Path) -> None:
    run_dbt(Warehouse(migrated, tmp_path), "run", as_of=AS_OF)
    with pytest.raises(TrainingDataError, match="the training mart is empty"):
        train_release(
            read_mart(migrated, as_of=AS_OF), TrainingRequest(as_of=AS_OF), Registry(str(tmp_path / "registry"))
        )
    assert Registry(str(tmp_path / "registry")).versions() == []
