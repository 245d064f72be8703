"""A batch in parts is the batch: nothing is left out or doubled, each part begins where the one before it ended."""

import asyncio
import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.events.candidate import SuggestionSource
from schemas.events.dead_letter import DeadLetterReason, read_headers
from schemas.taxonomy import Category
from streams.consume.offset_ledger import Ledger, Span
from streams.dead_letters.pause_store import Pause
from streams.process.batch_types import Record
from streams.process.outgoing import OutgoingDeadLetter, OutgoingEvents
from streams.process.scoring import Scoring
from streams.process.transform import Transform
from streams.produce.isolation import Part, Search, cut, put_aside
from tests.support.builders import NOW, NOW_MS, PlainRules, first_rollout, named, record

ROLLOUT = first_rollout()


def part_of(records: list[Record]) -> Part:
    """Return a batch of records, transformed, that begins where its first records lie."""
    start, end = dict[int, int](), dict[int, int]()
    for one in records:
        start.setdefault(one.partition, one.offset)
        end[one.partition] = one.offset + 1
    scoring = Scoring(
        PlainRules(named(Category("Dining"), source=SuggestionSource.RULES)), models=lambda _: None, model_seconds=5.0
    )
    transform = Transform(scoring, worker_version="1", now=NOW.timestamp)
    transformed = asyncio.run(transform.run(records, ROLLOUT, topic_id="topic"))
    return Part(records, Span(1, start, end), "topic", transformed)


def polled(partitions: list[tuple[int, bool]]) -> list[Record]:
    """Return records of these partitions in order, every second offset unused, the marked ones broken."""
    made, offsets = [], dict[int, int]()
    for partition, is_broken in partitions:
        offset = offsets[partition] = offsets.get(partition, 100) + 2
        good = record(offset)
        made.append(Record(partition, offset, NOW_MS, good.key, b"{" if is_broken else good.value))
    return made


@given(
    st.lists(st.tuples(st.integers(0, 2), st.booleans()), min_size=1, max_size=12),
    st.lists(st.integers(0, 12), max_size=4),
)
def test_parts_in_order_are_accepted_and_write_what_the_batch_would(
    partitions: list[tuple[int, bool]], places: list[int]
) -> None:
    whole = part_of(polled(partitions))
    edges = sorted({0, len(whole.records), *(place for place in places if place < len(whole.records))})
    ledger = Ledger()
    ledger.assign(whole.span.start)
    events, letters, records = list[OutgoingEvents](), list[OutgoingDeadLetter](), list[Record]()
    for first, end in pairwise(edges):
        part = cut(whole, first, end)
        assert ledger.accepts(part.span)
        ledger.advance(part.span)
        records += part.records
        events += part.transformed.outgoing.events
        letters += part.transformed.outgoing.dead_letters
        assert len(part.transformed.scored) == len(part.transformed.outgoing.events)
        assert len(part.transformed.refused) == len(part.transformed.outgoing.dead_letters)
    assert records == whole.records
    assert events == whole.transformed.outgoing.events
    assert sorted(letters, key=repr) == sorted(whole.transformed.outgoing.dead_letters, key=repr)
    assert ledger.accepts(Span(1, whole.span.end, whole.span.end))


@given(st.integers(1, 400), st.data())
def test_every_refused_record_is_found_within_bounded_aborts(total: int, data: st.DataObject) -> None:
    guilty = data.draw(st.sets(st.integers(0, total - 1)) | st.just(set(range(total))))
    search, aborts, found, written = Search(total), 0, [], 0
    while not search.is_done:
        first, end = search.first, search.end
        assert first == written < end <= total
        is_refused = bool(guilty.intersection(range(first, end)))
        if is_refused:
            aborts += 1
            if search.refused():
                continue
            found.append(first)
        search.written(as_dead_letter=is_refused)
        written = end
    assert found == sorted(guilty)
    assert aborts <= len(guilty) * (math.ceil(math.log2(total)) + 2)
    if len(guilty) == total:
        assert aborts <= total + 2 * math.ceil(math.log2(total))


@pytest.mark.parametrize(("is_broken", "named_fault"), [(False, "suggestion"), (True, "malformed_json")])
def test_what_is_put_aside_is_one_dead_letter_with_the_workers_time_and_the_records_own_in_a_header(
    is_broken: bool, named_fault: str
) -> None:
    part = part_of(polled([(1, is_broken)]))
    aside = put_aside(part, "INVALID_TIMESTAMP", worker_version="1", now_ms=NOW_MS + 5)
    (letter,) = aside.transformed.outgoing.dead_letters
    headers = read_headers(letter.headers)
    assert letter.timestamp_ms == NOW_MS + 5
    assert (headers["dlq.reason"], headers["dlq.timestamp_ms"]) == ("unproducible", str(NOW_MS))
    assert "INVALID_TIMESTAMP" in headers["dlq.detail"]
    assert named_fault in headers["dlq.detail"]
    assert (letter.key, letter.value) == (part.records[0].key, part.records[0].value)
    assert [item.fault.reason for item in aside.transformed.refused] == [DeadLetterReason.UNPRODUCIBLE]
    assert (aside.transformed.scored, list(aside.transformed.outgoing.events)) == ([], [])
    assert headers["dlq.topic_id"] == part.topic_id == aside.topic_id
    assert aside.span == part.span


@pytest.mark.parametrize(
    ("last", "ended"),
    [
        (None, False),
        (Pause(9, "why"), False),
        (Pause(10, "why"), True),
        (Pause(10, ""), True),
        (Pause(10, "why, an hour ago"), False),
        (Pause(11, "another"), True),
        (Pause(10, "why", "id"), True),
        (Pause(11, "another", "gone"), False),
    ],
    ids=[
        "never",
        "an earlier one",
        "this one",
        "this one, without its reason",
        "the same place before",
        "a later one",
        "of this topic",
        "of a topic that is gone",
    ],
)
def test_a_pause_ends_with_a_word_on_itself_or_on_a_later_one(last: Pause | None, ended: bool) -> None:
    assert Pause(10, "why", "id").is_ended_by(last) is ended
