"""Missing relation: which command makes what Postgres says is not there."""

import re
from typing import Final

import psycopg

_NAMED: Final = re.compile(r'"([^"]+)"')
_BUILT: Final = ("staging.", "intermediate.", "marts.")
_MISSING: Final = (
    psycopg.errors.UndefinedTable,
    psycopg.errors.UndefinedColumn,
    psycopg.errors.UndefinedFunction,
    psycopg.errors.InvalidSchemaName,
)


def remedy(error: Exception) -> str | None:
    """Return one line that says what is missing and what makes it, None where the error is of another kind."""
    if not isinstance(error, _MISSING):
        return None
    found = _NAMED.search(str(error))
    name = found[1] if found else "a table or function"
    if name.startswith(_BUILT) or f"{name}." in _BUILT:
        return f"{name} is not built yet: run `ledgermind warehouse build`"
    return f"{name} is not in this database: run `ledgermind warehouse migrate`, then `ledgermind warehouse build`"
