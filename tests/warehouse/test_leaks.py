"""Planted leaks: for each guard one bad row, which turns exactly that data test red."""

import re
from collections.abc import Callable

import psycopg
import pytest

from ops.dbt import Warehouse
from tests.conftest import ROOT

pytestmark = pytest.mark.warehouse
MART = "update marts.fct_training_view set"

LEAKS = [
    pytest.param(
        f"{MART} ts_month = ts_month - interval '1 month' where txn_id = 'first'",
        "no_label_after_month_end",
        id="a label that the row's month did not know",
    ),
    pytest.param(
        f"{MART} label_observed_at = '2026-04-16Z', ts_month = '2026-04-01' where txn_id = 'first'",
        "no_label_from_the_future",
        id="a label observed after as_of",
    ),
    pytest.param(
        f"{MART} ts_month = '2026-05-01' where txn_id = 'first'",
        "not_in_future_fct_training_view_ts_month",
        id="a month that has not begun",
    ),
    pytest.param(
        f"{MART} occurred_at = label_observed_at + interval '1 hour' where txn_id = 'first'",
        "no_label_before_its_transaction",
        id="a label older than its transaction",
    ),
    pytest.param(
        f"{MART} features_as_of = occurred_at + interval '1 second' where txn_id = 'first'",
        "no_feature_from_after_the_transaction",
        id="a feature that knew the time after",
    ),
    pytest.param(
        "update marts.dim_merchants set last_label_observed_at = as_of_month + interval '1 hour 1 second'"
        " where merchant_key = 'tesco' and as_of_month = '2026-02-01'",
        "dim_merchants_counts_no_later_label",
        id="a prior that counts a label of its own month",
    ),
    pytest.param(
        f"{MART} label = 'Cash' where txn_id = 'first'",
        "every_label_in_training_was_given",
        id="a label that nobody gave",
    ),
    pytest.param(
        f"{MART} label_observed_at = '2026-01-16Z' where txn_id = 'first'",
        "every_label_in_training_was_given",
        id="a label dated back",
    ),
    pytest.param(f"{MART} amount = 0 where txn_id = 'first'", "no_zero_amount_in_training", id="a zero amount"),
    pytest.param(
        f"{MART} user_id = 'demo-2' where txn_id = 'first';"
        "insert into raw.transaction_labels values ('x', 'first', 'demo-2', 'Groceries', 'import', '2026-01-17Z')",
        "no_demo_user_in_training",
        id="a demo user",
    ),
    pytest.param(
        "update raw.transactions set deleted_at = now() where txn_id = 'first'",
        "no_deleted_transaction_in_training",
        id="a deleted transaction",
    ),
    pytest.param(
        "insert into marts.fct_training_view select * from marts.fct_training_view where txn_id = 'first'",
        "unique_fct_training_view_txn_id",
        id="a row twice",
    ),
    pytest.param(
        f"{MART} feature_version = '2' where txn_id = 'first'",
        "holds_one_value_fct_training_view_feature_version",
        id="two feature versions",
    ),
    pytest.param(
        "update staging.stg_transactions set occurred_at = '2026-04-16Z' where txn_id = 'unscored'",
        "not_in_future_stg_transactions_occurred_at",
        id="an event of the future in staging",
    ),
    pytest.param(
        "insert into raw.transaction_labels values ('x', 'x', 'u1', 'Lunch', 'human', '2026-01-17Z')",
        "in_taxonomy_stg_transaction_labels_label",
        id="a label outside the taxonomy",
    ),
    pytest.param(
        "delete from raw.suggestion_events where source_offset = 3;"
        "delete from raw.suggestion_compare where source_offset = 3",
        "every_transaction_is_answered",
        id="a transaction without an answer",
    ),
    pytest.param(
        "delete from raw.suggestion_compare where source_offset = 3",
        "every_suggestion_is_compared",
        id="a suggestion without its comparison",
    ),
    pytest.param(
        "create temporary table twice as select * from raw.suggestion_events where source_offset = 3;"
        "update twice set source_offset = 99; insert into raw.suggestion_events select * from twice",
        "unique_stg_suggestions_event_id",
        id="a record scored twice",
    ),
]


def test_nothing_fails_where_nothing_is_planted(failing_tests: Callable[[], list[str]]) -> None:
    assert failing_tests() == []


@pytest.mark.parametrize(("planted", "guard"), LEAKS)
def test_a_planted_leak_turns_exactly_its_guard_red(
    spoilt: Warehouse, failing_tests: Callable[[], list[str]], planted: str, guard: str
) -> None:
    with psycopg.connect(spoilt.dsn) as connection:
        connection.execute(planted.encode())
    assert failing_tests() == [guard]


def test_the_page_shows_every_planted_row_and_no_other() -> None:
    page = (ROOT / "docs" / "DATA_QUALITY.md").read_text()
    shown = re.findall(r"^\| (.+) \| `(\w+)` \|$", page, re.MULTILINE)
    assert shown == [(str(leak.id), leak.values[1]) for leak in LEAKS]
