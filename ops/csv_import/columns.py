"""Columns: which column of a user's file holds which of our fields."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from ops.errors import OpsError

REQUIRED: Final = ("occurred_at", "amount", "description")
FIELDS: Final = (
    *REQUIRED, "txn_id", "user_id", "account_id", "currency", "merchant", "mcc", "country", "channel", "category",
    "label_observed_at",
)  # fmt: skip


class CsvMapError(OpsError):
    """The map names a field or a column that does not exist, or leaves a required one out."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class CsvMap:
    """Columns by field; a field left out is looked for under its own name, an empty column switches it off."""

    columns: Mapping[str, str]

    @classmethod
    def parse(cls, text: str) -> "CsvMap":
        """Read ``description=Memo,amount=Betrag``; a name with a comma stands in double quotes.

        Raises CsvMapError for a part without ``=``, an unknown field or a field named twice.
        """
        columns: dict[str, str] = {}
        for part in next(csv.reader([text], skipinitialspace=True), []):
            if not part.strip():
                continue
            field, equals, column = part.partition("=")
            field = field.strip()
            if not equals:
                raise CsvMapError(f"--map: {part!r} has no '=': write field=Column, as in amount=Betrag")
            if field not in FIELDS:
                raise CsvMapError(f"--map: there is no field {field!r}{_meant(field, FIELDS)}")
            if field in columns:
                raise CsvMapError(f"--map: {field} is named twice")
            columns[field] = column.strip()
        return cls(columns)

    def places(self, header: Sequence[str]) -> dict[str, int]:
        """Return the index in ``header`` of each field that the file has.

        Raises CsvMapError where a named column is missing or stands twice, or a required field has none.
        """
        names = [name.strip() for name in header]
        places = {}
        # What was named wrongly comes first: it is the likelier mistake behind a required field without a column.
        for field in sorted(FIELDS, key=lambda field: field not in self.columns):
            column = self.columns.get(field, field)
            found = _find(column, names)
            if len(found) > 1:
                raise CsvMapError(f"the file has the column {column!r} twice: rename one of them")
            if found:
                places[field] = found[0]
            elif self.columns.get(field):
                raise CsvMapError(f"the file has no column {column!r}{_meant(column, names)}")
            elif field in REQUIRED:
                raise CsvMapError(
                    f"no column for {field}: give --map {field}=COLUMN, one of {', '.join(map(repr, names))}"
                )
        return places


def _find(column: str, names: Sequence[str]) -> list[int]:
    """Return where a column stands: as written, or else but for capitals."""
    exact = [place for place, name in enumerate(names) if column and name == column]
    folded = column.casefold()
    return exact or [place for place, name in enumerate(names) if column and name.casefold() == folded]


def _meant(word: str, known: Sequence[str]) -> str:
    by_folded = {name.casefold(): name for name in known}
    close = get_close_matches(word.casefold(), by_folded, n=1, cutoff=0.5)
    listed = ", ".join(map(repr, known))
    return f": did you mean {by_folded[close[0]]!r}?" if close else f": there are {listed}"
