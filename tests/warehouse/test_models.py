"""What the models make of the small past in seed.sql."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from ops.warehouse.dbt import Warehouse
from schemas.taxonomy import CATEGORIES, Category

pytestmark = pytest.mark.warehouse


@pytest.fixture(scope="module")
def marts(built: Warehouse) -> Iterator[psycopg.Connection]:
    with psycopg.connect(built.dsn) as connection:
        yield connection


def one(marts: psycopg.Connection, columns: str, txn_id: str) -> tuple[Any, ...]:
    row = marts.execute(f"select {columns} from marts.fct_training_view where txn_id = %s", (txn_id,)).fetchone()
    assert row is not None
    return row


def test_only_labelled_believable_rows_reach_training(marts: psycopg.Connection) -> None:
    found = {row[0] for row in marts.execute("select txn_id from marts.fct_training_view")}
    assert found == {"first", "corrected", "february", "march", "outweighed", "again", "imported"}


def test_a_record_of_the_future_is_quarantined(marts: psycopg.Connection) -> None:
    found = marts.execute("select txn_id, reason from staging.stg_quarantined_transactions").fetchall()
    assert found == [("future", "dated_in_future")]


def test_the_later_word_of_a_stronger_source_is_the_label(marts: psycopg.Connection) -> None:
    assert one(marts, "label, label_source", "corrected") == ("Dining", "human")


def test_a_weaker_source_never_replaces_a_stronger_one(marts: psycopg.Connection) -> None:
    assert one(marts, "label, label_source", "outweighed") == ("Fuel & Auto", "human")


def test_the_last_record_of_a_transaction_counts(marts: psycopg.Connection) -> None:
    assert one(marts, "amount", "again") == (-7,)


def test_the_month_of_a_row_is_the_later_of_transaction_and_label(marts: psycopg.Connection) -> None:
    assert [str(one(marts, "ts_month", txn_id)[0]) for txn_id in ("first", "corrected", "march")] == [
        "2026-01-01",
        "2026-02-01",
        "2026-04-01",
    ]


@pytest.mark.parametrize(
    ("txn_id", "support", "shares"),
    [
        pytest.param("first", 0, {}, id="nothing was known in January"),
        pytest.param("february", 2, {Category("Groceries"): 1.0}, id="February knows January's labels as they were"),
        pytest.param(
            "march", 3, {Category("Groceries"): 2 / 3, Category("Dining"): 1 / 3}, id="March knows of the correction"
        ),
    ],
)
def test_the_prior_is_as_of_the_month_of_the_transaction(
    marts: psycopg.Connection, txn_id: str, support: int, shares: dict[Category, float]
) -> None:
    prior, found = one(marts, "merchant_prior, merchant_support", txn_id)
    assert found == support
    assert prior == pytest.approx([shares.get(category, 0.0) for category in CATEGORIES])


def test_a_comparison_carries_every_answer_and_the_settled_label(marts: psycopg.Connection) -> None:
    row = marts.execute(
        """select rules_category, champion_category, champion_acceptance, challenger_category, label
        from marts.fct_suggestion_compare where txn_id = 'corrected'"""
    ).fetchone()
    assert row == ("Groceries", "Dining", "low_confidence", None, "Dining")


def test_a_day_adds_up(marts: psycopg.Connection) -> None:
    row = marts.execute(
        """select sum(suggestions), sum(labelled), sum(correct), sum(independent) from marts.mart_suggestions_daily
        where suggested_on not in ('2026-04-03', '2026-04-13')"""
    ).fetchone()
    assert row == (15, 7, 3, 6)  # «again» was answered twice: each record is an event; one label is a rule's


def test_the_trainer_may_read_marts_and_nothing_below(marts: psycopg.Connection) -> None:
    row = marts.execute(
        """select has_table_privilege('ledgermind_trainer', 'marts.fct_training_view', 'select'),
                  has_table_privilege('ledgermind_trainer', 'raw.transaction_labels', 'select'),
                  has_table_privilege('ledgermind_landing', 'raw.transaction_labels', 'update')"""
    ).fetchone()
    assert row == (True, False, False)


def test_a_label_is_never_rewritten(built: Warehouse) -> None:
    with psycopg.connect(built.dsn) as connection:
        with pytest.raises(psycopg.errors.RaiseException, match="append-only"):
            connection.execute("update raw.transaction_labels set label = 'Cash' where label_event_id = 'l1'")
        connection.rollback()


def test_every_table_has_statistics_when_the_next_model_reads_it(marts: psycopg.Connection) -> None:
    """Where they are missing, the planner guesses rows, and a join of large tables may take hours."""
    # A copy of the database keeps what was collected, not how often; an empty table has nothing to collect.
    tables = marts.execute(
        "select relname, exists (select from pg_stats where schemaname = nspname and tablename = relname)"
        " from pg_class inner join pg_namespace on pg_namespace.oid = relnamespace"
        " where nspname in ('staging', 'intermediate', 'marts') and relkind = 'r' and relname <> 'read_marks'"
        " and reltuples <> 0"
    ).fetchall()
    assert len(tables) > 10, tables
    assert [name for name, analyzed in tables if not analyzed] == []
