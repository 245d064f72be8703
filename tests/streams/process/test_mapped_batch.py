"""A mapped batch: what is skipped, refused and scored of it adds up, whole and in parts."""

import asyncio
import json

from schemas.events.candidate import SuggestionSource
from schemas.events.dead_letter import read_headers
from schemas.taxonomy import Category
from streams.consume.offset_ledger import Span
from streams.process.batch_types import Record
from streams.process.input_mapping.load import load_mapping
from streams.process.scoring import Scoring
from streams.process.transform import Transform, Transformed
from streams.produce.isolation import Part, cut
from tests.support.builders import NOW, NOW_MS, PlainRules, first_rollout, named

RECORDS = 12


def plaid(number: int) -> Record:
    """Return a record of Plaid's shape, every third pending, every fourth without an amount."""
    value = {
        "transaction_id": f"t-{number}",
        "client_user_id": f"u-{number}",
        "account_id": "a-1",
        "amount": None if number % 4 == 0 else 4.2,
        "iso_currency_code": "USD",
        "date": "2026-01-29",
        "name": "CAFE LUNA",
        "pending": number % 3 == 0,
    }
    return Record(0, number, NOW_MS, b"a-1", json.dumps(value).encode())


def transformed(records: list[Record]) -> Transformed:
    """Return what becomes of a batch under the shipped mapping."""
    rules = PlainRules(named(Category("Dining"), source=SuggestionSource.RULES))
    scoring = Scoring(rules, models=lambda _: None, model_seconds=5.0)
    transform = Transform(scoring, worker_version="1", now=NOW.timestamp, read=load_mapping("plaid").decode)
    return asyncio.run(transform.run(records, first_rollout(), topic_id="topic"))


def offsets(found: Transformed) -> list[list[int]]:
    """Return the offsets of what was scored, refused and skipped."""
    return [[item.record.offset for item in part] for part in (found.scored, found.refused, found.skipped)]


def test_each_record_of_a_mapped_batch_has_one_outcome() -> None:
    found = transformed([plaid(number) for number in range(RECORDS)])
    assert offsets(found) == [[1, 2, 5, 7, 10, 11], [4, 8], [0, 3, 6, 9]]
    assert [event.key for event in found.outgoing.events] == [f"u-{number}".encode() for number in (1, 2, 5, 7, 10, 11)]
    letters = found.outgoing.dead_letters
    assert {letter.key for letter in letters} == {b"a-1"}
    details = {read_headers(letter.headers)["dlq.detail"] for letter in letters}
    assert details == {"amount: is missing (for amount)"}


def test_parts_of_a_mapped_batch_hold_what_was_skipped_once() -> None:
    records = [plaid(number) for number in range(RECORDS)]
    whole = Part(records, Span(1, {0: 0}, {0: RECORDS}), "topic", transformed(records))
    parts = [cut(whole, 0, 5).transformed, cut(whole, 5, RECORDS).transformed]
    assert [offsets(part)[2] for part in parts] == [[0, 3], [6, 9]]
    assert [sum(map(len, offsets(part))) for part in parts] == [5, 7]
