"""Row filter: rows that a user leaves out by what stands in a column, such as pending ones; counted."""

from collections.abc import Sequence
from dataclasses import dataclass

from ops.csv_import.layout import Layout
from ops.errors import OpsError


class RowFilterError(OpsError):
    """A condition is none, or names a column that the file does not have."""

    exit_code = 2


@dataclass(slots=True)
class RowFilter:
    """Conditions, each a column's index and what stands in it, in any case; ``skipped`` counts the rows left out."""

    conditions: tuple[tuple[int, str], ...]
    skipped: int = 0

    @classmethod
    def parse(cls, texts: Sequence[str], layout: Layout) -> "RowFilter":
        """Read ``Status=PENDING``; nothing behind the ``=`` is an empty cell. Raises RowFilterError."""
        return cls(tuple(_condition(text, layout) for text in texts))

    def drops(self, cells: Sequence[str]) -> bool:
        """Return whether a row is left out, and count it."""
        for place, value in self.conditions:
            if (cells[place].strip().casefold() if place < len(cells) else "") == value:
                self.skipped += 1
                return True
        return False


def _condition(text: str, layout: Layout) -> tuple[int, str]:
    column, equals, value = (part.strip() for part in text.rpartition("="))
    if not equals or not column:
        raise RowFilterError(f"--skip-where: {text!r} is no condition: write Column=value, as in Status=PENDING")
    names = [name.casefold() for name in layout.header]
    if column.casefold() in names:
        return names.index(column.casefold()), value.casefold()
    if column.isascii() and column.isdigit() and 1 <= int(column) <= layout.width:
        return int(column) - 1, value.casefold()
    known = ", ".join(map(repr, layout.header)) or f"1 to {layout.width}"
    raise RowFilterError(f"--skip-where: the file has no column {column!r}: there are {known}")
