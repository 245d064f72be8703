"""One definition, two readers: what the judge asks of raw rows and what the marts hold of the same ones."""

from collections.abc import Iterator
from datetime import UTC, datetime

import psycopg
import pytest

from ops.warehouse.dbt import Warehouse, run_dbt
from tests.warehouse.conftest import AS_OF

pytestmark = pytest.mark.warehouse
CARD, GIRO = "e-8-{}", "e-9-{}"  # the events of one number in two accounts of one user

# Of each number: what was said, as (feedback, action, what it names, day), whether that is a complaint of the card's
# suggestion, and the label that the card's transaction has of it.
Word = tuple[str, str, dict[str, str], int]
SAID: dict[str, tuple[list[Word], bool, str | None]] = {
    "second thoughts": ([("a", "reject", {"event": CARD}, 21), ("b", "accept", {"event": CARD}, 22)], False, "Dining"),
    "tired of it": ([("a", "accept", {"event": CARD}, 21), ("b", "reject", {"event": CARD}, 22)], True, "Dining"),
    "corrected": ([("a", "correct", {"account": "card"}, 21)], True, "Cash"),
    "sent twice, otherwise": (
        [("a", "reject", {"event": CARD}, 21), ("a", "accept", {"event": CARD}, 22)],
        True,
        "Dining",
    ),
    "names account and event": ([("a", "correct", {"account": "card", "event": CARD}, 21)], True, "Cash"),
    "mismatched": ([("a", "correct", {"account": "card", "event": GIRO}, 21)], False, None),
    "mismatched otherwise": ([("a", "correct", {"account": "giro", "event": CARD}, 21)], False, None),
    "either's": ([("a", "correct", {}, 21)], False, None),
    "before it was shown": ([("a", "reject", {"account": "card"}, 19)], False, None),
    "of the other account": ([("a", "correct", {"account": "giro"}, 21)], False, None),
}
SUGGEST = """
insert into raw.transactions (source_topic, source_partition, source_offset, txn_id, user_id, account_id, occurred_at,
    amount, currency, description, loaded_at)
values ('transactions', %(partition)s, %(number)s, %(txn)s, 'otto', %(account)s, '2026-03-18Z', -5, 'GBP', 'PUB',
    '2026-04-14Z');
insert into raw.suggestion_events (source_topic, source_partition, source_offset, event_id, txn_id, user_id, account_id,
    category, confidence, source, candidates, explanations, arm, bucket, rules_version, taxonomy_version,
    rollout_version, suggested_at, loaded_at)
values ('suggestions', %(partition)s, %(number)s, %(event)s, %(txn)s, 'otto', %(account)s, 'Dining', 0.9, 'rules', '[]',
    '[]', 'canary', 1, 'r2', '1.0', 1, '2026-03-20Z', '2026-04-14Z')
"""
SAY = """
insert into raw.suggestion_feedback (source_topic, source_partition, source_offset, feedback_id, txn_id, user_id,
    account_id, event_id, action, category, source, given_at, loaded_at)
values ('suggestion-feedback', 8, %(offset)s, %(feedback)s, %(txn)s, 'otto', %(account)s, %(event)s, %(action)s,
    %(category)s, 'human', %(at)s, '2026-04-14Z');
insert into raw.transaction_labels (label_event_id, txn_id, user_id, account_id, label, source, observed_at, loaded_at)
select 'feedback:4:otto:' || %(feedback)s, %(txn)s, 'otto', %(account)s, %(category)s, 'human', %(at)s, '2026-04-14Z'
where %(category)s::text is not null
on conflict do nothing
"""
CATEGORIES = {"accept": "Dining", "correct": "Cash", "reject": None}


@pytest.fixture
def both(spoilt: Warehouse) -> Iterator[psycopg.Connection]:
    """Return a warehouse in which one user said all that of two accounts that number alike, built once."""
    with psycopg.connect(spoilt.dsn, autocommit=True, cursor_factory=psycopg.ClientCursor) as connection:
        for number, (txn, (words, _, _)) in enumerate(SAID.items()):
            for partition, (account, event) in enumerate((("card", CARD), ("giro", GIRO)), start=8):
                known = {"partition": partition, "number": number, "txn": txn, "account": account}
                connection.execute(SUGGEST.encode(), known | {"event": event.format(number)})
            for offset, (feedback, action, names, day) in enumerate(words):
                known = {
                    "offset": 10 * number + offset, "feedback": f"{number}-{feedback}", "txn": txn, "action": action,
                    "account": names.get("account"), "event": names.get("event", "").format(number) or None,
                    "category": CATEGORIES[action], "at": datetime(2026, 3, day, tzinfo=UTC),
                }  # fmt: skip
                connection.execute(SAY.encode(), known)
        run_dbt(spoilt, "run", "--select", "+mart_rollout_history", as_of=AS_OF)
        yield connection


def test_a_complaint_is_the_same_for_judge_and_marts(both: psycopg.Connection) -> None:
    found = both.execute(
        """select shown.user_id, shown.txn_id, shown.event_id, shown.category is not null, shown.rollout_version,
            coalesce(judged.is_complaint, false), coalesce(modelled.action in ('reject', 'correct'), false)
        from staging.stg_suggestions as shown
        left join lateral raw.latest_feedback(shown.user_id, shown.txn_id, shown.event_id, %s) as judged on true
        left join intermediate.int_feedback as modelled
            on shown.event_id = modelled.event_id and modelled.is_latest_feedback""",
        (AS_OF,),
    ).fetchall()
    assert [row for row in found if row[5] != row[6]] == []
    of_card = {row[1]: row[5] for row in found if row[0] == "otto" and row[2].startswith("e-8-")}
    assert of_card == {txn: is_complaint for txn, (_, is_complaint, _) in SAID.items()}
    history = both.execute("select version, last_version, complaints from marts.mart_rollout_history").fetchall()
    for version, last, complaints in history:
        assert complaints == sum(row[5] and row[3] for row in found if version <= row[4] <= last), version
    assert {version: complaints for version, _, complaints in history}[1] > sum(of_card.values())


def test_a_label_is_the_same_for_judge_and_marts(both: psycopg.Connection) -> None:
    found = both.execute(
        """select happened.txn_id, judged.label, modelled.label
        from staging.stg_transactions as happened
        left join lateral raw.settled_label(
            happened.user_id, happened.account_id, happened.txn_id, happened.occurred_at, %s
        ) as judged on true
        left join intermediate.int_settled_labels as modelled
            on happened.user_id = modelled.user_id and happened.account_id = modelled.account_id
                and happened.txn_id = modelled.txn_id
        where happened.user_id = 'otto' and happened.account_id = 'card'""",
        (AS_OF,),
    ).fetchall()
    expected = {txn: label for txn, (_, _, label) in SAID.items()}
    assert {txn: (judge, marts) for txn, judge, marts in found} == {txn: (said, said) for txn, said in expected.items()}
