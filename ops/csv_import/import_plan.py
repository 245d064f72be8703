"""Import plan: what is loaded and how it is read, what that came to, and the label that each row gets."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Final

from ops.csv_import.border import Border
from ops.csv_import.categories import CategoryMap
from ops.csv_import.cells import RefusedRow, UnmappedCategory
from ops.csv_import.columns import CsvMap
from ops.csv_import.file_bytes import fingerprint
from ops.csv_import.money_moved import MoneyMoved
from ops.csv_import.row import Row
from ops.csv_import.source import CsvFormat
from schemas.taxonomy import Category

DEFAULT_LABEL_DELAY: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """What is loaded and how it is read; a label without a time of its own is observed ``label_delay`` later.

    ``border`` says what equal rows on the border day of two exports are, None where nobody said it.
    """

    path: Path
    columns: CsvMap
    written: CsvFormat
    categories: CategoryMap
    label_delay: timedelta = DEFAULT_LABEL_DELAY
    skip_refused: bool = False
    border: Border | None = None

    @property
    def import_id(self) -> str:
        """A name for this file read in this way: the same import twice loads nothing new."""
        how = f"{fingerprint(self.path)} {self.columns} {self.written} {self.categories} {self.label_delay}"
        if self.written.sheet is not None:
            how += f" {self.written.sheet}"
        if self.written.reader is not None:
            how += f" reader {self.written.reader}"
        if self.written.pending:
            how += " pending"
        return sha256(how.encode()).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import came to; ``is_repeat`` where the same import was there already and nothing was done.

    ``repeated_ids`` counts the rows whose user, account and txn_id together were in the warehouse already, or earlier
    in the file, of the same amount. They are loaded, and the row loaded last stands for the transaction;
    ``changed_rows`` of them say something else of it than the row before them. ``known`` counts rows without an id of
    their own that the warehouse holds already, as an export that overlaps another brings them: staging holds each of
    them once, and ``transactions`` does not count them. ``reworded`` counts those that have user, account, day, amount
    and currency of a row that was there and is not in the file, and another text: both count. ``skipped`` counts the
    rows that the user left out, ``forgotten`` those of users who were forgotten.
    """

    import_id: str
    transactions: int
    labels: int
    refused: list[RefusedRow]
    repeated_ids: int = 0
    changed_rows: int = 0
    known: int = 0
    reworded: int = 0
    money: MoneyMoved = field(default_factory=MoneyMoved)
    skipped: int = 0
    forgotten: int = 0
    is_repeat: bool = False


@dataclass(frozen=True, slots=True)
class LabelledRow:
    """One row with its label in our words; the label is None where the file gives none."""

    row: Row
    label: Category | None
    observed_at: datetime | None


def label_rows(rows: Iterator[Row | RefusedRow], plan: ImportPlan) -> Iterator[LabelledRow | RefusedRow]:
    """Give each row its label in our words; a row whose label is wrong is refused."""
    for row in rows:
        yield row if isinstance(row, RefusedRow) else _label_one(row, plan)


def _label_one(row: Row, plan: ImportPlan) -> LabelledRow | RefusedRow:
    if row.category is None:
        return LabelledRow(row, None, None)
    try:
        label = plan.categories.find(row.category)
    except KeyError:
        name = row.category[:40]
        reason = f"category: {name!r} is none of ours; --category-map translates it"
        return UnmappedCategory(row.line, reason, row.number, name)
    occurred_at = row.transaction.occurred_at
    observed_at = row.label_observed_at or occurred_at + plan.label_delay
    if observed_at < occurred_at:
        return RefusedRow(row.line, "label_observed_at: is before occurred_at", row.number)
    return LabelledRow(row, label, None if label is None else observed_at)
