"""Database: connects to the warehouse, or one line that says why not."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import psycopg
from psycopg.rows import TupleRow

from trainer.errors import WarehouseError, WarehouseUnreachable

CONNECT_SECONDS: Final = 10


def open_connection(
    dsn: str, *, seconds: int = CONNECT_SECONDS, application_name: str | None = None, autocommit: bool = False
) -> psycopg.Connection[TupleRow]:
    """Return a connection; raises WarehouseUnreachable where nobody answers at the DSN, or where it is none."""
    try:
        return psycopg.connect(dsn, connect_timeout=seconds, application_name=application_name, autocommit=autocommit)
    except psycopg.Error as error:
        raise WarehouseUnreachable(first_line(error)) from error


@contextmanager
def transaction_on(dsn: str, relation: str, *, missing: str) -> Iterator[psycopg.Connection[TupleRow]]:
    """Yield a connection whose transaction is committed at the end of the block, and rolled back by what it raises.

    Raises WarehouseUnreachable where nobody answers and WarehouseError, in the name of ``relation``, for whatever
    Postgres says later; ``missing`` names the command that makes the relation.
    """
    try:
        with open_connection(dsn) as connection:
            yield connection
    except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName) as error:
        raise WarehouseError(relation, f"does not exist: run `{missing}`") from error
    except psycopg.Error as error:
        raise WarehouseError(relation, f"Postgres: {first_line(error)}") from error


def first_line(error: psycopg.Error) -> str:
    """Return the first line of what Postgres said, its class where it said nothing."""
    said = str(error).strip().splitlines()
    return said[0] if said else type(error).__name__
