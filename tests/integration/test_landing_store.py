"""Rows, rejects and positions against a real Postgres: all of a batch or nothing of it."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import msgspec
import psycopg
import pytest

from ops.local.postgres import open_postgres
from ops.warehouse.migrate import migrate
from schemas.events.candidate import Explanation, ExplanationKind, SuggestionSource
from schemas.events.feedback import FEEDBACK_SCHEMA_VERSION, Feedback, FeedbackAction
from schemas.events.suggestion import SUGGESTION_SCHEMA_VERSION, Arm, Suggestion
from schemas.taxonomy import Category
from streams.errors import WarehouseRefusal
from streams.landing.landed_counts import LandedCounts
from streams.landing.landed_positions import Move, Partition, Superseded
from streams.landing.mapping.copy_format import Landed
from streams.landing.mapping.refusal import Blame, blame
from streams.landing.store import LandingStore

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


def feedback(offset: int, action: FeedbackAction = FeedbackAction.CORRECT, *, feedback_id: str | None = None) -> Landed:
    event = Feedback(
        schema_version=FEEDBACK_SCHEMA_VERSION,
        feedback_id=feedback_id or f"f{offset}",
        txn_id=f"t{offset}",
        user_id="u1",
        action=action,
        category=None if action is FeedbackAction.REJECT else Category("Dining"),
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
        category=Category("Dining"),
        confidence=0.5,
        band=None,
        source=SuggestionSource.RULES,
        fallback_reason=None,
        candidates=(),
        explanations=(Explanation(ExplanationKind.WORD, text),),
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
    assert store.land([feedback(0), broken], [move(2)]) == LandedCounts(
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
    assert store.land(records, [move(8, topic="suggestions")]) == LandedCounts(
        Counter({"suggestion_events": 7}), Counter({("suggestion_events", "invalid_value"): 1})
    )
    with psycopg.connect(dsn) as connection:
        row = connection.execute("select source_offset, reason, detail from raw.rejects").fetchone()
    assert row == (3, "invalid_value", "Postgres refused the row with state 22P05")


def test_a_reject_of_a_topic_that_is_gone_stays_one_when_the_same_address_is_landed(
    store: LandingStore, dsn: str
) -> None:
    topic, ids = "suggestion-feedback", ("gone", "here")
    for topic_id in ids:
        store.begin_at({(topic, 0): 0}, {topic: topic_id})
        store.land([Landed(topic, 0, 0, 0, b"u1", b"{", None, topic_id=topic_id)], [Move(topic, 0, 0, 1, topic_id)])
    assert store.retry([replace(feedback(0), topic_id="here")]).rows == Counter({"suggestion_feedback": 1})
    with psycopg.connect(dsn) as connection:
        left = connection.execute("select source_topic_id from raw.rejects where landed_at is null").fetchall()
        landed = connection.execute("select source_topic_id from raw.suggestion_feedback").fetchall()
    assert (left, landed) == ([("gone",)], [("here",)])


@pytest.mark.parametrize(
    ("action", "labels"),
    [
        pytest.param(FeedbackAction.ACCEPT, 1, id="what was accepted is a label"),
        pytest.param(FeedbackAction.CORRECT, 1, id="what was corrected is a label"),
        pytest.param(FeedbackAction.LABEL, 1, id="a label is a label"),
        pytest.param(FeedbackAction.REJECT, 0, id="a rejection never is"),
    ],
)
def test_feedback_becomes_a_label(store: LandingStore, dsn: str, action: FeedbackAction, labels: int) -> None:
    store.land([feedback(0, action)], [move(1)])
    assert count(dsn, "transaction_labels") == labels


def test_feedback_that_was_sent_twice_is_one_label(store: LandingStore, dsn: str) -> None:
    store.land([feedback(0, feedback_id="same"), feedback(1, feedback_id="same")], [move(2)])
    assert (count(dsn, "suggestion_feedback"), count(dsn, "transaction_labels")) == (2, 1)


CHANGED = {
    "a column that must not be null": (
        "alter table raw.suggestion_feedback add column branch text not null",
        "alter table raw.suggestion_feedback drop column branch",
        'null value in column "branch"',
    ),
    "a check": (
        "alter table raw.suggestion_feedback add constraint told check (source = 'rule')",
        "alter table raw.suggestion_feedback drop constraint told",
        'violates check constraint "told"',
    ),
    "no partition": (
        """
        alter table raw.suggestion_feedback rename to whole;
        create table raw.suggestion_feedback (like raw.whole including defaults) partition by range (loaded_at)
        """,
        "drop table raw.suggestion_feedback; alter table raw.whole rename to suggestion_feedback",
        "no partition of relation",
    ),
    "a column that is gone": (
        "alter table raw.suggestion_feedback rename column event_id to event",
        "alter table raw.suggestion_feedback rename column event to event_id",
        "run 'ledgermind warehouse migrate'",
    ),
    "a table that is gone": (
        "alter table raw.suggestion_feedback rename to elsewhere",
        "alter table raw.elsewhere rename to suggestion_feedback",
        "run 'ledgermind warehouse migrate'",
    ),
    "a trigger that raises": (
        """
        create function raw.refuse() returns trigger language plpgsql as
        $$ begin raise exception 'not today, %', new.feedback_id; end $$;
        create trigger refuse before insert on raw.suggestion_feedback for each row execute function raw.refuse()
        """,
        "drop function raw.refuse cascade",
        "state P0001; Postgres's own log has its words",
    ),
}


@pytest.mark.parametrize(("change", "mend", "said"), CHANGED.values(), ids=CHANGED)
def test_a_table_that_takes_no_row_rejects_none_and_moves_nothing(
    store: LandingStore, dsn: str, change: str, mend: str, said: str
) -> None:
    records = [feedback(offset, feedback_id=f"secret-{offset}") for offset in range(9)]
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(change.encode())
        try:
            with pytest.raises(WarehouseRefusal, match=r"raw\.suggestion_feedback") as caught:
                store.land(records, [move(9)])
        finally:
            connection.execute(mend.encode())
    assert said in str(caught.value)
    assert "secret" not in str(caught.value)
    assert "\n" not in str(caught.value)
    assert (count(dsn, "rejects"), store.positions()["suggestion-feedback", 0]) == (0, 0)
    assert store.land(records, [move(9)]).rows.total() == 9


BAD, GOOD, GARBAGE, NEWER = "bad", "good", "garbage", "newer"


def record(offset: int, kind: str) -> Landed:
    """Return a suggestion that Postgres refuses, one that it takes, or a record that nobody can read."""
    if kind == GARBAGE:
        return Landed("suggestion-feedback", 0, offset, 0, b"u1", b"{", None)
    if kind == NEWER:
        return Landed("suggestions", 0, offset, 0, b"u1", b"{}", None)
    return suggestion(offset, text="a\0b" if kind == BAD else "fine")


@pytest.mark.parametrize(
    ("batches", "stops_at"),
    [
        pytest.param([[BAD] * 10], None, id="as many at once as the limit"),
        pytest.param([[BAD] * 11], 0, id="one more"),
        pytest.param([[BAD] * 6, [BAD] * 6], 1, id="in two batches"),
        pytest.param([[BAD] * 10, [GOOD] * 300, [BAD] * 3], None, id="what lands makes room"),
        pytest.param([[BAD] * 10, [GOOD] * 300, [BAD] * 4], 2, id="a hundredth of it"),
        pytest.param([[NEWER] * 11], 0, id="events of ours that cannot be read"),
        pytest.param([[GARBAGE] * 500], None, id="what others write is no reason"),
    ],
)
def test_the_landing_stops_where_a_table_refuses_too_many(
    store: LandingStore, dsn: str, batches: list[list[str]], stops_at: int | None
) -> None:
    with psycopg.connect(dsn) as connection:
        connection.execute("delete from raw.landing_refusals")
    offset = 0
    for number, kinds in enumerate(batches):
        limited = LandingStore(dsn, reject_limit=10)  # each batch by a process of its own: a restart forgets nothing
        records = [record(offset + at, kind) for at, kind in enumerate(kinds)]
        topic = records[0].topic
        try:
            if number == stops_at:
                with pytest.raises(WarehouseRefusal, match="refused over 1% of its rows and 10 beyond"):
                    limited.land(records, [move(offset + len(kinds), start=offset, topic=topic)])
                assert limited.positions()[topic, 0] == offset
                return
            limited.land(records, [move(offset + len(kinds), start=offset, topic=topic)])
        finally:
            limited.close()
        offset += len(kinds)
    assert stops_at is None


@pytest.mark.parametrize(
    ("state", "guilty"),
    [
        pytest.param(None, Blame.SERVER, id="the connection broke"),
        pytest.param("57P01", Blame.SERVER, id="shut down"),
        pytest.param("53100", Blame.SERVER, id="disk full"),
        pytest.param("40P01", Blame.SERVER, id="deadlock"),
        pytest.param("25006", Blame.SERVER, id="read-only"),
        pytest.param("55P03", Blame.SERVER, id="locked"),
        pytest.param("22003", Blame.ROW, id="number out of range"),
        pytest.param("54000", Blame.ROW, id="row too large"),
        pytest.param("23505", Blame.TABLE, id="a unique constraint of the operator's"),
        pytest.param("42501", Blame.TABLE, id="no right"),
        pytest.param("XX000", Blame.TABLE, id="unknown"),
    ],
)
def test_an_error_is_the_rows_the_tables_or_the_servers(state: str | None, guilty: Blame) -> None:
    assert blame(state) is guilty


def of_transactions(positions: dict[Partition, int]) -> dict[int, int]:
    return {partition: offset for (topic, partition), offset in positions.items() if topic == "transactions"}


def test_a_position_that_an_earlier_landing_began_is_of_the_topic_that_is_there(store: LandingStore) -> None:
    """After a downgrade: an earlier landing, which knows no topic ids, began a partition that was added meanwhile."""
    here = {"transactions": "here"}
    store.begin_at({("transactions", 0): 5}, here)
    store.begin_at({("transactions", 12): 7})
    assert store.name_topics(here) == 1
    assert of_transactions(store.positions(here)) == {0: 5, 12: 7}


def test_a_position_of_a_topic_that_is_gone_is_of_no_other(store: LandingStore) -> None:
    here = {"transactions": "here"}
    store.begin_at({("transactions", partition): 500 for partition in range(2)})
    store.set_apart(["transactions"])
    store.begin_at({("transactions", 0): 0}, here)
    assert store.name_topics(here) == 0
    assert of_transactions(store.positions(here)) == {0: 0}
