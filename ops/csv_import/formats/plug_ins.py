"""Plug-ins: formats that other packages read, each named by an entry point of the group ``ledgermind.readers``.

An entry point names a function of a path that yields the transactions of the file as mappings of texts, by the names
of our columns (``occurred_at``, ``amount``, …) or by names that ``--map`` translates. Amounts are texts with a point.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Final

from ops.csv_import.cells import Cells, CsvSourceError, RefusedRow

GROUP: Final = "ledgermind.readers"
ReadRows = Callable[[Path], Iterable[Mapping[str, str]]]


def load_reader(name: str) -> ReadRows:
    """Return the function of a reader; raises CsvSourceError where it is not installed or cannot be imported."""
    found: dict[str, EntryPoint] = {point.name: point for point in entry_points(group=GROUP)}
    if name not in found:
        installed = f"installed are {', '.join(sorted(found))}" if found else "none is installed"
        raise CsvSourceError(f"there is no reader {name!r}: {installed} (entry points of {GROUP})")
    try:
        read: ReadRows = found[name].load()
    except Exception as error:
        raise CsvSourceError(
            f"reader {name} cannot be loaded: {type(error).__name__} in {found[name].value}"
        ) from error
    return read


def read_rows(read: ReadRows, path: Path, *, name: str) -> Iterator[Cells | RefusedRow]:
    """Yield the names of the first row as a header, then each row, numbered from 1.

    A value that is no text is a fault of its cell: a float may have lost digits. Raises CsvSourceError with the row
    behind which the reader failed.
    """
    header: list[str] = []
    number = 0
    try:
        for number, row in enumerate(read(path), start=1):
            if not header:
                header = list(row)
                yield Cells(0, header, 0)
            if unknown := [column for column in row if column not in header]:
                yield RefusedRow(number, f"the reader gives {unknown[0][:40]!r}, which its first row has not")
                continue
            faults: dict[int | None, str] = {
                place: f"is {type(row[column]).__name__} from the reader: it gives texts"
                for place, column in enumerate(header)
                if not isinstance(row.get(column, ""), str | None)
            }
            yield Cells(number, [_text(row.get(column)) for column in header], number, 0, faults)
    except CsvSourceError:
        raise
    except Exception as error:
        raise CsvSourceError(
            f"reader {name} failed behind row {number} of {path.name}: {type(error).__name__}"
        ) from error


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
