"""Landing store: the Postgres side of landing: rows, rejects and positions in one database transaction."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import psycopg
from psycopg import sql

from schemas.dead_letter import DeadLetterReason, Fault
from streams.landing_line import Landed, address, line, row
from streams.landing_tables import REJECT_COLUMNS, REJECTS, TABLE_OF_TOPIC, LandingTable

Partition = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Move:
    """How far one partition moves with a batch: from the offset that was next to the one that will be."""

    topic: str
    partition: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Counts:
    """What one batch came to: rows by table, and rejects by the table that did not take them and the reason."""

    rows: Counter[str]
    rejects: Counter[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of COPY text and the record that it came from."""

    record: Landed
    text: str


class Superseded(Exception):  # noqa: N818 - says what happened: another process has moved on from here
    """A position is not where this process believes it to be; roll back and read it again."""


class LandingStore:
    """One connection; every method raises psycopg.Error where Postgres is away."""

    def __init__(self, dsn: str) -> None:
        self._connection = psycopg.connect(
            dsn, connect_timeout=5, application_name="ledgermind-landing", tcp_user_timeout=30_000
        )
        with self._connection.transaction():
            # A server that stands still must not hold us for ever; a statement here takes a second at most.
            self._connection.execute("set statement_timeout = '60s'")
            for table in (*(landed.table for landed in TABLE_OF_TOPIC.values()), REJECTS):
                self._connection.execute(
                    sql.SQL("create temporary table {} (like raw.{} including defaults) on commit delete rows").format(
                        sql.Identifier(f"landing_{table}"), sql.Identifier(table)
                    )
                )

    def close(self) -> None:
        """Close the connection; what was not committed is gone."""
        self._connection.close()

    def positions(self) -> dict[Partition, int]:
        """Return the next offset of every partition that ever landed."""
        with self._connection.transaction():
            rows = self._connection.execute("select topic, partition, next from raw.landing_positions").fetchall()
        return {(str(topic), int(partition)): int(after) for topic, partition, after in rows}

    def begin_at(self, positions: Mapping[Partition, int]) -> None:
        """Write the first position of partitions that have none; one that another process wrote stands."""
        with self._connection.transaction(), self._connection.cursor() as cursor:
            cursor.executemany(
                "insert into raw.landing_positions (topic, partition, next) values (%s, %s, %s) on conflict do nothing",
                [(topic, partition, first) for (topic, partition), first in positions.items()],
            )

    def land(self, records: Sequence[Landed], moves: Sequence[Move]) -> Counts:
        """Land a batch and move the positions, all or nothing; raises Superseded where a position is not ``start``."""
        lines, rejects = _render(records)
        with self._connection.transaction():
            self._move(moves)
            for topic, of_topic in lines.items():
                rejects.extend(self._insert(TABLE_OF_TOPIC[topic], of_topic))
            self._reject(rejects)
        return _count(records, rejects)

    def _move(self, moves: Sequence[Move]) -> None:
        """Move all positions; the row locks that it takes hold a second process back until the commit."""
        moved = self._connection.execute(
            """
            update raw.landing_positions as position set next = move.upto, moved_at = now()
            from unnest(%s::text[], %s::integer[], %s::bigint[], %s::bigint[]) as move (topic, partition, since, upto)
            where position.topic = move.topic and position.partition = move.partition and position.next = move.since
            """,
            (
                [move.topic for move in moves],
                [move.partition for move in moves],
                [move.start for move in moves],
                [move.end for move in moves],
            ),
        ).rowcount
        if moved != len(moves):
            raise Superseded

    def _insert(self, table: LandingTable, lines: Sequence[Line]) -> list[tuple[Landed, Fault]]:
        """Land the lines of one table; where Postgres refuses some, halve until the guilty ones stand alone."""
        try:
            with self._connection.transaction():  # a savepoint
                self._copy(table.table, table.all_columns, (entry.text for entry in lines), then=table.then)
        except (psycopg.DataError, psycopg.IntegrityError) as error:
            if len(lines) == 1:
                state = error.sqlstate or "unknown"
                fault = Fault(DeadLetterReason.INVALID_VALUE, f"Postgres refused the row with state {state}")
                return [(lines[0].record, fault)]
            half = len(lines) // 2
            return self._insert(table, lines[:half]) + self._insert(table, lines[half:])
        return []

    def _copy(self, table: str, columns: Sequence[str], lines: Iterable[str], *, then: str | None = None) -> None:
        names = sql.SQL(", ").join(map(sql.Identifier, columns))
        incoming, target = sql.Identifier(f"landing_{table}"), sql.Identifier(table)
        with self._connection.cursor() as cursor:
            cursor.execute(sql.SQL("truncate {}").format(incoming))
            with cursor.copy(sql.SQL("copy {} ({}) from stdin").format(incoming, names)) as copy:
                copy.write("\n".join(lines) + "\n")
            cursor.execute(
                sql.SQL("insert into raw.{} ({}) select {} from {} on conflict do nothing").format(
                    target, names, names, incoming
                )
            )
            if then is not None:
                cursor.execute(then.encode())

    def _reject(self, rejects: Sequence[tuple[Landed, Fault]]) -> None:
        if rejects:
            lines = [line((*address(record), fault.reason, fault.detail)) for record, fault in rejects]
            self._copy(REJECTS, REJECT_COLUMNS, [text for text in lines if isinstance(text, str)])


def _count(records: Sequence[Landed], rejects: Sequence[tuple[Landed, Fault]]) -> Counts:
    refused = Counter((TABLE_OF_TOPIC[record.topic].table, fault.reason.value) for record, fault in rejects)
    rows = Counter(TABLE_OF_TOPIC[record.topic].table for record in records)
    for (table, _), count in refused.items():
        rows[table] -= count
    return Counts(rows, refused)


def _render(records: Sequence[Landed]) -> tuple[dict[str, list[Line]], list[tuple[Landed, Fault]]]:
    lines: dict[str, list[Line]] = defaultdict(list)
    rejects: list[tuple[Landed, Fault]] = []
    for record in records:
        text = row(record, TABLE_OF_TOPIC[record.topic].read)
        if type(text) is str:
            lines[record.topic].append(Line(record, text))
        else:
            assert isinstance(text, Fault)
            rejects.append((record, text))
    return lines, rejects
