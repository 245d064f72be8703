"""Window: past transactions from the warehouse, each with the events that were written of it, or why it has none."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from enum import StrEnum
from itertools import groupby
from operator import itemgetter
from typing import Final, TypeVar

import msgspec
import psycopg
from msgspec import Struct
from psycopg.rows import TupleRow

from ops.replay.query import DECISIONS, WINDOW
from ops.warehouse.raw_transaction import value_of
from schemas.contracts.topics import TRANSACTIONS
from schemas.events.comparison import COMPARISON_SCHEMA_VERSION, Acceptance, Comparison
from schemas.events.rollout_history import RolloutHistory
from schemas.events.suggestion import SUGGESTION_SCHEMA_VERSION, Suggestion
from schemas.taxonomy import DEFAULT_VERSION, TAXONOMY_VERSION
from streams.errors import RolloutRecordError
from streams.process.batch_types import Record

BATCH_ROWS: Final = 1_000
BATCH_BYTES: Final = 4 << 20  # of the fields' text
FETCH_ROWS: Final = 100  # the client holds them all before the first is read, however long they are


class LeftOut(StrEnum):
    """Why a record is not scored again; what a model did not say in time cannot be computed."""

    UNAVAILABLE = "a model was unavailable"
    TIMEOUT = "a model was out of time"
    ERROR = "a model failed"
    DEAD_LETTER = "became a dead letter while it was scored"
    DELETED = "deleted since"
    NOT_WRITTEN = "no suggestion or no comparison landed"
    NOT_READ = "the event's transaction did not land"
    TWICE = "its events were written more than once, and differ"
    UNREADABLE = "its events in the warehouse are none"
    OTHER_TAXONOMY = "its events are of another taxonomy; name its file: --taxonomy FILE"


# The window and its events do not fit each other: what was written cannot be called the same.
AMISS: Final = frozenset({LeftOut.NOT_WRITTEN, LeftOut.NOT_READ, LeftOut.TWICE, LeftOut.UNREADABLE})
_OUTAGES: Final = {
    Acceptance.UNAVAILABLE: LeftOut.UNAVAILABLE,
    Acceptance.TIMEOUT: LeftOut.TIMEOUT,
    Acceptance.ERROR: LeftOut.ERROR,
}


class Past(Struct, frozen=True, gc=False):
    """One record of ``transactions`` with the events that were written of it."""

    record: Record
    suggestion: Suggestion
    comparison: Comparison

    @property
    def topic_id(self) -> str:
        """The input topic's UUID, as the event's id names it."""
        return self.suggestion.event_id.rsplit("-", 2)[0]


Batches = Iterator[list[Past | LeftOut]]
Item = TypeVar("Item")


def read_decisions(connection: psycopg.Connection[TupleRow]) -> RolloutHistory:
    """Return the rollout records that have landed; raises RolloutRecordError where their chain is broken."""
    history = RolloutHistory(beginning_lost=True)  # what landed may begin later than the topic did
    for offset, (record,) in enumerate(connection.execute(DECISIONS)):
        history.add(str(record).encode(), offset=offset)
    if history.skipped:
        raise RolloutRecordError(
            f"raw.rollout_decisions is not to be trusted: {history.skipped[0].why}; see ledgermind rollout verify"
        )
    return history


def read_window(connection: psycopg.Connection[TupleRow], *, since: datetime | None, until: datetime | None) -> Batches:
    """Yield the records whose own time lies in [since, until), in batches, by topic id, partition and offset.

    A record that is not to be scored again is the reason why. Raises psycopg.Error.
    """
    values = {
        "topic": TRANSACTIONS.default_name,
        "since": since,
        "until": until,
        "suggestion_version": SUGGESTION_SCHEMA_VERSION,
        "comparison_version": COMPARISON_SCHEMA_VERSION,
    }
    with connection.cursor("replay") as cursor:
        cursor.itersize = FETCH_ROWS
        cursor.execute(WINDOW, values)
        yield from in_batches(_records(cursor), rows=BATCH_ROWS, size=BATCH_BYTES)


def in_batches(sized: Iterable[tuple[int, Item]], *, rows: int, size: int) -> Iterator[list[Item]]:
    """Yield items, given with their bytes, in lists of ``rows`` items or ``size`` bytes, whichever comes first."""
    batch: list[Item] = []
    held = 0
    for bytes_of_one, one in sized:
        batch.append(one)
        held += bytes_of_one
        if len(batch) >= rows or held >= size:
            yield batch
            batch, held = [], 0
    if batch:
        yield batch


def _records(rows: Iterable[TupleRow]) -> Iterator[tuple[int, Past | LeftOut]]:
    """Yield each record once, however often its events were delivered; events without a record stand alone.

    Before each stand the bytes of its fields.
    """
    for address, group in groupby(rows, key=itemgetter(0, 1, 2)):
        if address[1:] == (None, None):
            alone = {_decode_name(row[-2]).event_id for row in group}  # row by row: they may be many
            yield from [(0, LeftOut.NOT_READ)] * len(alone)
        else:
            found = list(group)
            yield sum(len(field) for row in found for field in row if isinstance(field, str)), _past(found)


def _past(rows: Sequence[TupleRow]) -> Past | LeftOut:
    """Return one record with its events, of a row for each delivery of them; the same events count once."""
    _, partition, offset, recorded_ms, *fields, is_deleted, is_dead_letter, suggested, compared = rows[0]
    if is_deleted:
        return LeftOut.DELETED
    if suggested is None or compared is None:
        return LeftOut.DEAD_LETTER if is_dead_letter and suggested is compared else LeftOut.NOT_WRITTEN
    try:
        (suggestion, comparison), *again = [(_decode_suggestion(row[-2]), _decode_comparison(row[-1])) for row in rows]
    except msgspec.ValidationError:
        return LeftOut.OTHER_TAXONOMY if any(_is_foreign(row[-2]) for row in rows) else LeftOut.UNREADABLE
    if suggestion.taxonomy_version != TAXONOMY_VERSION:
        return LeftOut.OTHER_TAXONOMY
    if TAXONOMY_VERSION != DEFAULT_VERSION:  # the warehouse keeps it with the suggestion
        comparison = msgspec.structs.replace(comparison, taxonomy_version=TAXONOMY_VERSION)
        again = [(one, msgspec.structs.replace(other, taxonomy_version=TAXONOMY_VERSION)) for one, other in again]
    if any(events != (suggestion, comparison) for events in again):
        return LeftOut.TWICE
    for answer in comparison.answers:
        if answer.acceptance in _OUTAGES:
            return _OUTAGES[answer.acceptance]
    user_id = str(fields[1])
    return Past(Record(partition, offset, recorded_ms or 0, user_id.encode(), value_of(fields)), suggestion, comparison)


def _is_foreign(suggestion: str) -> bool:
    try:
        return _decode_name(suggestion).taxonomy_version not in ("", TAXONOMY_VERSION)
    except msgspec.ValidationError:
        return False


class _Named(Struct):
    """What names an event and its categories, and nothing else of it."""

    event_id: str
    taxonomy_version: str = ""


_decode_suggestion: Final = msgspec.json.Decoder(Suggestion).decode
_decode_comparison: Final = msgspec.json.Decoder(Comparison).decode
_decode_name: Final = msgspec.json.Decoder(_Named).decode
