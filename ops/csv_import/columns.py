"""Columns: which column of a user's file holds which of our fields."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ops.csv_import.column_words import propose
from ops.csv_import.map_option import as_map_option, did_you_mean, in_list, propose_columns, quoted
from ops.errors import OpsError
from schemas.text.folding import fold

REQUIRED: Final = ("occurred_at", "amount", "description")
SPLIT: Final = ("amount_out", "amount_in")  # instead of one amount
FIELDS: Final = (
    *REQUIRED, *SPLIT, "direction", "txn_id", "user_id", "account_id", "currency", "merchant", "mcc", "country",
    "channel", "category", "label_observed_at",
)  # fmt: skip
# More kinds than the two directions, and a day in German.
_VAGUE: Final = frozenset({"type", "transaction type", "valuta"})


class CsvMapError(OpsError):
    """The map names a field or a column that does not exist, or leaves a required one out."""

    exit_code = 2


class NoColumnError(CsvMapError):
    """Fields have no column; ``proposals`` are the columns whose names are usual for them, None where there is none."""

    def __init__(self, message: str, *, proposals: Mapping[str, str | None], names: Sequence[str]) -> None:
        super().__init__(message)
        self.proposals = proposals
        self.names = names


@dataclass(frozen=True, slots=True)
class CsvMap:
    """Columns by field; a field left out is looked for under its own name, an empty column switches it off.

    A column is its name, or its number from 1 where no column has that name.
    """

    columns: Mapping[str, str]

    @classmethod
    def parse(cls, text: str) -> "CsvMap":
        """Read ``description=Memo,amount=Betrag``; a name with a comma stands in double quotes.

        Raises CsvMapError for a part without ``=``, an unknown field, a field named twice, or both an amount and a
        column for money out or in.
        """
        columns: dict[str, str] = {}
        for part in next(csv.reader([text], skipinitialspace=True), []):
            if not part.strip():
                continue
            field, equals, column = part.partition("=")
            field = field.strip()
            if not equals:
                raise CsvMapError(f"--map: {part!r} has no '=': write field=Column, as in amount=Betrag")
            if field in columns:
                raise CsvMapError(f"--map: {field} is named twice")
            columns[field] = column
        return cls.of(columns)

    @classmethod
    def of(cls, columns: Mapping[str, str]) -> "CsvMap":
        """Return the map of columns by field; raises CsvMapError for an unknown field or two ways to say an amount."""
        stripped = {field: column.strip() for field, column in columns.items()}
        for field in stripped:
            if field not in FIELDS:
                raise CsvMapError(f"--map: there is no field {field!r}{did_you_mean(field, FIELDS)}")
        split = [field for field in SPLIT if stripped.get(field)]
        for other in ("amount", "direction"):
            if split and stripped.get(other):
                raise CsvMapError(f"--map: {split[0]} and {other} do not go together: give one of the two")
        return cls(stripped)

    def over(self, other: "CsvMap") -> "CsvMap":
        """Return this map and, for fields that it does not name, the other one; raises CsvMapError."""
        split = any(self.columns.get(field) for field in SPLIT)
        instead = {"amount", "direction"} if split else set(SPLIT) if self.columns.get("amount") else set()
        kept = {field: column for field, column in other.columns.items() if field not in instead}
        return self.of({**kept, **self.columns})

    def places(self, header: Sequence[str]) -> dict[str, int]:
        """Return the index in ``header`` of each field that the file has.

        Raises CsvMapError where a named column is missing or stands twice, or required fields have none.
        """
        names = [" ".join(name.split()) for name in header]
        places = {}
        missing: list[str] = []
        # What was named wrongly comes first: it is the likelier mistake behind a required field without a column.
        for field in sorted(FIELDS, key=lambda field: field not in self.columns):
            column = " ".join(self.columns.get(field, field).split())
            found = _find(column, names, is_exact=field in self.columns)
            if len(found) > 1:
                numbers = " or ".join(str(place + 1) for place in found)
                raise CsvMapError(f"the file has the column {column!r} twice: give its number, {field}={numbers}")
            if found:
                places[field] = found[0]
            elif self.columns.get(field):
                missing.append(column)
        if len(missing) == 1:
            raise CsvMapError(f"the file has no column {missing[0]!r}{did_you_mean(missing[0], names)}")
        if missing:
            listed = ", ".join(repr(name) for name in names if name)
            raise CsvMapError(f"the file has no columns {', '.join(map(repr, missing))}: there are {listed}")
        _check_one_way(places, names, self.columns)
        return self._complete(places, names)

    def numbered(self, width: int) -> dict[str, int]:
        """Return the index of each field in rows of ``width`` cells without a header; raises CsvMapError."""
        places = {}
        for field, column in self.columns.items():
            if not column:
                continue
            if not column.isascii() or not column.isdigit() or not 1 <= int(column) <= width:
                raise CsvMapError(
                    f"--map: without a header {field} is the number of a column from 1 to {width}, not {column!r}"
                )
            places[field] = int(column) - 1
        return self._complete(places, [str(number) for number in range(1, width + 1)])

    def _more(self, places: Mapping[str, int], names: Sequence[str]) -> list[str]:
        """Return the fields that say more of an amount and that usual names of columns stand for."""
        is_split = any(field in places or propose(field, names) for field in SPLIT)
        more = ("currency",) if is_split else ("direction", "currency")
        return [
            field
            for field in more
            if field not in self.columns
            and field not in places
            and propose(field, [name for name in names if fold(name) not in _VAGUE])
        ]

    def _complete(self, places: dict[str, int], names: Sequence[str]) -> dict[str, int]:
        """Return the columns where each required field has one and money is not found twice; raises CsvMapError."""
        asked = [field for field in SPLIT if self.columns.get(field)]
        if asked or ("amount" not in places and any(field in places for field in SPLIT)):
            places = {field: place for field, place in places.items() if field not in {"amount", "direction"}}
        elif "amount" in places:
            places = {field: place for field, place in places.items() if field not in SPLIT}
        needed = [field for field in REQUIRED if field not in places]
        if any(field in places for field in SPLIT):
            needed = [field for field in needed if field != "amount"]
        if needed:
            listed = ", ".join(repr(name) for name in names if name)
            proposals = propose_columns([*needed, *self._more(places, names)], names)
            remedy = f"give --map {as_map_option(proposals)}, where a column is one of {listed}"
            raise NoColumnError(
                f"no column for {in_list(needed)}: {remedy}",
                proposals=proposals,
                names=[name for name in names if name],
            )
        return places


def _check_one_way(places: Mapping[str, int], names: Sequence[str], given: Mapping[str, str]) -> None:
    """Refuse a column for one direction without the one for the other: half of the money would be lost."""
    for field, opposite in (SPLIT, SPLIT[::-1]):
        amount = next((name for name in ("amount", field) if name in places), None)
        if amount is None or "direction" in places or opposite in places or (amount == field and opposite in given):
            continue
        column = names[places[amount]]
        other = propose(opposite, [name for name in names if name != column])
        if other and (amount == field or propose(field, [column])):
            columns = {field: column, opposite: other}
            said = ",".join(quoted(f"{name}={columns[name]}") for name in SPLIT)
            instead = " instead of amount" if amount == "amount" else f", or {opposite}= if it has no other"
            raise CsvMapError(f"the column {column!r} holds one direction only: give --map '{said}'{instead}")


def _find(column: str, names: Sequence[str], *, is_exact: bool) -> list[int]:
    """Return where a column stands: as written where a user wrote it, or else but for capitals, or by its number."""
    exact = [place for place, name in enumerate(names) if is_exact and column and name == column]
    folded = column.casefold()
    alike = exact or [place for place, name in enumerate(names) if column and name.casefold() == folded]
    if not alike and column.isascii() and column.isdigit() and 1 <= int(column) <= len(names):
        return [int(column) - 1]
    return alike
