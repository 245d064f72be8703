"""Retention: how long each raw table keeps a row after it landed, as it is set, and what is older removed."""

from dataclasses import dataclass
from typing import Final

import psycopg
from psycopg.rows import TupleRow

from ops.errors import OpsError, PostgresError
from ops.local.postgres import connect
from streams.landing.postgres import is_of_server, reason

# A hint holds until it is taken back, and a replay asks for all of them: hints go with their user alone. Features go
# with their transaction.
TABLES: Final = (
    "transactions",
    "suggestion_feedback",
    "transaction_labels",
    "suggestion_events",
    "suggestion_compare",
    "dead_letters",
    "rejects",
)
_SET: Final = """
insert into erasure.retention (table_name, keep) values (%s, make_interval(secs => %s::float))
on conflict (table_name) do update set keep = excluded.keep
"""
_LIST: Final = """
select table_name, extract(epoch from keep)::float from erasure.retention where keep is not null
"""
# What dbt does not make anew: rows of comparisons and of feedback that are gone.
_FOLLOW: Final = {
    "marts.fct_suggestion_compare": """
        delete from marts.fct_suggestion_compare as known
        where not exists (select from raw.suggestion_compare as landed where landed.event_id = known.event_id)
    """,
    "intermediate.int_feedback_resolutions": """
        delete from intermediate.int_feedback_resolutions as known
        where not exists (
            select from raw.transaction_labels as label where label.label_event_id = known.label_event_id
        ) and not exists (
            select from raw.suggestion_feedback as given
            where 'feedback:' || length(given.user_id) || ':' || given.user_id || ':' || given.feedback_id
                = known.label_event_id
        )
    """,
}
_CAUSES: Final = {
    "marts.fct_suggestion_compare": {"suggestion_compare"},
    "intermediate.int_feedback_resolutions": {"suggestion_feedback", "transaction_labels"},
}


@dataclass(frozen=True, slots=True)
class Removed:
    """How many rows of one table were older than it keeps them."""

    table: str
    rows: int


def set_retention(dsn: str, table: str, seconds: float | None) -> None:
    """Let a raw table keep its rows for so long, None until a user is forgotten; raises OpsError, PostgresError."""
    try:
        with connect(dsn) as connection:
            connection.execute(_SET, (table, seconds))
    except psycopg.Error as error:
        raise _refusal(error) from error


def read_retention(dsn: str) -> dict[str, float | None]:
    """Return how many seconds each table keeps a row; None is until a user is forgotten."""
    try:
        with connect(dsn) as connection:
            found = {str(table): float(seconds) for table, seconds in connection.execute(_LIST)}
    except psycopg.Error as error:
        raise _refusal(error) from error
    return {table: found.get(table) for table in TABLES}


def apply_retention(dsn: str, *, dry_run: bool = False) -> list[Removed]:
    """Remove what is older than its table keeps, in one transaction; with ``dry_run`` all of it is undone again.

    Whoever calls it holds the build's lock. Raises OpsError, PostgresError; nothing is removed then.
    """
    try:
        with connect(dsn) as connection:
            found = connection.execute("select of_table, removed from erasure.apply_retention()").fetchall()
            removed = [Removed(f"raw.{table}", int(rows)) for table, rows in found if table in TABLES or rows]
            removed += _follow(connection, {one.table.removeprefix("raw.") for one in removed if one.rows})
            if dry_run:
                connection.rollback()
    except psycopg.Error as error:
        raise _refusal(error) from error
    return removed


def _follow(connection: psycopg.Connection[TupleRow], changed: set[str]) -> list[Removed]:
    """Remove from models that grow what their source no longer has."""
    found = []
    for table, statement in _FOLLOW.items():
        is_built = connection.execute("select to_regclass(%s)", (table,)).fetchone() != (None,)
        if is_built and changed & _CAUSES[table]:
            found.append(Removed(table, connection.execute(statement.encode()).rowcount))
    return found


def _refusal(error: psycopg.Error) -> OpsError:
    if is_of_server(error):
        return PostgresError(f"Postgres cannot be worked with: {reason(error)}; nothing was removed")
    line = str(error).strip().partition("\n")[0]
    return OpsError(f"Postgres: {line}; nothing was removed")
