"""What the judge asks of the warehouse: users per arm, signs of merchants, anchored labels, feedback, complaints."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import msgspec
import psycopg
import pytest

from ops.dbt import Warehouse
from ops.errors import OpsError
from ops.judge.patience import Patience
from ops.judge.place import place
from ops.judge.policies import load_policy
from ops.judge.recorded import read_recorded
from ops.judge.session import Session
from ops.judge.warehouse import LABELLED as JUDGED
from ops.judge.warehouse import Labelled, ask_warehouse
from schemas.rollout import RolloutRecord
from scorer.standing import Standing
from streams.rollout_writer import Change, first_record, successor
from streams.settings import SuggestSettings

pytestmark = pytest.mark.warehouse
NOW = datetime(2026, 4, 15, tzinfo=UTC)
BEGAN, OLD = NOW - timedelta(days=20), NOW - timedelta(days=12)
POLICY = load_policy("default")

OTHERS = (  # what the small past holds of another canary
    "raw.suggestion_compare", "raw.suggestion_events", "raw.suggestion_feedback", "raw.rollout_decisions",
    "marts.fct_suggestion_compare",
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
        "stance": "independent",
        "control": "Groceries", "canary": "Groceries", "label": None, "source": None, "rules": "r2", "model": "m2",
        "acceptance": "accepted", "name": name, "user": f"judged-{number}", "offset": 1_000 + number,
    } | columns  # fmt: skip
    known["outcome"] = (
        "canary_only" if known["control"] is None else "agree" if known["control"] == known["canary"] else "disagree"
    )
    connection.execute(
        """insert into staging.stg_transactions (txn_id, user_id, occurred_at, amount, currency, description)
        values (%(name)s, %(user)s, %(at)s, -5, 'GBP', %(merchant)s)""",
        known,
    )
    connection.execute(
        """insert into raw.suggestion_compare (source_topic, source_partition, source_offset, event_id, txn_id, user_id,
            arm, bucket, answers, outcome, served_source, rollout_version, scored_in_us, compared_at, loaded_at)
        values ('suggestion-compare', 1, %(offset)s, 'e-1-' || %(offset)s, %(name)s, %(user)s, %(arm)s, 1, '[]',
            'agree', 'model', 1, 4000, %(at)s, %(at)s)""",
        known,
    )
    connection.execute(
        """insert into raw.suggestion_events (source_topic, source_partition, source_offset, event_id, txn_id, user_id,
            category, confidence, source, candidates, explanations, arm, bucket, rules_version, taxonomy_version,
            rollout_version, suggested_at, loaded_at)
        values ('suggestions', 1, %(offset)s, 'e-1-' || %(offset)s, %(name)s, %(user)s, 'Groceries', 0.9, 'model', '[]',
            '[]', %(arm)s, 1, 'r2', '1.0', 1, %(at)s, %(at)s)""",
        known,
    )
    connection.execute(
        """insert into marts.fct_suggestion_compare (event_id, txn_id, user_id, arm, bucket, rules_version,
            challenger_version, challenger_acceptance, control_category, canary_category, outcome, served_source,
            rollout_version, scored_in_us, compared_at, compared_on, label, label_source, label_observed_at,
            label_stance, loaded_at)
        values ('e-1-' || %(offset)s, %(name)s, %(user)s, %(arm)s, 1, %(rules)s, %(model)s, %(acceptance)s, %(control)s,
            %(canary)s, %(outcome)s, 'model', 1, 4000, %(at)s,
            %(at)s::date, %(label)s, %(source)s, %(at)s + interval '1 day', %(stance)s, %(at)s)""",
        known,
    )


def say(connection: psycopg.Connection, txn: str, user: str, action: str, at: datetime, number: int) -> None:
    connection.execute(
        """insert into raw.suggestion_feedback (source_topic, source_partition, source_offset, feedback_id, txn_id,
            user_id, action, category, source, given_at, loaded_at)
        values ('suggestion-feedback', 1, %s, %s, %s, %s, %s, 'Groceries', 'human', %s, %s)""",
        (number, f"f{number}", txn, user, action, at, at),
    )


@pytest.fixture
def connection(spoilt: Warehouse) -> psycopg.Connection:
    """Return a connection to the built warehouse with a canary's two weeks in it."""
    with psycopg.connect(spoilt.dsn, autocommit=True) as connection:
        for table in OTHERS:
            connection.execute(f"truncate {table}".encode())
        odd = {"of other rules": {"rules": "r1"}, "of another release": {"model": "m1"}}
        odd["the model was not asked"] = {"acceptance": "not_asked"}
        odd["accepted as it was shown"] = {"stance": "accept"}
        for number, (name, merchant, control, canary, label, source, days) in enumerate(LABELLED, start=100):
            at = NOW - timedelta(days=days)
            columns = {"control": control, "canary": canary, "label": label, "source": source, "arm": "control"}
            compare(connection, name, number, merchant=merchant, at=at, **{**columns, **odd.get(name, {})})
        shown = LABELLED[7]
        say(connection, shown[0], "judged-107", "accept", NOW - timedelta(days=11), 1)
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


def test_a_history_is_recorded_for_a_backtest(connection: psycopg.Connection) -> None:
    with pytest.raises(OpsError, match="holds no comparison of a canary"):
        read_recorded(connection, POLICY, expected_fallback=0.2, now=NOW)
    for record in records():
        connection.execute(
            """insert into raw.rollout_decisions (source_topic, source_partition, source_offset, version, percent,
                shadow, canary_model_version, actor, reason, decided_at, record)
            values ('rollout-state', 0, %s, %s, %s, true, 'm2', 'ada', 'x', %s, %s)""",
            (record.version, record.version, record.percent, record.decided_at, msgspec.json.encode(record).decode()),
        )
    history = read_recorded(connection, POLICY, expected_fallback=0.2, now=NOW)
    scored = 40 + len(LABELLED) - 2  # m1's, and one that was not asked
    assert history.transactions.sum() == history.asked.sum() == scored
    assert history.agree.sum() + history.disagree.sum() == history.transactions.sum() - 1  # one silence
    assert sorted(history.signs[:, 1].tolist()) == [-1, 0, 1, 1, 1]
    assert (history.signs[:, 0] > history.minutes).sum() == 1  # the young one will settle after the history's end
    assert history.opinions.sum() == 6
    assert history.complaints.sum() == 3


def test_the_judge_and_the_analysts_call_the_same_labels_anchored(built: Warehouse) -> None:
    asked = {"canary": "m-1", "control": None, "evidence_since": BEGAN, "matured": NOW, "maturity": timedelta(0)}
    with psycopg.connect(built.dsn) as connection, connection.transaction(force_rollback=True):
        connection.execute("delete from marts.fct_suggestion_compare where rules_version <> 'rules-1'")
        anchored = Counter(Labelled(*row).is_anchored for row in connection.execute(JUDGED.encode(), asked).fetchall())
        analysts = connection.execute(
            """select not eval.is_independent, count(*)
            from marts.fct_suggestions_eval as eval
            inner join marts.fct_suggestion_compare as compare on eval.event_id = compare.event_id
            where compare.challenger_version = 'm-1' and compare.challenger_acceptance <> 'not_asked'
            group by 1"""
        ).fetchall()
    assert anchored == dict(analysts)
    assert min(anchored[False], anchored[True]) > 0
