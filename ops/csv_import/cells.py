"""Cells: the rows of a file before anything is known of their columns, whatever format they come from."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, NamedTuple

from ops.errors import OpsError

_NO_FAULTS: Final[Mapping[int | None, str]] = MappingProxyType({})


class CsvSourceError(OpsError):
    """The file cannot be read to its end."""

    exit_code = 2


class Cells(NamedTuple):
    """The cells of one row, and the lines it starts and ends on.

    ``number`` counts the transactions of formats in which several may share a line, else it is 0. ``faults`` says why
    a cell cannot be used, by its index, or why the whole row cannot, under None.
    """

    line: int
    cells: list[str]
    last: int
    number: int = 0
    faults: Mapping[int | None, str] = _NO_FAULTS


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """One row that is no transaction, by the line it starts on; the reason never holds a value."""

    line: int
    reason: str
    number: int = 0

    @property
    def place(self) -> str:
        """Where the row stands, for people."""
        return f"line {self.line}, transaction {self.number:,}" if self.number else f"line {self.line}"


@dataclass(frozen=True, slots=True)
class UnmappedCategory(RefusedRow):
    """A row whose category is none of ours and has no translation; ``category`` is its name, cut to 40 characters."""

    category: str = ""
