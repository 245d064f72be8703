"""Landing Postgres: what an error of Postgres means to the landing, in one line without a value of a row."""

from typing import Final

import psycopg

from streams.errors import WarehouseRefusal
from streams.landing.mapping.refusal import Blame, blame, words

_MISSING: Final = ("42P01", "42703", "3F000")  # table, column, schema
_READ_ONLY: Final = "25006"
_DENIED: Final = "42501"


def is_of_server(error: psycopg.Error) -> bool:
    """Whether waiting may help; an error of the client itself that has no state is a fault of ours."""
    is_broken = isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)
    return blame(error.sqlstate) is Blame.SERVER and (error.sqlstate is not None or is_broken)


def reason(error: psycopg.Error) -> str:
    """Return why Postgres cannot be worked with for the moment."""
    if error.sqlstate == _READ_ONLY:
        return f"it is read-only: {words(error.sqlstate, error.diag.message_primary)}"
    return str(error).strip().partition("\n")[0]


def refusal(error: psycopg.Error, *, table: str | None = None) -> WarehouseRefusal:
    """Return what an operator must mend before anything lands."""
    said = words(error.sqlstate, error.diag.message_primary)
    at = "the raw tables" if table is None else f"raw.{table}"
    if error.sqlstate == _DENIED:
        remedy = "grant the role ledgermind_landing to the user of LEDGERMIND_POSTGRES_DSN"
    elif error.sqlstate in _MISSING:
        remedy = "run 'ledgermind warehouse migrate', and put back by hand what was dropped"
    else:
        remedy = "mend the table"
    return WarehouseRefusal(
        f"Postgres takes no rows for {at} ({said}): {remedy}; no position moved, and the landing goes on from there"
    )
