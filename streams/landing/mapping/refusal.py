"""Landing refusal: whose fault it is that Postgres refused a row, and how many rows may be set aside.

A row that no table can hold is set aside as a reject. A table that takes no row (a constraint, a partition or a column
that somebody changed) is mended by an operator, and until then no position moves.
"""

from enum import StrEnum
from typing import Final

# A row that is refused adds one to a table's level, a row that lands takes this much off: such a share may go on.
ALLOWED_SHARE: Final = 0.01

# SQLSTATE, by its class (the first two characters) or whole: https://www.postgresql.org/docs/current/errcodes-appendix.html
_ROW_CLASSES: Final = frozenset({"22", "54"})  # data exception; a limit of the program, such as an index entry's size
_SERVER_CLASSES: Final = frozenset({"08", "40", "53", "57", "58"})  # away, deadlock, no resources, stopped, its disk
# Read-only, as after a failover; a session that idled too long; what another session has locked.
_SERVER_STATES: Final = frozenset({"25006", "25P03", "55006", "55P03"})
# The words of other states may hold what a row holds, and no log does.
_QUOTABLE_CLASSES: Final = frozenset({"0A", "23", "25", "28", "3D", "3F", "42"})


class Blame(StrEnum):
    """Who must change before the row can land."""

    ROW = "row"
    TABLE = "table"
    SERVER = "server"


def blame(sqlstate: str | None) -> Blame:
    """Return whose fault an error of Postgres is; without a state the connection broke, an unknown one people mend."""
    if sqlstate is None or sqlstate[:2] in _SERVER_CLASSES or sqlstate in _SERVER_STATES:
        return Blame.SERVER
    return Blame.ROW if sqlstate[:2] in _ROW_CLASSES else Blame.TABLE


def words(sqlstate: str | None, primary: str | None) -> str:
    """Return what may be said of an error: its message where that cannot hold a row's values, and its state."""
    if primary and (sqlstate is None or sqlstate[:2] in _QUOTABLE_CLASSES or blame(sqlstate) is Blame.SERVER):
        return f"{primary.strip().partition(chr(10))[0]}" + (f", state {sqlstate}" if sqlstate else "")
    return f"state {sqlstate or 'unknown'}; Postgres's own log has its words"
