"""What the judge asks of the warehouse: users per arm, signs of merchants, anchored labels, feedback, complaints."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import psycopg
import pytest

from ops.errors import OpsError
from ops.rollout.evidence.session import Session
from ops.rollout.evidence.warehouse import ask_warehouse
from ops.rollout.evidence.warehouse_history import read_recorded
from ops.rollout.patience import Patience
from ops.rollout.policies import load_policy
from ops.rollout.rollout_state import place
from ops.warehouse.dbt import Warehouse, run_dbt
from schemas.events.candidate import Candidate, SuggestionSource
from schemas.events.comparison import ComparisonOutcome
from schemas.events.rollout import RolloutRecord
from schemas.taxonomy import Category
from scorer.rollout.metrics import Standing
from scorer.serving.decide import Decision
from streams.rollout.change import Change, first_record, successor
from streams.settings import SuggestSettings

pytestmark = pytest.mark.warehouse
NOW = datetime(2026, 4, 15, tzinfo=UTC)
BEGAN, OLD = NOW - timedelta(days=20), NOW - timedelta(days=12)
POLICY = load_policy("default")

OTHERS = (  # what the small past holds of another canary
    "raw.suggestion_compare", "raw.suggestion_events", "raw.suggestion_feedback", "raw.rollout_decisions",
    "raw.transactions", "raw.transaction_labels", "raw.model_registry", "marts.fct_suggestion_compare",
)  # fmt: skip

# name, merchant, control would serve, the canary would serve, label, label's source, days ago
LABELLED = [
    ("better", "PRET", "Groceries", "Dining", "Dining", "import", 12),
    ("worse", "BOOTS", "Health", "Shopping", "Health", "import", 12),
    ("silent is worse than right", "ESSO", None, "Fuel & Auto", "Fuel & Auto", "human", 12),
    ("alike", "TESCO", "Groceries", "Groceries", "Groceries", "import", 12),
    ("once more at the same merchant", "PRET", "Groceries", "Dining", "Dining", "import", 11),
    ("too young", "LIDL", "Dining", "Groceries", "Groceries", "import", 3),
    ("a rule's own word", "ASDA", "Dining", "Groceries", "Dining", "rule", 12),
    ("accepted as it was shown", "SHELL", "Fuel & Auto", "Groceries", "Fuel & Auto", "human", 12),
    ("of other rules", "ODEON", "Dining", "Entertainment", "Entertainment", "import", 13),
    ("of another release", "KLM", "Dining", "Travel", "Travel", "import", 13),
    ("the model was not asked", "UBER", "Dining", "Transport", "Transport", "import", 13),
]


def records() -> list[RolloutRecord]:
    first = first_record(SuggestSettings(), canary_model="m2", actor="ada", now=BEGAN)
    return [first, successor(first, Change(actor="ada", reason="x", percent="10.00"), now=BEGAN)]


def compare(connection: psycopg.Connection, name: str, number: int, **columns: object) -> None:
    """Add one comparison of a transaction of its own, as raw rows and as dbt would build them."""
    known = {
        "arm": "canary" if number % 10 == 0 else "control", "at": NOW - timedelta(hours=2), "merchant": "TESCO",
        "exposure": "independent",
        "control": "Groceries", "canary": "Groceries", "label": None, "source": None, "rules": "r2", "model": "m2",
        "acceptance": "accepted", "doubts": False, "served": "model", "name": name, "user": f"judged-{number}",
        "offset": 1_000 + number,
    } | columns  # fmt: skip
    known["outcome"] = (
        "canary_only" if known["control"] is None else "agree" if known["control"] == known["canary"] else "disagree"
    )
    connection.execute(
        """insert into staging.stg_transactions (txn_id, user_id, account_id, occurred_at, amount, currency,
            description)
        values (%(name)s, %(user)s, 'a', %(at)s, -5, 'GBP', %(merchant)s)""",
        known,
    )
    connection.execute(
        """insert into raw.transactions (source_topic, source_partition, source_offset, txn_id, user_id, account_id,
            occurred_at, amount, currency, description)
        values ('transactions', 1, %(offset)s, %(name)s, %(user)s, 'a', %(at)s, -5, 'GBP', %(merchant)s)""",
        known,
    )
    if known["label"] is not None:
        give(connection, known)
    connection.execute(
        """insert into raw.suggestion_compare (source_topic, source_partition, source_offset, event_id, txn_id, user_id,
            account_id, arm, bucket, answers, control_category, canary_category, outcome, served_source,
            rollout_version, scored_in_us, compared_at, loaded_at)
        values ('suggestion-compare', 1, %(offset)s, 'e-1-' || %(offset)s, %(name)s, %(user)s, 'a', %(arm)s, 1,
            jsonb_build_array(jsonb_build_object('role', 'rules', 'version', %(rules)s::text),
                jsonb_build_object('role', 'challenger', 'version', %(model)s::text,
                    'acceptance', %(acceptance)s::text, 'doubts_rule', %(doubts)s::boolean)),
            %(control)s, %(canary)s, %(outcome)s, %(served)s, 1, 4000, %(at)s, %(at)s)""",
        known,
    )
    connection.execute(
        """insert into raw.suggestion_events (source_topic, source_partition, source_offset, event_id, txn_id, user_id,
            account_id, category, confidence, source, candidates, explanations, arm, bucket, rules_version,
            taxonomy_version, rollout_version, suggested_at, loaded_at)
        values ('suggestions', 1, %(offset)s, 'e-1-' || %(offset)s, %(name)s, %(user)s, 'a',
            coalesce(%(control)s, 'Cash'), 0.9, %(served)s, '[]', '[]', %(arm)s, 1, 'r2', '1.0', 1, %(at)s, %(at)s)""",
        known,
    )
    connection.execute(
        """insert into marts.fct_suggestion_compare (event_id, txn_id, user_id, account_id, arm, bucket, rules_version,
            challenger_version, challenger_acceptance, control_category, canary_category, outcome, served_source,
            rollout_version, scored_in_us, compared_at, compared_on, label, label_source, label_observed_at,
            label_exposure, loaded_at)
        values ('e-1-' || %(offset)s, %(name)s, %(user)s, 'a', %(arm)s, 1, %(rules)s, %(model)s, %(acceptance)s,
            %(control)s, %(canary)s, %(outcome)s, %(served)s, 1, 4000, %(at)s,
            %(at)s::date, %(label)s, %(source)s, %(at)s + interval '1 day', %(exposure)s, %(at)s)""",
        known,
    )


def give(connection: psycopg.Connection, known: dict[str, Any]) -> None:
    """Land a label a day after the comparison; one that accepts what was shown is named as the landing names it."""
    accepted = known["exposure"] == "accept"
    connection.execute(
        """insert into raw.transaction_labels (label_event_id, txn_id, user_id, account_id, label, source, observed_at)
        values (%(label_event)s, %(name)s, %(user)s, 'a', %(label)s, %(source)s, %(at)s + interval '1 day')""",
        known | {"label_event": f"feedback:10:{known['user']}:f1" if accepted else f"import:x:{known['offset']}"},
    )


def say(
    connection: psycopg.Connection,
    txn: str,
    user: str,
    action: str,
    at: datetime,
    number: int,
    category: str = "Groceries",
) -> None:
    connection.execute(
        """insert into raw.suggestion_feedback (source_topic, source_partition, source_offset, feedback_id, txn_id,
            user_id, action, category, source, given_at, loaded_at)
        values ('suggestion-feedback', 1, %s, %s, %s, %s, %s, %s, 'human', %s, %s)""",
        (number, f"f{number}", txn, user, action, category, at, at),
    )


@pytest.fixture
def connection(spoilt: Warehouse) -> Iterator[psycopg.Connection]:
    """Return a connection to the built warehouse with a canary's two weeks in it."""
    with psycopg.connect(spoilt.dsn, autocommit=True) as connection:
        for table in OTHERS:
            connection.execute(f"truncate {table}".encode())
        connection.execute(
            """insert into raw.model_registry (model_version, status, taxonomy_version, feature_version, trained_at)
            values ('m2', 'serving', '1.0', '3', %s)""",
            (BEGAN,),
        )
        odd = {"of other rules": {"rules": "r1"}, "of another release": {"model": "m1"}}
        odd["the model was not asked"] = {"acceptance": "not_asked"}
        odd["accepted as it was shown"] = {"exposure": "accept"}
        for number, (name, merchant, control, canary, label, source, days) in enumerate(LABELLED, start=100):
            at = NOW - timedelta(days=days)
            columns = {"control": control, "canary": canary, "label": label, "source": source, "arm": "control"}
            compare(connection, name, number, merchant=merchant, at=at, **{**columns, **odd.get(name, {})})
        shown = LABELLED[7]
        say(connection, shown[0], "judged-107", "accept", NOW - timedelta(days=11), 1, "Fuel & Auto")
        for number in range(40):  # users of the last hours: four of them in the canary
            compare(connection, f"fresh-{number}", number, at=NOW - timedelta(minutes=30 if number == 39 else 120))
        for number, (user, action) in enumerate([(0, "accept"), (10, "reject"), (20, "correct"), (1, "accept")], 10):
            say(connection, f"fresh-{user}", f"judged-{user}", action, NOW - timedelta(hours=1), number)
        say(connection, "fresh-10", "judged-10", "correct", NOW - timedelta(minutes=50), 20)
        yield connection


def test_the_standing_is_what_the_warehouse_holds(connection: psycopg.Connection) -> None:
    blank = Standing(percent=10.0, has_model=True)
    session = Session(connection, Patience(30))
    found, faults = ask_warehouse(blank, session, POLICY, place(records()), now=NOW)
    assert faults == ()
    assert (found.better, found.worse, found.alike) == (2, 1, 1)
    assert (found.anchored_better, found.anchored_worse, found.anchored_alike) == (0, 1, 0)
    assert (found.users, found.canary_users, found.arm_users) == (4, 4, 40)
    assert (found.canary_pleased, found.canary_displeased) == (1, 2)
    assert (found.control_pleased, found.control_displeased) == (2, 0)
    assert (found.served, found.complaints) == (4, 2)
    assert found.evidence_days == pytest.approx(5.0)  # the first of them settled then
    assert found.mart_age_seconds == 0  # the marts were built as of this very time


def test_a_rule_that_the_canary_doubts_is_what_control_alone_would_serve(connection: psycopg.Connection) -> None:
    """Silence is better than the wrong rule, worse than the right one; of a late model both serve the rule."""
    unsure = {"canary": None, "source": "import", "at": OLD, "acceptance": "low_confidence"}
    for number, (merchant, columns) in enumerate(
        [
            ("AMC", {"control": "Groceries", "label": "Dining", "doubts": True}),
            ("CINEWORLD", {"control": "Groceries", "label": "Dining", "doubts": True}),
            ("VUE", {"control": "Groceries", "label": "Groceries", "doubts": True}),
            ("EVERYMAN", {"control": "Groceries", "label": "Dining", "doubts": False}),
            ("PICTUREHOUSE", {"control": "Groceries", "label": "Dining", "doubts": True, "acceptance": "timeout"}),
        ],
        start=201,
    ):
        compare(connection, f"doubted {merchant}", number, merchant=merchant, **unsure | columns)
    blank = Standing(percent=10.0, has_model=True)
    found = ask_warehouse(blank, Session(connection, Patience(30)), POLICY, place(records()), now=NOW).standing
    assert (found.better, found.worse, found.alike) == (2 + 2, 1 + 1, 1 + 2)


@pytest.mark.parametrize(
    ("change", "age"),
    [
        pytest.param("update rollout.mart_builds set as_of = as_of - interval '1 day' where mart = 'dim_merchants'",
            86_400, id="the oldest mart"),
        pytest.param("update rollout.mart_builds set as_of = '2999-01-01Z' where mart = 'dim_merchants'", None,
            id="built as of a time to come"),
        pytest.param("truncate rollout.mart_builds", None, id="never built"),
    ],
)  # fmt: skip
def test_the_oldest_mart_says_how_old_the_warehouse_is(
    connection: psycopg.Connection, change: str, age: float | None
) -> None:
    connection.execute(change.encode())
    blank = Standing(percent=10.0, has_model=True)
    found = ask_warehouse(blank, Session(connection, Patience(30)), POLICY, place(records()), now=NOW).standing
    assert found.mart_age_seconds == age


def test_a_history_is_recorded_for_a_backtest(connection: psycopg.Connection) -> None:
    session = Session(connection, Patience(60))
    with pytest.raises(OpsError, match="holds no comparison of a canary"):
        read_recorded(session, POLICY, expected_fallback=0.2, now=NOW)
    for record in records():
        connection.execute(
            """insert into raw.rollout_decisions (source_topic, source_partition, source_offset, version, percent,
                shadow, canary_model_version, actor, reason, decided_at, record)
            values ('rollout-state', 0, %s, %s, %s, true, 'm2', 'ada', 'x', %s, %s)""",
            (record.version, record.version, record.percent, record.decided_at, msgspec.json.encode(record).decode()),
        )
    history = read_recorded(session, POLICY, expected_fallback=0.2, now=NOW)
    scored = 40 + len(LABELLED) - 2  # m1's, and one that was not asked
    assert history.transactions.sum() == history.asked.sum() == scored
    assert history.agree.sum() + history.disagree.sum() == history.transactions.sum() - 1  # one silence
    assert sorted(history.signs[:, 1].tolist()) == [-1, 0, 1, 1, 1]
    assert (history.signs[:, 0] > history.minutes).sum() == 1  # the young one will settle after the history's end
    assert history.opinions.sum() == 6
    assert history.complaints.sum() == 2  # one of them was complained of twice


def test_what_a_hint_serves_is_evidence_for_neither_arm(connection: psycopg.Connection) -> None:
    """More users, signs of two merchants, opinions and complaints: with the source hint they change nothing."""
    blank = Standing(percent=10.0, has_model=True)
    session = Session(connection, Patience(60))
    before = ask_warehouse(blank, session, POLICY, place(records()), now=NOW).standing
    old = {"at": NOW - timedelta(days=12), "label": "Dining", "source": "human", "served": "hint"}
    compare(connection, "hinted better", 400, merchant="WICKES", canary="Dining", **old)
    compare(connection, "hinted worse", 401, merchant="KIKO", control="Dining", **old)
    for number in range(410, 450):
        compare(connection, f"hinted-{number}", number, served="hint")
    say(connection, "hinted-410", "judged-410", "reject", NOW - timedelta(hours=1), 410)
    say(connection, "hinted-411", "judged-411", "accept", NOW - timedelta(hours=1), 411)
    assert ask_warehouse(blank, session, POLICY, place(records()), now=NOW).standing == before


@pytest.mark.parametrize("source", list(SuggestionSource))
def test_the_tables_and_the_counters_call_the_same_evidence(
    connection: psycopg.Connection, source: SuggestionSource
) -> None:
    served = None if source is SuggestionSource.NONE else Candidate(Category("Dining"), 0.9, source)
    decision = Decision(served, None, None, None, ComparisonOutcome.NEITHER)
    assert connection.execute("select raw.is_evidence(%s)", (source.value,)).fetchone() == (decision.is_evidence,)


LATER_WORDS = """
insert into raw.transaction_labels (label_event_id, txn_id, user_id, account_id, label, source, observed_at)
select 'late:' || txn_id, txn_id, user_id, account_id, 'Cash', 'human', %(at)s from raw.transactions
where txn_id in ('better', 'worse', 'silent is worse than right', 'alike', 'once more at the same merchant');
"""


def test_a_sign_is_stored_when_it_is_first_counted_and_no_later_word_turns_it(connection: psycopg.Connection) -> None:
    """Neither a correction of every label nor a late comparison of a merchant that was counted changes anything."""
    blank = Standing(percent=10.0, has_model=True)
    session = Session(connection, Patience(60))
    first = ask_warehouse(blank, session, POLICY, place(records()), now=NOW).standing
    connection.execute(LATER_WORDS, {"at": NOW - timedelta(hours=1)})
    late = {"merchant": "PRET", "control": "Dining", "canary": "Groceries", "label": "Dining", "source": "human"}
    compare(connection, "a late comparison", 300, at=NOW - timedelta(days=15), arm="control", **late)
    new = {"merchant": "WICKES", "control": "Dining", "canary": "Shopping", "label": "Shopping", "source": "human"}
    compare(connection, "of a new merchant", 301, at=NOW - timedelta(days=15), arm="control", **new)
    again = ask_warehouse(blank, session, POLICY, place(records()), now=NOW).standing
    assert first.better is not None
    assert (again.better, again.worse, again.alike) == (first.better + 1, first.worse, first.alike)


def test_a_label_whose_landing_is_open_across_an_evaluation_counts_at_the_next(connection: psycopg.Connection) -> None:
    blank = Standing(percent=10.0, has_model=True)
    session = Session(connection, Patience(60))
    known = {"merchant": "WICKES", "control": "Dining", "canary": "Shopping"}
    compare(connection, "labelled late", 302, at=NOW - timedelta(days=15), arm="control", **known)
    label = {"name": "labelled late", "user": "judged-302", "offset": 1_302, "at": NOW - timedelta(days=15)}
    with psycopg.connect(connection.info.dsn) as slow:
        give(slow, label | {"label": "Shopping", "source": "human", "exposure": "independent"})
        before = ask_warehouse(blank, session, POLICY, place(records()), now=NOW).standing
        assert ask_warehouse(blank, session, POLICY, place(records()), now=NOW).standing == before
    after = ask_warehouse(blank, session, POLICY, place(records()), now=NOW).standing
    assert (after.better, before.better) == (3, 2)


def test_a_redelivered_comparison_counts_once(connection: psycopg.Connection) -> None:
    connection.execute(
        """insert into raw.suggestion_compare (source_topic, source_partition, source_offset, event_id, txn_id, user_id,
            account_id, arm, bucket, answers, control_category, canary_category, outcome, served_source,
            rollout_version, scored_in_us, compared_at)
        select source_topic, source_partition, source_offset + 5000, event_id, txn_id, user_id, account_id, arm, bucket,
            answers, control_category, canary_category, outcome, served_source, rollout_version, scored_in_us,
            compared_at
        from raw.suggestion_compare"""
    )
    test_the_standing_is_what_the_warehouse_holds(connection)


def test_judge_and_marts_settle_the_same_labels(built: Warehouse) -> None:
    """raw.settled_label, as of the build, is what dbt's intermediate models say of every transaction."""
    with psycopg.connect(built.dsn) as connection:
        rows = connection.execute(
            """select known.txn_id, known.user_id, known.label, known.label_source, known.label_exposure,
                known.label_observed_at, found.label, found.label_source, found.label_exposure, found.observed_at
            from staging.stg_transactions as transactions
            left join intermediate.int_settled_labels as known
                on transactions.txn_id = known.txn_id and transactions.user_id = known.user_id
            left join lateral raw.settled_label(
                transactions.user_id, transactions.account_id, transactions.txn_id, transactions.occurred_at, %s
            ) as found on true
            where not transactions.is_demo and not transactions.is_deleted and transactions.amount <> 0""",
            (NOW,),
        ).fetchall()
    differing = [row for row in rows if row[2:6] != row[6:10]]
    assert not differing
    stances = {row[4] for row in rows}
    assert stances >= {"accept", "independent"}


# Nothing was suggested of these. What they name, when, and the accounts that the label counts for.
UNSHOWN = {
    "both had happened": ({}, "2026-03-20Z", []),
    "one had happened": ({}, "2026-03-05Z", ["card"]),
    "names an account": ({"account_id": "giro"}, "2026-03-20Z", ["giro"]),
    "names a record": ({"event_id": "e-7-2"}, "2026-03-20Z", ["giro"]),
    "names what has not landed": ({"event_id": "e-9-9"}, "2026-03-20Z", []),
}


def test_judge_and_marts_refuse_the_same_feedback_where_two_accounts_share_an_id(spoilt: Warehouse) -> None:
    with psycopg.connect(spoilt.dsn, autocommit=True) as connection:
        for number, (txn, (names, given_at, _)) in enumerate(UNSHOWN.items()):
            known: dict[str, object] = {"account_id": None, "event_id": None, **names}
            known |= {"txn": txn, "at": given_at, "feedback": f"f{number}", "first": 100 * number}
            for statement in LAND_UNSHOWN:
                connection.execute(statement.encode(), known)
        # The second record of the fourth lies where its feedback says.
        connection.execute(
            """update raw.transactions set source_partition = 7, source_offset = 2
            where txn_id = 'names a record' and account_id = 'giro'"""
        )
        run_dbt(spoilt, "run", "--select", "+int_settled_labels", as_of=NOW)
        for txn, (_, _, accounts) in UNSHOWN.items():
            marts = connection.execute(
                "select account_id from intermediate.int_settled_labels where user_id = 'nina' and txn_id = %s", (txn,)
            )
            judge = connection.execute(
                """select record.account_id from raw.transactions as record
                cross join lateral raw.settled_label(
                    record.user_id, record.account_id, record.txn_id, record.occurred_at, %s
                ) as settled
                where record.user_id = 'nina' and record.txn_id = %s""",
                (NOW, txn),
            )
            found = {"marts": [row[0] for row in marts], "judge": [row[0] for row in judge]}
            assert found == {"marts": accounts, "judge": accounts}, txn


LAND_UNSHOWN = (
    """insert into raw.transactions (source_topic, source_partition, source_offset, txn_id, user_id, account_id,
        occurred_at, amount, currency, description, loaded_at)
    values ('transactions', 6, %(first)s, %(txn)s, 'nina', 'card', '2026-03-01Z', -5, 'GBP', 'PUB', '2026-04-14Z'),
        ('transactions', 6, %(first)s + 1, %(txn)s, 'nina', 'giro', '2026-03-10Z', -5, 'GBP', 'PUB', '2026-04-14Z')""",
    """insert into raw.suggestion_feedback (source_topic, source_partition, source_offset, feedback_id, txn_id,
        user_id, account_id, event_id, action, category, source, given_at, loaded_at)
    values ('suggestion-feedback', 6, %(first)s, %(feedback)s, %(txn)s, 'nina', %(account_id)s, %(event_id)s, 'correct',
        'Cash', 'human', %(at)s, '2026-04-14Z')""",
    """insert into raw.transaction_labels (label_event_id, txn_id, user_id, account_id, label, source, observed_at,
        loaded_at)
    values ('feedback:4:nina:' || %(feedback)s, %(txn)s, 'nina', %(account_id)s, 'Cash', 'human', %(at)s,
        '2026-04-14Z')""",
)
