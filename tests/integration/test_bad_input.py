"""Every bad input, fed through one running worker, has the outcome that docs/BAD_INPUT.md gives it; good ones stay."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pytest

from ops.local.broker import Broker
from schemas.contracts.topics import TRANSACTIONS
from schemas.events.dead_letter import MAX_KEY_BYTES, MAX_ORIGINAL_BYTES
from streams.version import WORKER_VERSION
from tests.conftest import ROOT
from tests.support.kafka_io import Address, Keyed, Outcome, read_outcomes, send_records
from tests.support.topic import address, headers
from tests.support.worker_processes import Worker

pytestmark = [pytest.mark.integration]

PAGE = ROOT / "docs" / "BAD_INPUT.md"
PARTITION = 3  # all on one, so that what stands around a bad record is seen to keep its order
USER = "bad-input-user"
GOOD = {
    "schema_version": "1.0",
    "txn_id": "t-1",
    "user_id": USER,
    "account_id": "a-1",
    "occurred_at": "2026-05-01T12:30:00Z",
    "amount": "-12.50",
    "currency": "EUR",
    "description": "SQ *CAFE LUNA 1234 BERLIN",
}


def changed(**fields: object) -> bytes:
    return json.dumps(GOOD | fields).encode()


def without(field: str) -> bytes:
    return json.dumps({name: value for name, value in GOOD.items() if name != field}).encode()


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the page: an input in words, and what becomes of it."""

    name: str
    outcome: str
    value: bytes | None
    key: bytes | None = USER.encode()


def dead(reason: str) -> str:
    return f"dead letter `{reason}`"


ROWS = [
    Row("null value", dead("null_value"), None),
    Row("empty value", dead("empty_value"), b""),
    Row("truncated JSON", dead("malformed_json"), changed()[:-20]),
    Row("20,000 brackets that are never closed", dead("malformed_json"), b'{"x":' + b"[" * 20_000),
    Row("bytes that are not UTF-8", dead("not_utf8"), changed().replace(b"CAFE", b"CAF\xe9")),
    Row("JSON that is no object", dead("wrong_type"), b"[1, 2]"),
    Row("a field of the wrong type", dead("wrong_type"), changed(txn_id=7)),
    Row("numeric amount", dead("wrong_type"), changed(amount=-12.5)),
    Row("amount NaN or infinite, as a bare word", dead("malformed_json"), changed(amount=float("nan"))),
    Row("amount NaN, as a string", dead("invalid_value"), changed(amount="NaN")),
    Row("infinite amount, as a string", dead("invalid_value"), changed(amount="-Infinity")),
    Row("amount of 40 digits", dead("invalid_value"), changed(amount="1" * 40)),
    Row("missing field", dead("missing_field"), without("amount")),
    Row("empty txn_id", dead("invalid_value"), changed(txn_id="")),
    Row("the character U+0000 in a text", dead("invalid_value"), changed(description="a\0b")),
    Row("every other control character, U+0001 alone too", "accepted", changed(description="\x01")),
    Row("description of 2,000 characters", dead("too_long"), changed(description="x" * 2_000)),
    Row("description of 200 kB", dead("oversize"), changed(description="x" * 200_000)),
    Row("description of 1 MB", dead("oversize"), changed(description="x" * 1_000_000)),
    Row("year 0001", dead("time_out_of_range"), changed(occurred_at="0001-01-01T00:00:00Z")),
    Row("far future, year 2999", "accepted", changed(occurred_at="2999-01-01T00:00:00Z")),
    Row("time without an offset", dead("invalid_value"), changed(occurred_at="2026-05-01T12:30:00")),
    Row("offset of 23:59", "accepted", changed(occurred_at="2026-05-01T12:30:00+23:59")),
    Row("30 February", dead("invalid_value"), changed(occurred_at="2026-02-30T00:00:00Z")),
    Row("unknown currency", "accepted", changed(currency="ZZZ")),
    Row("currency that is no code", dead("invalid_value"), changed(currency="euro")),
    Row("null key", dead("null_key"), changed(), key=None),
    Row("key that is not the user_id", dead("key_mismatch"), changed(), key=b"somebody-else"),
    Row("key of 1 MB", dead("key_mismatch"), changed(), b"k" * 1_000_000),
    Row("duplicate txn_id", "accepted", changed(txn_id="good-0")),
    Row("unknown field", "accepted", changed(colour="red")),
    Row("newer minor schema_version", "accepted", changed(schema_version="1.7")),
    Row("future major schema_version", dead("unsupported_schema_version"), changed(schema_version="2.0")),
]


@dataclass(frozen=True, slots=True)
class Fed:
    """What was sent, and what came of it."""

    bad: Mapping[str, Address]
    good: list[Address]
    outcomes: Mapping[Address, Outcome]
    counted: Mapping[str, float]  # what the worker's own counters rose by


@pytest.fixture(
    scope="module",
    params=[pytest.param("embedded_broker", id="embedded"), pytest.param("kafka", id="kafka", marks=pytest.mark.kafka)],
)
def fed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fed]:
    """Feed every row, a good record before and after each, through one worker."""
    broker: Broker = request.getfixturevalue(request.param)
    records: list[Keyed] = [(USER.encode(), changed(txn_id="good-0"))]
    for number, row in enumerate(ROWS, 1):
        records += [(row.key, row.value), (USER.encode(), changed(txn_id=f"good-{number}"))]
    log = tmp_path_factory.mktemp("bad") / "worker.log"
    worker = Worker("integration", broker.bootstrap_servers, log, program=("-m", "ops.cli", "worker"))
    worker.start()
    try:
        worker.wait_until_ready()
        before = worker.metrics()
        addresses = send_records(broker.bootstrap_servers, records, partition=PARTITION)
        outcomes = read_outcomes(broker.bootstrap_servers, addresses)
        after = worker.metrics()
    finally:
        worker.stop()
    counted = {name: value - before.get(name, 0.0) for name, value in after.items()}
    yield Fed({row.name: at for row, at in zip(ROWS, addresses[1::2], strict=True)}, addresses[::2], outcomes, counted)


def test_the_page_holds_the_same_rows() -> None:
    section = PAGE.read_text().partition("## Records")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (.+?) \| (.+?) \|.*\|$", section, re.MULTILINE)[2:]
    assert rows == [(row.name, row.outcome) for row in ROWS]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_each_bad_input_has_its_named_outcome(fed: Fed, row: Row) -> None:
    assert fed.outcomes[fed.bad[row.name]].word == row.outcome


def test_good_records_around_them_are_kept_in_order(fed: Fed) -> None:
    assert {fed.outcomes[at].word for at in fed.good} == {"accepted"}
    suggestions = [message for at in sorted(fed.outcomes) for message in fed.outcomes[at].suggestions]
    assert len({message.partition() for message in suggestions}) == 1
    written_at = [address(message)[1] for message in suggestions]
    assert written_at == sorted(written_at)


def test_a_dead_letter_keeps_key_and_bytes_and_says_where_it_came_from(fed: Fed) -> None:
    topic_id = json.loads(fed.outcomes[fed.good[0]].suggestions[0].value() or b"")["event_id"].rsplit("-", 2)[0]
    for row in ROWS:
        at = fed.bad[row.name]
        for letter in fed.outcomes[at].dead_letters:
            said = headers(letter)
            whole = len(row.value or b"") <= MAX_ORIGINAL_BYTES and len(row.key or b"") <= MAX_KEY_BYTES
            assert letter.key() == (None if row.key is None else row.key[:MAX_KEY_BYTES])
            assert letter.value() == (None if row.value is None else row.value[:MAX_ORIGINAL_BYTES])
            assert said.pop("dlq.truncated", "false") == ("false" if whole else "true")
            assert said.pop("dlq.detail")
            assert said.pop("dlq.topic_id") == topic_id
            assert row.outcome == dead(said.pop("dlq.reason"))
            assert said == {
                "dlq.topic": TRANSACTIONS.name,
                "dlq.partition": str(at[0]),
                "dlq.offset": str(at[1]),
                "dlq.schema_version": "1.0",
                "dlq.worker_version": WORKER_VERSION,
            }


def test_only_what_is_too_long_for_a_message_is_cut(fed: Fed) -> None:
    cut = [
        row.name
        for row in ROWS
        for letter in fed.outcomes[fed.bad[row.name]].dead_letters
        if "dlq.truncated" in headers(letter)
    ]
    assert cut == ["description of 1 MB", "key of 1 MB"]


def test_a_txn_id_that_came_before_is_scored_again_as_an_event_of_its_own(fed: Fed) -> None:
    first, again = (fed.outcomes[at].suggestions[0] for at in (fed.good[0], fed.bad["duplicate txn_id"]))
    first, again = json.loads(first.value() or b""), json.loads(again.value() or b"")
    assert first["txn_id"] == again["txn_id"] == "good-0"
    assert first["event_id"] != again["event_id"]
    assert first["category"] == again["category"]


def test_the_worker_counts_each_reason_as_often_as_it_was_written(fed: Fed) -> None:
    reasons = [re.sub(r"^dead letter `(.*)`$", r"\1", row.outcome) for row in ROWS if row.outcome != "accepted"]
    for reason in reasons:
        assert fed.counted[f'lm_stream_dead_letters_total{{reason="{reason}"}}'] == reasons.count(reason), reason
    assert fed.counted["lm_stream_transactions_total"] == len(ROWS) + len(fed.good)
