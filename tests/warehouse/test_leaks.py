"""Planted leaks and broken reconciliations: for each guard one bad row, which turns exactly that data test red."""

import re
from collections.abc import Callable

import psycopg
import pytest

from ops.warehouse.dbt import DbtError, Warehouse, run_dbt
from tests.conftest import ROOT
from tests.warehouse.conftest import AS_OF

pytestmark = pytest.mark.warehouse
MART = "update marts.fct_training_view set"
DAILY = "update marts.mart_suggestions_daily set"
KPIS = "update marts.mart_suggestions_kpis set"
SEED_DAY = "where suggested_on = '2026-04-14'"
MARCH_DAY = "where suggested_on = '2026-03-10'"  # of the event a-b-0-3
FEEDBACK = "update marts.mart_suggestions_feedback_daily set"
ONE_FEEDBACK = "ctid = (select min(ctid) from marts.mart_suggestions_feedback_daily)"

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
        "create temporary table copied as select * from staging.stg_transactions where txn_id = 'first';"
        "update copied set user_id = 'demo-2'; insert into staging.stg_transactions select * from copied;"
        "insert into raw.transaction_labels values"
        " ('x', 'first', 'demo-2', 'Groceries', 'import', '2026-01-17Z', null, now(), 'a')",
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
        "a_transaction_is_trained_on_once",
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
        "insert into intermediate.int_feedback (user_id, account_id, txn_id, action, category, given_at,"
        " label_event_id, is_latest_feedback, is_inconsistent)"
        " values ('u1', 'a', 'first', 'accept', 'Groceries', '2026-01-17Z', 'x', true, true);"
        f"{MART} label_exposure = 'accept' where txn_id = 'first'",
        "no_inconsistent_accept_in_training",
        id="an accept of what was never shown",
    ),
    pytest.param(
        "create temporary table copied as select * from raw.transactions where txn_id = 'first';"
        "update copied set source_topic = 'import:y', origin = 'import', account_id = 'b';"
        "insert into raw.transactions select * from copied",
        "no_transaction_is_merged_with_another",
        id="two accounts' transactions as one",
    ),
    pytest.param(
        "update raw.ml_features set account_id = 'b' where txn_id = 'unscored'",
        "features_are_of_a_transaction",
        id="features of another account",
    ),
    pytest.param(
        "update intermediate.int_label_history set account_id = 'b' where label_event_id = 'l2'",
        "a_label_is_of_a_transaction",
        id="a label of another account",
    ),
    pytest.param(
        "update intermediate.int_feedback_resolutions set resolution = 'ambiguous' where label_event_id = 'l1'",
        "refused_feedback_is_nobody_s_word",
        id="a label of feedback that was refused",
    ),
    pytest.param(
        "insert into raw.ml_training_runs (run_id, result, as_of, started_at) values ('x', 'BLOCKED', now(), now())",
        "a_blocked_run_says_why",
        id="a refused training without a reason",
    ),
]
BREAKS = [
    pytest.param(
        "create temporary table copied as select * from raw.transactions where source_offset = 3;"
        "update copied set source_offset = -1; insert into raw.transactions select * from copied",
        "every_transaction_is_answered",
        id="a transaction without an answer",
    ),
    pytest.param(
        "create temporary table copied as select * from raw.transactions"
        " where source_offset = 3 and source_partition = 0;"
        "update copied set source_partition = 5, loaded_at = '2026-04-14 23:29Z';"
        "insert into raw.transactions select * from copied",
        "every_transaction_is_answered",
        id="a transaction of a partition that no worker has read for half an hour",
    ),
    pytest.param(
        "create temporary table copied as select * from raw.transactions"
        " where source_offset = 3 and source_partition = 0;"
        "update copied set source_offset = 9999, loaded_at = '2026-04-14 20:00Z';"
        "insert into raw.transactions select * from copied;"
        "update raw.landing_positions set next = 10000 where topic = 'transactions' and partition = 0",
        "every_transaction_is_answered",
        id="a transaction that came after the worker had stopped",
    ),
    pytest.param(
        "insert into raw.rejects values ('transactions', 0, -1, 'wrong_type', 'amount')",
        "every_transaction_is_answered",
        id="a reject that is no dead letter",
    ),
    pytest.param(
        "update raw.dead_letters set origin_offset = -1 where origin_offset = 149;"
        "delete from raw.rejects where source_offset = 149",
        "every_answer_has_its_transaction",
        id="a dead letter of no record",
    ),
    pytest.param(
        "create temporary table copied as select * from raw.dead_letters where origin_offset = 14;"
        "update copied set source_offset = -1, origin_offset = 3; insert into raw.dead_letters select * from copied",
        "no_dead_letter_is_answered",
        id="a dead letter that was answered, too",
    ),
    pytest.param(
        "delete from raw.suggestion_compare where event_id = 'a-b-0-3';"
        "delete from marts.fct_suggestion_compare where event_id = 'a-b-0-3'",
        "every_suggestion_is_compared",
        id="a suggestion without its comparison",
    ),
    pytest.param(
        "create temporary table twice as select * from raw.suggestion_events where event_id = 'a-b-0-3';"
        "update twice set source_offset = -1; insert into raw.suggestion_events select * from twice;"
        f"{DAILY} suggestions = suggestions + 1, with_category = with_category + 1 {MARCH_DAY};"
        f"{KPIS} suggestions = suggestions + 1, shown = shown + 1 {MARCH_DAY}",
        "unique_stg_suggestions_event_id",
        id="a record scored twice",
    ),
    pytest.param(
        "create temporary table twice as select * from raw.suggestion_events where event_id = 'a-b-0-3';"
        "update twice set source_offset = -1, suggested_at = suggested_at + interval '1 second';"
        "insert into raw.suggestion_events select * from twice;"
        "insert into staging.stg_redelivered_suggestions values ('suggestions', '', 0, -1, 'a-b-0-3')",
        "no_record_is_scored_twice",
        id="a record scored twice, each time otherwise",
    ),
    pytest.param(
        "update raw.suggestion_events set source = 'rules' where event_id ="
        " (select min(event_id) from raw.suggestion_events where category is null)",
        "silence_has_no_source",
        id="a source that named nothing",
    ),
    pytest.param(
        "update raw.suggestion_events set fallback_reason = 'timeout' where event_id = 'a-b-0-3';"
        f"{DAILY} fallbacks = fallbacks + 1 {MARCH_DAY}; {KPIS} fallbacks = fallbacks + 1 {MARCH_DAY}",
        "only_the_canary_falls_back",
        id="a fallback of a control user",
    ),
    pytest.param(
        "update raw.landing_positions set next = 15 where topic = 'suggestions' and partition = 0",
        "nothing_landed_beyond_its_position",
        id="a row that would land again",
    ),
    pytest.param(
        "delete from raw.transaction_labels where label_event_id ="
        " (select min(label_event_id) from raw.transaction_labels where starts_with(label_event_id, 'feedback:'))",
        "feedback_becomes_labels_by_the_rule",
        id="a correction that is no label",
    ),
    pytest.param(
        "insert into raw.transaction_labels"
        " select 'feedback:' || length(user_id) || ':' || user_id || ':' || feedback_id, txn_id, user_id, 'Cash',"
        " source, given_at from raw.suggestion_feedback where action = 'reject' limit 1",
        "feedback_becomes_labels_by_the_rule",
        id="a rejection that is a label",
    ),
    pytest.param(
        "update raw.rollout_decisions set record = jsonb_set(record, '{hash}', '\"x\"') where version = 1",
        "rollout_chain_holds",
        id="a rollout record that was changed",
    ),
    pytest.param(
        "delete from raw.rollout_decisions where version = 2",
        "rollout_chain_holds",
        id="a rollout record that is missing",
    ),
    pytest.param(
        "update marts.mart_rollout_history set percent = 51 where version = 1",
        "rollout_history_holds_every_record",
        id="a share that nobody decided",
    ),
    pytest.param(
        "update marts.mart_rollout_history set replaced_at = decided_at - interval '1 second' where version = 1",
        "no_record_is_replaced_before_it_was_decided",
        id="a rollout record that ended before it began",
    ),
    pytest.param(
        "update marts.mart_rollout_history set complaints = shown + 1 where version = 1",
        "history_counts_add_up",
        id="a record with more complaints than it showed",
    ),
    pytest.param(
        "delete from marts.fct_suggestion_compare where event_id = 'a-b-0-3'",
        "compare_mart_holds_every_comparison",
        id="a comparison that the mart misses",
    ),
    pytest.param(
        "update marts.fct_suggestion_compare set event_id = 'x' where event_id = 'a-b-0-3'",
        "no_comparison_in_the_mart_that_is_gone",
        id="a comparison that was erased from its source only",
    ),
    pytest.param(
        f"{DAILY} suggestions = suggestions + 1 {SEED_DAY}",
        "suggestion_marts_hold_every_suggestion",
        id="a day with one suggestion too many",
    ),
    pytest.param(
        f"{KPIS} suggestions = suggestions + 1 {SEED_DAY}",
        "suggestion_marts_hold_every_suggestion",
        id="KPIs with one suggestion too many",
    ),
    pytest.param(
        f"{KPIS} agreeing = agreeing + 1 {SEED_DAY}",
        "kpis_hold_every_comparison",
        id="an agreement that no comparison says",
    ),
    pytest.param(
        f"{KPIS} low_confidence = low_confidence + 1 {SEED_DAY}",
        "asked_is_the_sum_of_what_was_answered",
        id="a model's word without a question",
    ),
    pytest.param(
        f"{KPIS} independent = matured + 1 {SEED_DAY}",
        "kpi_counts_add_up",
        id="more independent labels than labels",
    ),
    pytest.param(
        f"{DAILY} labelled = labelled + 1 {SEED_DAY}",
        "marts_agree_on_labels",
        id="a label that only one mart counts",
    ),
    pytest.param(
        f"{DAILY} correct = correct - 3 where served_source = 'rules' and label_source = 'human'"
        " and arm = 'control' and suggested_on = '2026-04-13';"
        f"{DAILY} correct = correct + 3"
        " where served_source = 'none' and arm = 'control' and suggested_on = '2026-04-13'",
        "daily_counts_add_up",
        id="more right than labelled",
    ),
    pytest.param(
        "update marts.fct_suggestions_eval set label = 'Cash' where event_id = 'a-b-0-0'",
        "correct_is_what_the_label_says",
        id="a right suggestion with another label",
    ),
    pytest.param(
        "update marts.fct_suggestions_eval set label_observed_at = suggested_at - interval '1 second'"
        " where event_id = 'a-b-0-0'",
        "no_suggestion_is_judged_by_an_earlier_label",
        id="a suggestion judged by a label of before it",
    ),
    pytest.param(
        "update marts.fct_suggestion_compare set label_use = 'in_training' where event_id = 'a-b-0-0'",
        "only_labels_that_count_stand_beside_a_comparison",
        id="a comparison judged by a label that its model learned",
    ),
    pytest.param(
        "delete from raw.model_registry where model_version = 'm'",
        "every_release_that_answered_is_known",
        id="a release that answers and whose training has not landed",
    ),
    pytest.param(
        "update marts.mart_model_against_rules set both_silent = both_silent + 1 where dimension = 'all'",
        "paired_counts_add_up",
        id="a pair that is counted twice",
    ),
    pytest.param(
        f"{FEEDBACK} feedbacks = feedbacks + 1, accepts = accepts + 1 where {ONE_FEEDBACK}",
        "feedback_mart_holds_every_feedback",
        id="an accept that nobody gave",
    ),
    pytest.param(
        f"{FEEDBACK} labels = labels + 1 where {ONE_FEEDBACK}",
        "feedback_counts_add_up",
        id="feedback that does not add up",
    ),
]


def test_nothing_fails_where_nothing_is_planted(failing_tests: Callable[[str], list[str]]) -> None:
    assert failing_tests("select") == []


def test_what_has_just_landed_and_what_was_imported_may_be_unanswered(
    failing_tests: Callable[[str], list[str]],
) -> None:
    young = (
        "create temporary table copied as select * from raw.transactions"
        " where source_offset = 3 and source_partition = 0;"
        "update copied set source_partition = 5, loaded_at = '2026-04-14 23:31Z';"
        "insert into raw.transactions select * from copied;"
        "update copied set source_topic = 'import:y', origin = 'import', loaded_at = '2026-04-01Z';"
        "insert into raw.transactions select * from copied"
    )
    assert failing_tests(young) == []


def test_what_lands_while_the_models_are_built_is_left_to_the_next_build(
    failing_tests: Callable[[str], list[str]],
) -> None:
    landed = (
        "create temporary table copied as select * from raw.transactions where txn_id = 'first';"
        "update copied set source_topic = 'import:y', origin = 'import', account_id = 'b',"
        " loaded_at = (select max(loaded_at) + interval '1 second' from raw.transactions);"
        "insert into raw.transactions select * from copied"
    )
    assert failing_tests(landed) == []


@pytest.mark.parametrize(("planted", "guard"), LEAKS + BREAKS)
def test_what_is_planted_turns_exactly_its_guard_red(
    failing_tests: Callable[[str], list[str]], planted: str, guard: str
) -> None:
    assert failing_tests(planted) == [guard]


def test_dbt_itself_finds_what_its_queries_find(spoilt: Warehouse) -> None:
    planted, guard = LEAKS[0].values
    with psycopg.connect(spoilt.dsn) as connection:
        connection.execute(str(planted).encode())
    with pytest.raises(DbtError) as failed:
        run_dbt(spoilt, "test", "--select", "fct_training_view", as_of=AS_OF)
    assert [node.name for node in failed.value.failures] == [guard]


def test_the_page_shows_every_planted_row_and_no_other() -> None:
    page = (ROOT / "docs" / "DATA_QUALITY.md").read_text()
    section = page.partition("## Guards")[2].partition("## When")[0]
    shown = re.findall(r"^\| (.+) \| `(\w+)` \|$", section, re.MULTILINE)
    assert shown == [(str(leak.id), leak.values[1]) for leak in LEAKS + BREAKS]
