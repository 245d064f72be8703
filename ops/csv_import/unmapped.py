"""Unmapped columns: those that say which way money goes, or in which currency, and that no option names.

To read past them would be a guess about money: the file is refused until the user maps them or leaves them out.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from ops.csv_import.amount import AmountError, read_money
from ops.csv_import.cells import Cells, CsvSourceError
from ops.csv_import.column_words import propose
from ops.csv_import.columns import CsvMap
from ops.csv_import.layout import Layout
from ops.csv_import.money_words import CODES, DIRECTIONS
from ops.csv_import.row import Defaults
from ops.csv_import.sums import SumReader

_SHOWN: Final = 3


def check_unmapped(rows: Sequence[Cells], layout: Layout, columns: CsvMap, sums: SumReader, defaults: Defaults) -> None:
    """Raise CsvSourceError for such a column in the first rows of a file.

    A direction counts only where no amount has a sign, a currency only where the header names none. ``direction=`` and
    ``currency=`` in the map say that a column is something else.
    """
    unused = [place for place in range(layout.width) if place not in layout.places.values()]
    if "direction" not in columns.columns and "amount" in layout.places and not _has_signs(rows, sums):
        for place in unused:
            _check_direction(_filled(rows, place), _name(layout, place), sums.directions)
    if "currency" not in columns.columns and "currency" not in layout.places and not defaults.is_named:
        for place in unused:
            _check_currency(_filled(rows, place), _name(layout, place), len(rows), defaults.currency)


def _has_signs(rows: Iterable[Cells], sums: SumReader) -> bool:
    """Return whether a cell says which way its money goes."""
    place = sums.places["amount"]
    for row in rows:
        try:
            money = read_money(row.cells[place], sums.decimal)
        except (AmountError, IndexError):
            continue
        if money.says_sign:
            return True
    return False


def _check_direction(cells: Sequence[str], name: str, more: Mapping[str, bool]) -> None:
    folded = [cell.casefold() for cell in cells]
    ways = [more.get(word, DIRECTIONS.get(word)) for word in folded]
    is_named = propose("direction", [name]) is not None
    if (is_named and True in ways) or set(ways) == {True, False}:
        words = " and ".join(repr(cells[ways.index(way)][:20]) for way in (True, False) if way in ways)
        raise CsvSourceError(
            f"no amount has a sign, and the column {name!r} says {words}: give --map '{_given('direction', name)}', or "
            "direction= if it says something else"
        )


def _check_currency(cells: Sequence[str], name: str, count: int, currency: str | None) -> None:
    codes = dict.fromkeys(cells)
    is_named = propose("currency", [name]) is not None
    if not cells or codes.keys() - CODES or (len(cells) < count and not is_named) or set(codes) == {currency}:
        return
    words = ", ".join(list(codes)[:_SHOWN])
    raise CsvSourceError(
        f"the column {name!r} names currencies ({words}): give --map '{_given('currency', name)}', or currency= if it "
        "says something else"
    )


def _filled(rows: Iterable[Cells], place: int) -> list[str]:
    cells = (row.cells[place].strip() for row in rows if place < len(row.cells))
    return [cell for cell in cells if cell]


def _name(layout: Layout, place: int) -> str:
    return layout.header[place] or str(place + 1) if layout.header else str(place + 1)


def _given(field: str, name: str) -> str:
    return f'"{field}={name}"' if "," in name else f"{field}={name}"
