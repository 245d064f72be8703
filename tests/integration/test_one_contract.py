"""One contract, two readers: what the worker takes, writes and follows lands as it is; what it refuses is rejected."""

import asyncio
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import TypeVar

import msgspec
import psycopg
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from psycopg import sql

from ops.local.postgres import open_postgres
from ops.warehouse.migrate import migrate
from rules.load import load_rules
from schemas.contracts.topics import (
    COMPARISONS,
    DEAD_LETTERS,
    FEEDBACK,
    HINTS,
    ROLLOUT_STATE,
    SUGGESTIONS,
    TRANSACTIONS,
)
from schemas.events.dead_letter import RecordError, read_headers
from schemas.events.feedback import FEEDBACK_SCHEMA_VERSION, Feedback
from schemas.events.hint import HINT_SCHEMA_VERSION, Hint, Preference, hint_key
from schemas.events.rollout import RolloutRecord, with_hash
from schemas.events.rollout_history import RolloutHistory
from schemas.events.rollout_link import Link
from schemas.events.transaction import MAX_TIME, MIN_TIME, Transaction
from streams.landing.landed_positions import Move
from streams.landing.mapping.copy_format import Landed
from streams.landing.mapping.tables import TABLE_OF_TOPIC
from streams.landing.store import LandingStore
from streams.process.batch_types import Record
from streams.process.codec import decode_transaction
from streams.process.input_mapping.load import load_mapping
from streams.process.scoring import Scoring
from streams.process.transform import Transform
from tests.support.builders import GOOD, NOW, NOW_MS, first_rollout

pytestmark = pytest.mark.integration
FEW = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

# What COPY, JSON, text columns and calendars are known to stumble over.
AWKWARD = st.sampled_from(
    [
        "\x01",
        "\\N",
        "\\.",
        "\\",
        "\t",
        "\r\n",
        "\n",
        "\0",
        "\x1f",
        "\x7f",
        "\u0085",
        "\ufeff",
        "\ufffe",
        "\u2028",
        "\U0010ffff",
        "",
        " ",
    ]
)
TEXTS = AWKWARD | st.text(max_size=40) | st.lists(AWKWARD | st.text(max_size=3), max_size=6).map("".join)
NAMES = TEXTS.filter(bool)
# A merchant key is folded words. With the separator of keys in it, it would be another user's record.
MERCHANT_KEYS = NAMES.filter(lambda text: "\x1f" not in text)
LONG = st.text(max_size=1_100)
HALVES = st.text(st.characters(min_codepoint=0xD000, max_codepoint=0xFFFF), max_size=9)  # lone surrogates among them
OFFSETS = st.integers(-1_439, 1_439).map(lambda minutes: timezone(timedelta(minutes=minutes)))
TIMES = (
    st.sampled_from(
        [
            "1970-01-01T00:00:00Z",
            "1969-12-31T23:59:59.999999Z",
            "9999-12-31T00:00:00Z",
            "9999-12-31T23:59:59-23:59",
            "0001-01-01T00:00:00+23:59",
            "2026-05-01T12:30:00+23:59",
            "2026-05-01T12:30:00-16:00",
        ]
    )
    | st.datetimes(timezones=OFFSETS).map(datetime.isoformat)
    | TEXTS
)
AMOUNTS = st.sampled_from(["999999999999999999.99999999", "-0", "-0012.50", "1e999", "+1", "NaN"]) | st.decimals(
    allow_nan=True, allow_infinity=True
).map(str)
CODES = TEXTS | st.from_regex(r"[A-Z]{2,3}|[0-9]{4}", fullmatch=True)
VALUE_OF = {
    **dict.fromkeys(("txn_id", "user_id", "account_id", "description", "merchant"), TEXTS | HALVES | LONG),
    "occurred_at": TIMES,
    "amount": AMOUNTS,
    **dict.fromkeys(("currency", "country", "mcc"), CODES),
    "channel": TEXTS | st.sampled_from(["pos", "atm"]),
    "schema_version": TEXTS | st.sampled_from(["1.7", "2.0", "1"]),
}  # fmt: skip


@st.composite
def transactions(draw: st.DrawFn) -> tuple[bytes | None, bytes]:
    """Return key and value of a good transaction of which some fields were changed."""
    fields: dict[str, object] = dict(GOOD)
    for name in draw(st.lists(st.sampled_from(sorted(VALUE_OF)), max_size=4, unique=True)):
        fields[name] = draw(VALUE_OF[name] | st.none()) if draw(st.booleans()) else draw(VALUE_OF[name])
    value = json.dumps(fields, ensure_ascii=draw(st.booleans())).encode(errors="surrogatepass")
    own = str(fields["user_id"]).encode(errors="surrogatepass")
    return draw(st.sampled_from([own, own, own, None, b"x"])), value


@pytest.fixture(scope="module")
def dsn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with open_postgres("embedded", directory=tmp_path_factory.mktemp("pg")) as postgres:
        migrate(postgres.dsn)
        yield postgres.dsn


Event = TypeVar("Event")
Rows = dict[int, tuple[object, ...]]
Land = Callable[[str, Sequence[Landed], str], Rows]


@pytest.fixture(scope="module")
def land(dsn: str) -> Iterator[Land]:
    """Land records of one topic and return the columns asked for, by offset, of those that did."""
    store = LandingStore(dsn)
    connection = psycopg.connect(dsn, autocommit=True)
    connection.execute("set timezone to 'UTC'")

    def land(topic: str, records: Sequence[Landed], columns: str) -> Rows:
        table = TABLE_OF_TOPIC[topic].table
        connection.execute(f"truncate raw.{table}, raw.rejects, raw.landing_positions, raw.transaction_labels".encode())
        store.begin_at({(topic, 0): 0})
        counts = store.land(records, [Move(topic, 0, 0, len(records))])
        assert sum(counts.rows.values()) + sum(counts.rejects.values()) == len(records)
        asked = sql.SQL("select source_offset, {} from raw.{} order by source_offset").format(
            sql.SQL(columns), sql.Identifier(table)
        )
        return {int(row[0]): row[1:] for row in connection.execute(asked).fetchall()}

    yield land
    connection.close()
    store.close()


def records_of(topic: str, pairs: Sequence[tuple[bytes | None, bytes | None]]) -> list[Landed]:
    return [Landed(topic, 0, offset, NOW_MS, key, value, None) for offset, (key, value) in enumerate(pairs)]


@given(pairs=st.lists(transactions(), min_size=1, max_size=80))
@example(pairs=[(b"u-1", json.dumps({**GOOD, "description": "\x01"}).encode())])
@example(pairs=[(b"u-1", json.dumps({**GOOD, "occurred_at": "2026-05-01T12:30:00+23:00"}).encode())])
@FEW
def test_what_the_worker_accepts_lands_as_it_is_and_nothing_else_does(
    land: Land, pairs: list[tuple[bytes | None, bytes]]
) -> None:
    decoded = [decode_transaction(key, value) for key, value in pairs]
    accepted = {at: one for at, one in enumerate(decoded) if isinstance(one, Transaction)}
    columns = (
        "txn_id, user_id, account_id, occurred_at, amount::text, description, merchant, mcc, country, channel,"
        " occurred_offset_minutes"
    )
    landed = land(TRANSACTIONS.name, records_of(TRANSACTIONS.name, pairs), columns)
    assert landed.keys() == accepted.keys()
    for at, one in accepted.items():
        offset = one.occurred_at.utcoffset() or timedelta()
        *texts, minutes = landed[at]
        assert texts[:4] == [one.txn_id, one.user_id, one.account_id, one.occurred_at]
        assert texts[5:] == [one.description, one.merchant, one.mcc, one.country, one.channel]
        assert float(str(texts[4])) == float(one.amount)
        assert timedelta(minutes=int(str(minutes))) == offset


MAPPED = {
    "transaction_id": "t-1",
    "client_user_id": "u-1",
    "account_id": "a-1",
    "amount": 4.2,
    "iso_currency_code": "USD",
    "datetime": "2026-01-29T10:00:00+01:00",
    "name": "CAFE LUNA",
    "merchant_name": "Luna",
    "payment_channel": "online",
    "pending": False,
    "location": {"country": "US"},
}
VALUE_OF_MAPPED = {
    **dict.fromkeys(("transaction_id", "client_user_id", "account_id", "name", "merchant_name"), TEXTS | HALVES | LONG),
    "datetime": TIMES,
    "amount": AMOUNTS | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.booleans(),
    "iso_currency_code": CODES,
    "payment_channel": TEXTS,
    "pending": st.booleans() | TEXTS,
    "location": st.none() | TEXTS | CODES.map(lambda code: {"country": code}),
}


@st.composite
def mapped_records(draw: st.DrawFn) -> tuple[bytes | None, bytes]:
    """Return key and value of a good record of Plaid's shape of which some fields were changed."""
    fields: dict[str, object] = dict(MAPPED)
    for name in draw(st.lists(st.sampled_from(sorted(VALUE_OF_MAPPED)), max_size=4, unique=True)):
        fields[name] = draw(VALUE_OF_MAPPED[name] | st.none())
    value = json.dumps(fields, ensure_ascii=draw(st.booleans())).encode(errors="surrogatepass")
    return draw(st.sampled_from([b"a-1", None])), value


@given(pairs=st.lists(mapped_records(), min_size=1, max_size=80))
@FEW
def test_what_a_mapping_makes_lands_as_it_is_and_what_it_skips_is_nowhere(
    dsn: str, pairs: list[tuple[bytes | None, bytes]]
) -> None:
    decode = load_mapping("plaid").decode
    decoded = [decode(key, value) for key, value in pairs]
    accepted = {at: one for at, one in enumerate(decoded) if isinstance(one, Transaction)}
    with closing(LandingStore(dsn, decode=decode)) as store, psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("set timezone to 'UTC'")
        connection.execute("truncate raw.transactions, raw.rejects, raw.landing_positions")
        store.begin_at({(TRANSACTIONS.name, 0): 0})
        counts = store.land(records_of(TRANSACTIONS.name, pairs), [Move(TRANSACTIONS.name, 0, 0, len(pairs))])
        assert store.positions() == {(TRANSACTIONS.name, 0): len(pairs)}
        columns = "txn_id, user_id, account_id, occurred_at, amount, currency, description, merchant, country, channel"
        rows = connection.execute(f"select source_offset, {columns} from raw.transactions".encode()).fetchall()
        rejects = connection.execute("select source_offset, reason, detail from raw.rejects").fetchall()
    assert {row[0] for row in rows} == accepted.keys()
    for at, *fields in rows:
        one = accepted[at]
        texts = [one.description, one.merchant, one.country, one.channel]
        assert fields[:4] + fields[6:] == [one.txn_id, one.user_id, one.account_id, one.occurred_at, *texts]
        assert (fields[4], fields[5]) == (Decimal(one.amount), one.currency)
    refused = {at: one for at, one in enumerate(decoded) if isinstance(one, RecordError)}
    assert {at: (reason, detail) for at, reason, detail in rejects} == {
        at: (one.reason, one.detail) for at, one in refused.items()
    }
    assert counts.skips.total() == len(pairs) - len(accepted) - len(refused)
    assert counts.rows.total() == len(accepted)


@pytest.mark.slow
@given(pairs=st.lists(transactions(), min_size=1, max_size=80))
@FEW
def test_all_that_the_worker_writes_lands(land: Land, pairs: list[tuple[bytes | None, bytes]]) -> None:
    transform = Transform(
        Scoring(load_rules(None), models=lambda _: None, model_seconds=1.0),
        worker_version="1",
        now=NOW.timestamp,
    )
    records = [Record(0, at, NOW_MS, key, value) for at, (key, value) in enumerate(pairs)]
    outgoing = asyncio.run(transform.run(records, first_rollout(), topic_id="t" * 22)).outgoing
    for topic, values in (
        (SUGGESTIONS, [event.suggestion for event in outgoing.events]),
        (COMPARISONS, [event.comparison for event in outgoing.events]),
    ):
        landed = land(topic.name, records_of(topic.name, [(b"u", value) for value in values]), "event_id, txn_id")
        sent = [msgspec.json.decode(value) for value in values]
        assert list(landed.values()) == [(one["event_id"], one["txn_id"]) for one in sent]
    letters = [
        Landed(DEAD_LETTERS.name, 0, at, NOW_MS, letter.key, letter.value, list(letter.headers))
        for at, letter in enumerate(outgoing.dead_letters)
    ]
    landed = land(DEAD_LETTERS.name, letters, "reason, detail, original_key, original_value") if letters else {}
    assert list(landed.values()) == [
        (found["dlq.reason"], found["dlq.detail"], one.key, one.value)
        for one in letters
        for found in (read_headers(one.headers),)
    ]


@given(
    fields=st.lists(
        st.tuples(NAMES, NAMES, NAMES, st.none() | NAMES, TIMES), min_size=1, max_size=40
    )
)  # fmt: skip
@FEW
def test_feedback_lands_where_its_texts_and_its_time_can_be_kept(
    land: Land, fields: list[tuple[str, str, str, str | None, str]]
) -> None:
    pairs = []
    for feedback_id, txn_id, user_id, event_id, given_at in fields:
        body = {"schema_version": FEEDBACK_SCHEMA_VERSION, "feedback_id": feedback_id, "txn_id": txn_id,
                "user_id": user_id, "event_id": event_id, "action": "correct", "category": "Dining",
                "given_at": given_at}  # fmt: skip
        pairs.append((user_id.encode(), json.dumps(body).encode()))
    landed = land(FEEDBACK.name, records_of(FEEDBACK.name, pairs), "feedback_id, txn_id, user_id, event_id, given_at")
    for at, (_, value) in enumerate(pairs):
        event = decoded(value, Feedback)
        if event is None or any("\0" in (text or "") for text in fields[at][:4]) or not in_range(event.given_at):
            assert at not in landed
        else:
            assert landed[at] == (event.feedback_id, event.txn_id, event.user_id, event.event_id, event.given_at)


@given(fields=st.lists(st.tuples(NAMES, MERCHANT_KEYS, TIMES, st.booleans()), min_size=1, max_size=40))
@FEW
def test_a_hint_lands_where_its_key_says_what_it_says(land: Land, fields: list[tuple[str, str, str, bool]]) -> None:
    pairs: list[tuple[bytes | None, bytes | None]] = []
    for user_id, merchant_key, created_at, is_taken_back in fields:
        body = {"schema_version": HINT_SCHEMA_VERSION, "user_id": user_id, "merchant_key": merchant_key,
                "preference": Preference.ALWAYS, "category": "Dining", "created_at": created_at}  # fmt: skip
        pairs.append((hint_key(user_id, merchant_key), None if is_taken_back else json.dumps(body).encode()))
    landed = land(HINTS.name, records_of(HINTS.name, pairs), "user_id, merchant_key, created_at")
    for at, (user_id, merchant_key, _, is_taken_back) in enumerate(fields):
        event = None if is_taken_back else decoded(pairs[at][1] or b"", Hint)
        # A merchant key is folded words: one with the separator in it is none.
        fits = "\0" not in user_id + merchant_key and "\x1f" not in merchant_key
        if fits and (is_taken_back or (event is not None and in_range(event.created_at))):
            assert landed[at] == (user_id, merchant_key, None if event is None else event.created_at)
        else:
            assert at not in landed


@given(texts=st.lists(st.tuples(NAMES, NAMES, TIMES, TEXTS), min_size=1, max_size=30))
@FEW
def test_a_rollout_record_that_workers_follow_lands(land: Land, texts: list[tuple[str, str, str, str]]) -> None:
    pairs, followed = [], {}
    for at, (actor, reason, decided_at, why) in enumerate(texts):
        body = msgspec.to_builtins(first_rollout())
        evidence = {"policy": "p", "window_seconds": 1, "observations": {why: 1.5}, "reasons": [why]}
        body |= {"actor": actor, "reason": reason, "decided_at": decided_at, "evidence": evidence}
        record = decoded(json.dumps(body).encode(), RolloutRecord)
        value = json.dumps(body).encode() if record is None else msgspec.json.encode(with_hash(record))
        pairs.append((b"default/0", value))
        link = RolloutHistory().add(value, offset=at)
        if isinstance(link, Link) and link.fault is None:
            followed[at] = link.record
    landed = land(
        ROLLOUT_STATE.name, records_of(ROLLOUT_STATE.name, pairs), "actor, reason, decided_at, record->>'hash'"
    )
    assert landed == {at: (one.actor, one.reason, one.decided_at, one.hash) for at, one in followed.items()}


def decoded(value: bytes, kind: type[Event]) -> Event | None:
    try:
        return msgspec.json.decode(value, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None


def in_range(at: datetime) -> bool:
    return MIN_TIME <= at <= MAX_TIME
