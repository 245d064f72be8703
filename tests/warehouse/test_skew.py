"""Skew: features in the warehouse are those that serving computes, and a row that is not is found."""

import json
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from ops.errors import PostgresError
from ops.warehouse.dbt import Warehouse
from ops.warehouse.exporter import WarehouseCollector
from ops.warehouse.migrate import migrate
from ops.warehouse.skew import FEATURES, SkewError, measure_skew, require_none
from tests.conftest import Run
from tests.warehouse.test_warehouse_metrics import collected
from trainer.dataset.features_job import materialise
from trainer.dataset.lexicon import read_vocabulary

pytestmark = pytest.mark.warehouse
AS_OF = datetime(2026, 4, 15, tzinfo=UTC)
ROWS = 40
MCC = read_vocabulary()[0].mcc
TRANSACTIONS = """
insert into raw.transactions (
    source_topic, source_partition, source_offset, txn_id, user_id, account_id, occurred_at, amount, currency,
    description, mcc, channel, occurred_offset_minutes
)
select
    'transactions', n %% 12, n, 't' || n, 'u', 'a', '2026-04-01 23:30Z'::timestamptz + n * interval '1 hour',
    -(n + 0.99), 'GBP', 'CAFÉ No ' || n || ' ZÜRICH', case when n %% 2 = 0 then '5812' end,
    case when n %% 3 = 0 then 'pos' end, case when n %% 4 = 0 then 120 end
from generate_series(1, %s) as n
"""


@pytest.fixture
def featured(database: str) -> str:
    """Return a warehouse with some transactions and their features."""
    migrate(database)
    with psycopg.connect(database) as connection:
        connection.execute(TRANSACTIONS, (ROWS,))
    assert materialise(database, as_of=AS_OF, days=30, mcc=MCC).rows == ROWS
    return database


def spoil(dsn: str, assignment: str) -> None:
    with psycopg.connect(dsn) as connection:
        connection.execute(f"update raw.ml_features set {assignment} where txn_id = 't7'".encode())


def test_what_the_job_wrote_is_what_serving_computes(featured: str) -> None:
    skew = measure_skew(featured, mcc=MCC, seed=1)
    assert (skew.sampled, sum(skew.differing.values()), skew.txn_ids) == (ROWS, 0, ())
    assert tuple(skew.differing) == FEATURES
    assert measure_skew(featured, mcc=MCC, seed=1, rows=10).sampled == 10
    require_none(skew)


@pytest.mark.parametrize(
    ("planted", "features"),
    [
        pytest.param('"numeric"[1] = "numeric"[1] + 0.001', {"log_amount"}, id="a number a little off"),
        pytest.param("\"numeric\"[6] = 'NaN'", {"hour"}, id="a number that is none"),
        pytest.param('"numeric" = "numeric"[1:5]', set(FEATURES[3:]), id="a row too short"),
        pytest.param("merchant_key = norm_desc || 'x'", {"merchant_key"}, id="another merchant"),
        pytest.param("norm_desc = upper(norm_desc)", {"norm_desc"}, id="another wording"),
    ],
)
def test_a_planted_row_is_found_and_exported(featured: str, planted: str, features: set[str]) -> None:
    spoil(featured, planted)
    skew = measure_skew(featured, mcc=MCC, seed=1)
    assert {name for name, count in skew.differing.items() if count} == features
    assert set(skew.differing.values()) <= {0, 1}
    assert skew.txn_ids == ("t7",)
    with pytest.raises(SkewError, match="ledgermind features --everything"):
        require_none(skew)


def test_codes_that_changed_since_are_found(featured: str) -> None:
    other = {code: (category + 1) % 22 for code, category in MCC.items()}
    skew = measure_skew(featured, mcc=other, seed=1)
    assert {name: count for name, count in skew.differing.items() if count} == {"mcc_category": ROWS // 2}


def test_a_record_that_was_replaced_is_no_skew(featured: str) -> None:
    """Its features are of the record that they were made from; the job makes them anew."""
    with psycopg.connect(featured) as connection:
        connection.execute("update raw.transactions set source_offset = 999, amount = -1 where txn_id = 't7'")
    skew = measure_skew(featured, mcc=MCC, seed=1)
    assert (skew.sampled, skew.txn_ids) == (ROWS - 1, ())


def test_the_metric_moves_and_the_command_leaves_with_1(featured: str, ledgermind: Run, tmp_path: Path) -> None:
    collector = WarehouseCollector(Warehouse(featured, tmp_path), codes=lambda: MCC, now=AS_OF.timestamp)

    def exported() -> float:
        collector.measure(AS_OF)
        found = collected(collector)
        assert found["lm_ml_feature_skew_sample_rows"][()] == ROWS
        return found["lm_ml_feature_skew_rows"]["log_amount",]

    assert exported() == 0
    spoil(featured, '"numeric"[1] = 9')
    assert exported() == 1
    registry = {"LEDGERMIND_REGISTRY": str(tmp_path / "none")}
    found = ledgermind("warehouse", "skew", "--json", "--dsn", featured, **registry)
    assert found.returncode == 1
    assert json.loads(found.stdout)["log_amount"] == 1
    assert "log_amount in 1 (such as t7); run `ledgermind features --everything`" in found.stderr
    assert materialise(featured, as_of=AS_OF, days=30, mcc=MCC, everything=True).rows == ROWS
    assert exported() == 0


def test_nothing_to_compare_is_not_fine(database: str) -> None:
    with pytest.raises(SkewError, match="ledgermind warehouse migrate"):
        measure_skew(database, mcc=MCC, seed=1)
    migrate(database)
    with pytest.raises(SkewError, match="run `ledgermind features`"):
        require_none(measure_skew(database, mcc=MCC, seed=1))
    with pytest.raises(PostgresError):
        measure_skew("postgresql://127.0.0.1:1/none?connect_timeout=1", mcc=MCC, seed=1)
