"""Rows, rejects and positions against a real Postgres: all of a batch or nothing of it."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec
import psycopg
import pytest

from ops.migrate import migrate
from ops.postgres import open_postgres
from schemas.candidate import Explanation, ExplanationKind, Source
from schemas.feedback import FEEDBACK_SCHEMA_VERSION, Action, Feedback
from schemas.suggestion import SUGGESTION_SCHEMA_VERSION, Arm, Suggestion
from schemas.taxonomy import Category
from streams.landing_line import Landed
from streams.landing_store import Counts, LandingStore, Move, Superseded

pytestmark = pytest.mark.integration
AT = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def dsn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with open_postgres("embedded", directory=tmp_path_factory.mktemp("pg")) as postgres:
        migrate(postgres.dsn)
        yield postgres.dsn


@pytest.fixture
def store(dsn: str) -> Iterator[LandingStore]:
    with psycopg.connect(dsn) as connection:
        connection.execute(
            "truncate raw.landing_positions, raw.suggestion_feedback, raw.suggestion_events, raw.rejects,"
            " raw.transaction_labels"
        )
    store = LandingStore(dsn)
    store.begin_at({("suggestion-feedback", 0): 0, ("suggestions", 0): 0})
    yield store
    store.close()


def feedback(offset: int, action: Action = Action.CORRECT, *, feedback_id: str | None = None) -> Landed:
    event = Feedback(
        schema_version=FEEDBACK_SCHEMA_VERSION,
        feedback_id=feedback_id or f"f{offset}",
        txn_id=f"t{offset}",
        user_id="u1",
        action=action,
        category=None if action is Action.REJECT else Category.DINING,
        given_at=AT,
    )
    return Landed("suggestion-feedback", 0, offset, 0, b"u1", msgspec.json.encode(event), None)


def suggestion(offset: int, *, text: str) -> Landed:
    event = Suggestion(
        schema_version=SUGGESTION_SCHEMA_VERSION,
        event_id=f"topic-0-{offset}",
        txn_id="t",
        user_id="u1",
        account_id="a1",
        category=Category.DINING,
        confidence=0.5,
        band=None,
        source=Source.RULES,
        fallback_reason=None,
        candidates=[],
        explanations=[Explanation(ExplanationKind.WORD, text)],
        arm=Arm.CONTROL,
        bucket=1,
        model_version=None,
        rules_version="r",
        taxonomy_version="1.0",
        rollout_version=0,
        suggested_at=AT,
    )
    return Landed("suggestions", 0, offset, 0, b"u1", msgspec.json.encode(event), None)


def move(end: int, *, start: int = 0, topic: str = "suggestion-feedback") -> Move:
    return Move(topic, 0, start, end)


def count(dsn: str, table: str) -> int:
    with psycopg.connect(dsn) as connection:
        row = connection.execute(f"select count(*) from raw.{table}".encode()).fetchone()
    assert row is not None
    return int(row[0])


def test_rows_rejects_and_positions_land_together(store: LandingStore, dsn: str) -> None:
    broken = Landed("suggestion-feedback", 0, 1, 0, b"u1", b"{", None)
    assert store.land([feedback(0), broken], [move(2)]) == Counts(
        Counter({"suggestion_feedback": 1}), Counter({("suggestion_feedback", "malformed_json"): 1})
    )
    assert (count(dsn, "suggestion_feedback"), count(dsn, "rejects")) == (1, 1)
    assert store.positions()["suggestion-feedback", 0] == 2


def test_a_batch_from_another_position_lands_nothing(store: LandingStore, dsn: str) -> None:
    store.land([feedback(0)], [move(1)])
    with pytest.raises(Superseded):
        store.land([feedback(0), feedback(1)], [move(2, start=0)])
    assert count(dsn, "suggestion_feedback") == 1
    assert store.positions()["suggestion-feedback", 0] == 1


def test_one_stale_partition_holds_the_whole_batch_back(store: LandingStore, dsn: str) -> None:
    store.land([feedback(0)], [move(1)])
    with pytest.raises(Superseded):
        store.land([suggestion(0, text="x"), feedback(0)], [move(1, topic="suggestions"), move(1)])
    assert count(dsn, "suggestion_events") == 0


def test_what_only_postgres_can_refuse_is_rejected_alone(store: LandingStore, dsn: str) -> None:
    records = [suggestion(offset, text="a\0b" if offset == 3 else "fine") for offset in range(8)]
    assert store.land(records, [move(8, topic="suggestions")]) == Counts(
        Counter({"suggestion_events": 7}), Counter({("suggestion_events", "invalid_value"): 1})
    )
    with psycopg.connect(dsn) as connection:
        row = connection.execute("select source_offset, reason, detail from raw.rejects").fetchone()
    assert row == (3, "invalid_value", "Postgres refused the row with state 22P05")


@pytest.mark.parametrize(
    ("action", "labels"),
    [
        pytest.param(Action.ACCEPT, 1, id="what was accepted is a label"),
        pytest.param(Action.CORRECT, 1, id="what was corrected is a label"),
        pytest.param(Action.LABEL, 1, id="a label is a label"),
        pytest.param(Action.REJECT, 0, id="a rejection never is"),
    ],
)
def test_feedback_becomes_a_label(store: LandingStore, dsn: str, action: Action, labels: int) -> None:
    store.land([feedback(0, action)], [move(1)])
    assert count(dsn, "transaction_labels") == labels


def test_feedback_that_was_sent_twice_is_one_label(store: LandingStore, dsn: str) -> None:
    store.land([feedback(0, feedback_id="same"), feedback(1, feedback_id="same")], [move(2)])
    assert (count(dsn, "suggestion_feedback"), count(dsn, "transaction_labels")) == (2, 1)
