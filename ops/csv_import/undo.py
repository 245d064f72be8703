"""Undo: one import taken back, its rows and its labels."""

from dataclasses import dataclass

import psycopg

from ops.csv_import.import_statements import UNDO_IMPORT, UNDO_LABELS, UNDO_TRANSACTIONS
from ops.errors import OpsError
from ops.local.postgres import connect


class NoSuchImportError(OpsError):
    """There is no import of that id."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class Undone:
    """How many rows of the raw tables an import had brought."""

    transactions: int
    labels: int


def undo_import(dsn: str, import_id: str) -> Undone:
    """Delete what one import loaded; a transaction that another import brought too stays.

    Raises NoSuchImportError for an id that no import has, PostgresError where nobody answers, and OpsError where
    Postgres fails; nothing is deleted then.
    """
    given = {"import_id": import_id}
    try:
        with connect(dsn) as connection, connection.cursor() as cursor:
            if cursor.execute(UNDO_IMPORT.encode(), given).rowcount == 0:
                rows = cursor.execute("select import_id, file_name from raw.imports order by loaded_at desc limit 3")
                last = ", ".join(f"{known_id} ({name})" for known_id, name in rows.fetchall())
                known = f": the last are {last}" if last else ""
                raise NoSuchImportError(f"there is no import {import_id!r}{known}")
            labels = cursor.execute(UNDO_LABELS.encode(), given).rowcount
            return Undone(cursor.execute(UNDO_TRANSACTIONS.encode(), given).rowcount, labels)
    except psycopg.errors.UndefinedTable as error:
        raise OpsError("Postgres has no raw tables yet: run `ledgermind warehouse migrate`") from error
    except psycopg.Error as error:
        line = str(error).strip().partition("\n")[0]
        raise OpsError(f"Postgres: {line}; nothing was taken back") from error
