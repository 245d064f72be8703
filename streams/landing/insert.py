"""Landing insert: rows of one batch into their raw tables, each that a table refuses found and set aside."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import psycopg
from psycopg import sql

from schemas.events.dead_letter import DeadLetterReason, RecordError
from streams.errors import WarehouseRefusal
from streams.landing.mapping.copy_format import Landed, address, line
from streams.landing.mapping.refusal import ALLOWED_SHARE, Blame, blame
from streams.landing.mapping.tables import REJECT_COLUMNS, REJECTS, TABLE_OF_TOPIC, LandingTable
from streams.landing.postgres import refusal

Reject = tuple[Landed, RecordError]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of COPY text and the record that it came from."""

    record: Landed
    text: str


class Insert:
    """The inserts of one database transaction, and what no table takes.

    ``unread`` are the rejects whose bytes make no row; ``levels`` is how near each table was to ``reject_limit`` before
    it. A limit of 0 is none.
    """

    def __init__(
        self,
        connection: psycopg.Connection,
        unread: Sequence[Reject],
        *,
        reject_limit: int,
        levels: Mapping[str, float],
    ) -> None:
        self._connection = connection
        self._unread = unread
        self._reject_limit = reject_limit
        self._levels = levels
        self._refused: list[Reject] = []
        # What others write may be anything and never stops the landing; an event of ours that cannot be read is from
        # another version, and counts as much as a row that Postgres refused.
        self._weight = Counter(_table(record) for record, _ in unread if TABLE_OF_TOPIC[record.topic].is_ours)

    @property
    def rejects(self) -> list[Reject]:
        """What makes no row, and what Postgres refused."""
        return [*self._unread, *self._refused]

    def rows(self, table: LandingTable, lines: Sequence[Line]) -> None:
        """Insert lines of one table; raises WarehouseRefusal where it takes none, or refuses too many."""
        # Past this the level lies over the limit even if all others land; asking for each would only cost time.
        most = self._reject_limit - self._levels[table.table] + ALLOWED_SHARE * len(lines)
        self._halve(table, lines, most=most if self._reject_limit else math.inf)

    def keep_rejects(self) -> None:
        """Insert what no table takes into the table of rejects."""
        lines = [line((*address(record), fault.reason, fault.detail)) for record, fault in self.rejects]
        if lines:
            self._copy(REJECTS, REJECT_COLUMNS, [text for text in lines if isinstance(text, str)])

    def weigh(self, landed: Mapping[str, int]) -> dict[str, float]:
        """Write and return the levels after the rows by table that landed; raises WarehouseRefusal past the limit."""
        found: dict[str, float] = {}
        # In one order, or two processes would wait for each other.
        for table in sorted(set(self._weight) | {name for name in landed if self._levels[name]}):
            change = self._weight[table] - ALLOWED_SHARE * landed.get(table, 0)
            row = self._connection.execute(
                """
                insert into raw.landing_refusals as known (table_name, level) values (%s, greatest(0, %s::float))
                on conflict (table_name) do update set level = greatest(0, known.level + %s::float), changed_at = now()
                returning level
                """,
                (table, change, change),
            ).fetchone()
            assert row is not None
            found[table] = float(row[0])
            if self._reject_limit and self._weight[table] and found[table] > self._reject_limit:
                raise self._past_limit(table)
        return found

    def _halve(self, table: LandingTable, lines: Sequence[Line], *, most: float) -> None:
        """Insert; where Postgres refuses some, halve until the guilty ones stand alone."""
        try:
            with self._connection.transaction():  # a savepoint
                self._copy(table.table, table.all_columns, (entry.text for entry in lines), then=table.then)
        except psycopg.Error as error:
            guilty = blame(error.sqlstate)
            if guilty is Blame.SERVER:
                raise
            if guilty is Blame.TABLE:
                raise refusal(error, table=table.table) from error
            if len(lines) > 1:
                half = len(lines) // 2
                self._halve(table, lines[:half], most=most)
                self._halve(table, lines[half:], most=most)
                return
            fault = RecordError(DeadLetterReason.INVALID_VALUE, f"Postgres refused the row with state {error.sqlstate}")
            self._refused.append((lines[0].record, fault))
            self._weight[table.table] += 1
            if self._weight[table.table] > most:
                raise self._past_limit(table.table) from error

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

    def _past_limit(self, table: str) -> WarehouseRefusal:
        record, fault = next(reject for reject in reversed(self.rejects) if _table(reject[0]) == table)
        return WarehouseRefusal(
            f"raw.{table} refused over {ALLOWED_SHARE:.0%} of its rows and {self._reject_limit} beyond, one of them "
            f"{record.topic} partition {record.partition} offset {record.offset} ({fault.detail}); nothing of this "
            "batch was landed: mend what changed, or let more pass with LEDGERMIND_LANDING_REJECT_LIMIT; "
            "'ledgermind landing rejects list' shows the rows before, 'ledgermind landing rejects retry' lands them"
        )


def _table(record: Landed) -> str:
    return TABLE_OF_TOPIC[record.topic].table
