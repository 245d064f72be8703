"""What precision promises: only labels that were given after a suggestion say how good it was."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ops.patience import scale
from tests.promises.events import NOON, payment, written
from tests.promises.stack import Stack

PRECISION = """
    select sum(independent)::int, sum(independent_correct)::int, sum(matured)::int, sum(matured_correct)::int
    from marts.mart_suggestions_kpis"""
HISTORY = "select control_independent::int, control_precision_independent from marts.mart_rollout_history"


@pytest.mark.slow
@pytest.mark.timeout(600 * scale())
@pytest.mark.promise("it was observed after the suggestion was made", "docs/DATA_QUALITY.md")
def test_labels_observed_before_their_suggestion_change_no_precision(stack: Stack) -> None:
    stack.succeed("rollout", "init")
    with stack.worker(), stack.landing():
        sent = [payment(number, txn_id=f"labelled-{number}") for number in range(8)]
        stack.score(sent)
        shown = {one.json["category"] for one in stack.read("suggestions")}
        assert shown == {"Groceries"}
        after = datetime.fromtimestamp(time.time(), UTC) + timedelta(minutes=1)
        late = [label(one, "Groceries", after) for one in sent[:3]] + [label(sent[3], "Cash", after)]
        stack.publish("suggestion-feedback", late)
        stack.wait_until_landed(
            "transactions", "suggestions", "suggestion-compare", "suggestion-feedback", "rollout-state"
        )
        matured = written(after + timedelta(days=8))
        stack.succeed("warehouse", "build", "--as-of", matured)
        assert stack.sql(PRECISION) == [(4, 3, 4, 3)]
        assert stack.sql(HISTORY) == [(4, 0.75)]
        early = [label(one, "Cash", NOON + timedelta(days=1)) for one in sent[4:]]
        stack.publish("suggestion-feedback", early)
        stack.wait_until_landed("suggestion-feedback")
    assert stack.sql("select count(*)::int from raw.transaction_labels") == [(len(late + early),)]
    stack.succeed("warehouse", "build", "--as-of", matured)
    assert stack.sql(PRECISION) == [(4, 3, 4, 3)]
    assert stack.sql(HISTORY) == [(4, 0.75)]
    left_out = "select count(*)::int from marts.fct_suggestion_compare where label_use = 'before_suggestion'"
    assert stack.sql(left_out) == [(len(early),)]


def label(transaction: dict[str, Any], category: str, given_at: datetime) -> dict[str, Any]:
    """Return the label of somebody who saw no suggestion."""
    return {
        "schema_version": "1.0",
        "feedback_id": f"label-{transaction['txn_id']}",
        "txn_id": transaction["txn_id"],
        "user_id": transaction["user_id"],
        "account_id": transaction["account_id"],
        "action": "label",
        "category": category,
        "source": "human",
        "given_at": written(given_at),
    }
