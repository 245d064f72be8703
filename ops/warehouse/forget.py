"""Forget: one user's rows erased from the warehouse, in one transaction, and kept from coming back.

What is erased is found in the database's own catalogue: each table of ours with a column ``user_id``.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

import psycopg
from psycopg import sql
from psycopg.rows import TupleRow

from ops.errors import OpsError, PostgresError
from ops.local.postgres import connect
from ops.warehouse import forget_statements as statements
from ops.warehouse.build_lock import building
from ops.warehouse.migrate import require_migrated
from schemas.text.descriptor import key_of_line
from streams.landing.postgres import is_of_server, reason

LOCK_SECONDS: Final = 60
Connection = psycopg.Connection[TupleRow]


class DeadLetters(StrEnum):
    """Which dead letters lose their bytes: those whose key or ``user_id`` is the user, or all that hold the id."""

    NAMED = "named"
    MENTIONED = "mentioned"


class Erasure(StrEnum):
    """What is done to rows."""

    DELETED = "deleted"
    EMPTIED = "emptied"  # the row stands, what it held of a person does not


@dataclass(frozen=True, slots=True)
class ErasedTable:
    """How many rows of one table were erased."""

    table: str
    rows: int
    how: Erasure = Erasure.DELETED


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What the warehouse held of a user.

    ``releases`` are those whose training may have read labels of the user; ``refused`` counts rows that came after the
    user was forgotten ``before``; ``mentions`` are dead letters that hold the id elsewhere and keep their bytes.
    """

    tables: tuple[ErasedTable, ...]
    releases: tuple[str, ...]
    mentions: int
    before: datetime | None
    refused: int


def forget_user(
    dsn: str, user_id: str, *, dead_letters: DeadLetters, dry_run: bool, say: Callable[[str], None]
) -> Forgotten:
    """Erase a user's rows and refuse those that come later; with ``dry_run`` all of it is undone again.

    No build runs meanwhile, and writers of the raw tables wait. Raises OpsError where a right is missing or a table is
    in use, PostgresError where nobody answers; nothing is erased then.
    """
    require_migrated(dsn)
    with _one_line_errors(), building(dsn, say=say), connect(dsn) as connection:
        connection.execute(f"set local lock_timeout = '{LOCK_SECONDS}s'".encode())
        _lock(connection)
        before, refused = _before(connection, user_id)
        releases = _mark(connection, user_id)
        tables = tuple(_erase(connection, user_id, dead_letters))
        row = connection.execute(statements.MENTIONS.encode(), {"id": user_id.encode()}).fetchone()
        assert row is not None
        if dry_run:
            connection.rollback()
    return Forgotten(tables, releases, int(row[0]), before, refused)


def readmit_user(dsn: str, user_id: str) -> bool:
    """Take rows of a forgotten user again; return whether the user was forgotten."""
    require_migrated(dsn)
    with _one_line_errors(), connect(dsn) as connection:
        _lock(connection)
        found = connection.execute(statements.READMIT, {"id": user_id.encode()}).rowcount
    return found > 0


def _lock(connection: Connection) -> None:
    """Wait for whoever writes to the raw tables, the landing first: it takes its position before any table."""
    connection.execute("lock table raw.landing_positions in share row exclusive mode")
    for table in _tables(connection, statements.WRITTEN):
        connection.execute(sql.SQL("lock table {} in share row exclusive mode").format(sql.Identifier(*table)))


def _before(connection: Connection, user_id: str) -> tuple[datetime | None, int]:
    row = connection.execute(statements.BEFORE, {"id": user_id.encode()}).fetchone()
    return (None, 0) if row is None else (row[0], int(row[1]))


def _mark(connection: Connection, user_id: str) -> tuple[str, ...]:
    """Note that the user is forgotten, and return the releases that learned from labels of the user, now or before."""
    connection.execute(statements.MAKE_KEY)
    taught = [str(release) for (release,) in connection.execute(statements.TAUGHT, {"user": user_id})]
    row = connection.execute(statements.MARK, {"id": user_id.encode(), "releases": taught}).fetchone()
    assert row is not None
    return tuple(row[0])


def _erase(connection: Connection, user_id: str, dead_letters: DeadLetters) -> Iterator[ErasedTable]:
    of_user: dict[str, object] = {"user": user_id, "id": user_id.encode()}
    alone = of_user | {"keys": _merchants_alone(connection, user_id)}
    imports = [str(name) for (name,) in connection.execute(statements.IMPORTS, of_user)]
    for table in _tables(connection, statements.WITH_USERS):
        is_hints = table == ("raw", "user_hints")
        erase = sql.SQL(statements.EMPTY_HINTS if is_hints else statements.DELETE).format(sql.Identifier(*table))
        rows = connection.execute(erase, of_user).rowcount
        yield ErasedTable(".".join(table), rows, Erasure.EMPTIED if is_hints else Erasure.DELETED)
    letters = statements.EMPTY_NAMED if dead_letters is DeadLetters.NAMED else statements.EMPTY_MENTIONED
    yield ErasedTable("raw.dead_letters", connection.execute(letters.encode(), of_user).rowcount, Erasure.EMPTIED)
    rows = connection.execute(statements.EMPTY_IMPORTS, {"imports": imports}).rowcount
    yield ErasedTable("raw.imports", rows, Erasure.EMPTIED)
    for table in _tables(connection, statements.WITH_MERCHANTS):
        erase = sql.SQL(statements.DELETE_MERCHANTS).format(sql.Identifier(*table))
        yield ErasedTable(".".join(table), connection.execute(erase, alone).rowcount)
    if connection.execute("select to_regclass('marts.mart_model_against_rules')").fetchone() != (None,):
        yield ErasedTable(
            "marts.mart_model_against_rules", connection.execute(statements.DELETE_SLICES, alone).rowcount
        )
    rows = connection.execute(statements.RENAME_SIGNS, alone).rowcount
    yield ErasedTable("rollout.paired_outcomes", rows, Erasure.EMPTIED)


def _merchants_alone(connection: Connection, user_id: str) -> list[str]:
    """Return the merchant keys that no other user's features have: a person's name in a transfer line is such a key."""
    lines = connection.execute(statements.LINES, {"user": user_id}).fetchall()
    keys = {key_of_line(str(line)) for (line,) in lines} - {""}
    return [str(key) for (key,) in connection.execute(statements.ALONE, {"user": user_id, "keys": sorted(keys)})]


def _tables(connection: Connection, query: str) -> list[tuple[str, str]]:
    """Return schema and name of each table that a query of the catalogue finds."""
    return [(str(schema), str(name)) for schema, name in connection.execute(query.encode()).fetchall()]


@contextmanager
def _one_line_errors() -> Iterator[None]:
    try:
        yield
    except psycopg.errors.InsufficientPrivilege as error:
        line = str(error).partition("\n")[0]
        raise OpsError(
            f"Postgres: {line}; nothing was erased: run this as the owner of the raw tables and of what dbt built"
        ) from error
    except psycopg.errors.LockNotAvailable as error:
        raise OpsError(
            f"a table is in use for more than {LOCK_SECONDS} s; nothing was erased: try again when nobody imports"
        ) from error
    except psycopg.Error as error:
        if is_of_server(error):
            raise PostgresError(f"Postgres cannot be worked with: {reason(error)}; nothing was erased") from error
        line = str(error).partition("\n")[0]
        raise OpsError(f"Postgres: {line}; nothing was erased") from error
