"""A batch becomes events and dead letters; a record that scoring cannot stand is put aside alone."""

import asyncio
from collections.abc import Sequence

import msgspec
import pytest
from structlog.testing import capture_logs

from schemas.events.candidate import Candidate, SuggestionSource
from schemas.events.comparison import Acceptance, Comparison
from schemas.events.dead_letter import MAX_KEY_BYTES, MAX_ORIGINAL_BYTES, DeadLetterReason, read_headers
from schemas.events.rollout import ArmPolicy, RolloutRecord
from schemas.events.suggestion import FallbackReason, Suggestion
from schemas.taxonomy import Category
from streams.process.batch_types import Record
from streams.process.scoring import Scoring
from streams.process.transform import Transform, Transformed
from tests.support.builders import NOW, NOW_MS, PlainModel, PlainRules, first_rollout, named, record

RULE = named(Category("Fuel & Auto"), source=SuggestionSource.RULES)


def run(
    records: Sequence[Record],
    *,
    fails_at: frozenset[str] = frozenset(),
    rollout: RolloutRecord | None = None,
    model: PlainModel | None = None,
) -> Transformed:
    scoring = Scoring(PlainRules(RULE, fails_at), models=lambda version: model, model_seconds=5.0)
    transform = Transform(scoring, worker_version="9.9.9", now=NOW.timestamp)
    return asyncio.run(transform.run(records, rollout or first_rollout(), topic_id="topic-id"))


def letter(offset: int, value: bytes | None, key: bytes | None = b"u-1") -> Record:
    return Record(2, offset, NOW_MS, key, value)


def test_an_empty_batch_writes_nothing() -> None:
    outgoing = run([]).outgoing
    assert (list(outgoing.events), list(outgoing.dead_letters)) == ([], [])


def test_each_transaction_writes_two_events_with_the_key_and_time_of_its_record() -> None:
    transformed = run([record(offset) for offset in range(5)])
    assert len(transformed.outgoing.events) == 5
    for offset, event in enumerate(transformed.outgoing.events):
        suggestion = msgspec.json.decode(event.suggestion, type=Suggestion)
        comparison = msgspec.json.decode(event.comparison, type=Comparison)
        assert (event.key, event.timestamp_ms) == (b"u-1", NOW_MS)
        assert suggestion.event_id == comparison.event_id == f"topic-id-0-{offset}"
        assert (suggestion.txn_id, suggestion.category) == (f"t-{offset}", Category("Fuel & Auto"))
        assert (suggestion.suggested_at, suggestion.rules_version) == (NOW, "rules-1")


def test_a_bad_record_becomes_a_dead_letter_with_its_own_bytes_and_its_address() -> None:
    transformed = run([record(0), letter(7, b"{not json"), record(1)])
    (dead,) = transformed.outgoing.dead_letters
    assert (dead.key, dead.value, dead.timestamp_ms) == (b"u-1", b"{not json", NOW_MS)
    headers = read_headers(dead.headers)
    assert headers["dlq.reason"] == "malformed_json"
    assert (headers["dlq.topic"], headers["dlq.partition"], headers["dlq.offset"]) == ("transactions", "2", "7")
    assert headers["dlq.worker_version"] == "9.9.9"
    assert "dlq.truncated" not in headers
    assert len(transformed.outgoing.events) == 2


@pytest.mark.parametrize(
    ("size", "kept", "truncated"),
    [
        pytest.param(MAX_ORIGINAL_BYTES, MAX_ORIGINAL_BYTES, False, id="at the limit"),
        pytest.param(MAX_ORIGINAL_BYTES + 1, MAX_ORIGINAL_BYTES, True, id="above it"),
    ],
)
def test_a_record_that_would_not_fit_with_its_headers_is_cut_and_says_so(size: int, kept: int, truncated: bool) -> None:
    (dead,) = run([letter(0, b"x" * size)]).outgoing.dead_letters
    assert len(dead.value or b"") == kept
    assert ("dlq.truncated" in read_headers(dead.headers)) is truncated


def test_a_record_without_key_or_value_is_kept_as_it_was() -> None:
    (dead,) = run([letter(0, None, None)]).outgoing.dead_letters
    assert (dead.key, dead.value) == (None, None)


@pytest.mark.parametrize(
    "guilty",
    [
        pytest.param({"t-0"}, id="the first"),
        pytest.param({"t-12"}, id="the last"),
        pytest.param({"t-3", "t-4", "t-9"}, id="some"),
        pytest.param({f"t-{offset}" for offset in range(13)}, id="all"),
    ],
)
def test_only_the_records_that_scoring_fails_at_are_put_aside(guilty: set[str]) -> None:
    transformed = run([record(offset) for offset in range(13)], fails_at=frozenset(guilty))
    scored = [item.suggestion.txn_id for item in transformed.scored]
    assert scored == [f"t-{offset}" for offset in range(13) if f"t-{offset}" not in guilty]
    assert {f"t-{item.record.offset}" for item in transformed.refused} == guilty
    assert {item.fault.reason for item in transformed.refused} == {DeadLetterReason.SCORING_FAILED}
    assert len(transformed.outgoing.dead_letters) == len(guilty)


def test_neither_the_log_nor_the_headers_repeat_what_an_error_said() -> None:
    with capture_logs() as said:
        transformed = run([record(0, description="MY DOCTOR")], fails_at=frozenset({"t-0"}))
    told = repr(said) + repr(transformed.outgoing.dead_letters[0].headers)
    assert "ZeroDivisionError" in told
    assert "SECRET" not in told
    assert "DOCTOR" not in told


def fail() -> None:
    raise RuntimeError


def test_a_model_that_fails_puts_nothing_aside() -> None:
    rollout = first_rollout(percent="100.00", canary=ArmPolicy("m-1"))
    transformed = run([record(0), record(1)], rollout=rollout, model=PlainModel(act=fail))
    assert transformed.refused == []
    assert [item.suggestion.fallback_reason for item in transformed.scored] == [FallbackReason.ERROR] * 2
    assert [item.suggestion.category for item in transformed.scored] == [Category("Fuel & Auto")] * 2


def test_the_canary_is_served_its_model() -> None:
    rollout = first_rollout(percent="100.00", canary=ArmPolicy("m-1"))
    (scored,) = run([record(0)], rollout=rollout, model=PlainModel()).scored
    assert (scored.suggestion.category, scored.suggestion.model_version) == (Category("Dining"), "m-1")
    assert scored.comparison.answers[1].acceptance is Acceptance.ACCEPTED


def test_a_key_that_would_not_fit_is_cut_and_says_so() -> None:
    (dead,) = run([letter(0, b"{not json", b"k" * (MAX_KEY_BYTES + 1))]).outgoing.dead_letters
    assert (len(dead.key or b""), dead.value) == (MAX_KEY_BYTES, b"{not json")
    assert read_headers(dead.headers)["dlq.truncated"] == "true"


def test_a_machine_that_stood_still_puts_no_record_aside() -> None:
    class Frozen(PlainRules):
        def answer(self, *_: object) -> list[Candidate | None]:
            raise TimeoutError

    scoring = Scoring(Frozen(RULE, frozenset()), models=lambda version: None, model_seconds=5.0)
    transform = Transform(scoring, worker_version="9.9.9", now=NOW.timestamp)
    with pytest.raises(TimeoutError):
        asyncio.run(transform.run([record(0)], first_rollout(), topic_id="topic-id"))
