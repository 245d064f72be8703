"""Landing store: the Postgres side of landing: rows, rejects and positions in one database transaction."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager

import psycopg
from psycopg import sql

from schemas.contracts.topics import SUGGESTIONS, TRANSACTIONS, default_name_of
from schemas.events.dead_letter import RecordError
from schemas.events.skip_reason import SkipReason
from streams.landing import landed_positions
from streams.landing.deadline import answered_within
from streams.landing.insert import Insert, Line, Reject
from streams.landing.landed_counts import LandedCounts, count_landed
from streams.landing.landed_positions import UNNAMED, Move, Partition
from streams.landing.mapping.copy_format import Landed, ReadFields, row
from streams.landing.mapping.rows import suggestion_reader
from streams.landing.mapping.tables import REJECTS, TABLE_OF_TOPIC
from streams.landing.mapping.transaction_row import transaction_reader
from streams.process.codec import DecodeRecord, decode_transaction
from streams.process.record_formats.outputs import ToJson


class LandingStore:
    """One connection; its methods raise psycopg.Error where Postgres is away, WarehouseRefusal where it takes no rows.

    ``timeout_seconds`` bounds each of them by this program's own clock. A table that refuses more than a hundredth of
    its rows and ``reject_limit`` rows beyond stops the landing; 0 is no limit. ``decode`` reads a transaction,
    and ``to_json`` makes JSON of a suggestion in another format.
    """

    def __init__(
        self,
        dsn: str,
        *,
        timeout_seconds: float = 60.0,
        reject_limit: int = 0,
        decode: DecodeRecord = decode_transaction,
        to_json: ToJson | None = None,
    ) -> None:
        self._readers = {topic: landed.read for topic, landed in TABLE_OF_TOPIC.items()}
        self._readers[TRANSACTIONS.name] = transaction_reader(decode)
        if to_json is not None:
            self._readers[SUGGESTIONS.name] = suggestion_reader(to_json)
        self._timeout_seconds = timeout_seconds
        self._reject_limit = reject_limit
        self._connection = psycopg.connect(
            dsn, connect_timeout=5, application_name="ledgermind-landing", tcp_user_timeout=30_000
        )
        try:
            self._prepare()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close the connection; what was not committed is gone."""
        self._connection.close()

    @property
    def levels(self) -> Mapping[str, float]:
        """How many rows each table has refused beyond a hundredth of those that it took; 0 for most."""
        return dict(self._levels)

    def positions(self, topic_ids: Mapping[str, str] = UNNAMED) -> dict[Partition, int]:
        """Return the next offset of every partition that ever landed of the topics with these ids."""
        with self._transaction():
            return landed_positions.next_offsets(self._connection, topic_ids)

    def name_topics(self, topic_ids: Mapping[str, str]) -> int:
        """Give positions that name no topic the id of the one that is there; return how many there were."""
        with self._transaction():
            return landed_positions.name_topics(self._connection, topic_ids)

    def set_apart(self, topics: Collection[str]) -> None:
        """Say of positions that name no topic that theirs is gone: no other topic's id is ever given to them."""
        with self._transaction():
            landed_positions.set_apart(self._connection, topics)

    def begin_at(self, positions: Mapping[Partition, int], topic_ids: Mapping[str, str] = UNNAMED) -> None:
        """Write the first position of partitions that have none; one that another process wrote stands."""
        with self._transaction():
            landed_positions.begin_at(self._connection, positions, topic_ids)

    def land(self, records: Sequence[Landed], moves: Sequence[Move]) -> LandedCounts:
        """Land a batch and move the positions, all or nothing; raises Superseded where a position is not ``start``."""
        lines, rejects, skips = _render(records, self._readers)
        with self._transaction():
            landed_positions.move_positions(self._connection, moves)
            insert = self._insert(lines, rejects)
            counts = count_landed(records, insert.rejects, skips)
            levels = insert.weigh(counts.rows)
            insert.keep_rejects()
        self._levels.update(levels)
        return counts

    def retry(self, records: Sequence[Landed]) -> LandedCounts:
        """Land rejects that a table takes by now; no position moves, and those that are still refused stay rejects.

        What the mapping skips by now is settled as if it had landed.
        """
        lines, rejects, skips = _render(records, self._readers)
        with self._transaction():
            rejects = self._insert(lines, rejects, reject_limit=0).rejects
            still = {_place(record): fault for record, fault in rejects}
            with self._connection.cursor() as cursor:
                cursor.executemany(
                    """
                    update raw.rejects set
                        reason = coalesce(%(reason)s, reason),
                        detail = coalesce(%(detail)s, detail),
                        landed_at = case when %(reason)s::text is null then now() end
                    where
                        source_topic = %(topic)s and source_topic_id = %(topic_id)s
                        and source_partition = %(partition)s and source_offset = %(offset)s
                    """,
                    [_noted(record, still.get(_place(record))) for record in records],
                )
        return count_landed(records, rejects, skips)

    def _prepare(self) -> None:
        """Make the temporary tables that each batch is copied into, and read how near the tables are to their limit."""
        with self._transaction():
            # A backend that we gave up may hold the rows of the positions: it must end, too.
            self._connection.execute(f"set statement_timeout = {round(1_000 * self._timeout_seconds)}".encode())
            for table in (*(landed.table for landed in TABLE_OF_TOPIC.values()), REJECTS):
                self._connection.execute(
                    sql.SQL("create temporary table {} (like raw.{} including defaults) on commit delete rows").format(
                        sql.Identifier(f"landing_{table}"), sql.Identifier(table)
                    )
                )
            rows = self._connection.execute("select table_name, level from raw.landing_refusals").fetchall()
        self._levels = {landed.table: 0.0 for landed in TABLE_OF_TOPIC.values()} | {str(n): float(v) for n, v in rows}

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """All or nothing, in bounded time."""
        with answered_within(self._connection, self._timeout_seconds), self._connection.transaction():
            yield

    def _insert(
        self, lines: Mapping[str, Sequence[Line]], rejects: Sequence[Reject], *, reject_limit: int | None = None
    ) -> Insert:
        """Insert the lines of each topic; ``rejects`` are those that make no line."""
        limit = self._reject_limit if reject_limit is None else reject_limit
        insert = Insert(self._connection, rejects, reject_limit=limit, levels=self._levels)
        for topic, of_topic in lines.items():
            insert.rows(TABLE_OF_TOPIC[topic], of_topic)
        return insert


def _place(record: Landed) -> tuple[str, str, int, int]:
    return record.topic, record.topic_id, record.partition, record.offset


def _noted(record: Landed, fault: RecordError | None) -> dict[str, str | int | None]:
    """Return what is written of a reject that was tried again; no fault means that it landed."""
    return {
        "topic": default_name_of(record.topic),
        "topic_id": record.topic_id,
        "partition": record.partition,
        "offset": record.offset,
        "reason": None if fault is None else fault.reason.value,
        "detail": None if fault is None else fault.detail,
    }


def _render(
    records: Sequence[Landed], readers: Mapping[str, ReadFields]
) -> tuple[dict[str, list[Line]], list[Reject], Counter[str]]:
    lines: dict[str, list[Line]] = defaultdict(list)
    rejects: list[Reject] = []
    skips: Counter[str] = Counter()
    for record in records:
        text = row(record, readers[record.topic])
        if type(text) is str:
            lines[record.topic].append(Line(record, text))
        elif type(text) is SkipReason:
            skips[text.value] += 1
        else:
            assert isinstance(text, RecordError)
            rejects.append((record, text))
    return lines, rejects, skips
