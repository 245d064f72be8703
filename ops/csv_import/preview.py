"""Preview: how a file would be read, from a sample of its rows, with every doubt and the option that settles it."""

from collections import Counter
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Final

from ops.csv_import.categories import CategoryMap
from ops.csv_import.cells import RefusedRow
from ops.csv_import.columns import CsvMap
from ops.csv_import.date_order import current_day
from ops.csv_import.kinds import Kind
from ops.csv_import.later_parts import read_later_parts
from ops.csv_import.money_moved import MoneyMoved
from ops.csv_import.row import Row
from ops.csv_import.source import CsvFormat, Opened, open_csv
from ops.errors import OpsError

SHOWN_ROWS: Final = 5
SHOWN_NAMES: Final = 50
SAMPLE: Final = 10_000


@dataclass(frozen=True, slots=True)
class Preview:
    """What a look at the first rows of a file, its middle and its end shows.

    ``opened`` is None where the options do not fit the file.
    """

    opened: Opened | None
    sampled: int
    parts: tuple[str, ...]  # beside the first rows, where these are not all
    is_whole: bool
    rows: list[Row]
    money: MoneyMoved
    refused: dict[str, tuple[int, int]]  # how often and on which line first, by reason
    doubts: list[str] = field(default_factory=list)


def preview_csv(path: Path, columns: CsvMap, written: CsvFormat, categories: CategoryMap | None = None) -> Preview:
    """Read the first rows of a file, of a large text also some of its middle and end; return how they would load.

    Raises CsvSourceError where the file cannot be read; what options could settle is a doubt.
    """
    money, shown = MoneyMoved(), list[Row]()
    reasons: Counter[str] = Counter()
    first: dict[str, int] = {}
    doubts: list[str] = []
    opened: Opened | None = None
    sampled, is_whole, parts = 0, True, list[str]()
    unmapped: Counter[str] = Counter()

    def count(row: Row | RefusedRow) -> None:
        if isinstance(row, RefusedRow):
            reasons[row.reason] += 1
            first.setdefault(row.reason, row.line)
            return
        money.add(row.transaction)
        if categories is not None and row.category is not None and not categories.knows(row.category):
            unmapped[row.category[:40]] += 1
        if len(shown) < SHOWN_ROWS:
            shown.append(row)

    try:
        opened = open_csv(path, columns, written)
        last = 0
        for row in islice(opened.rows, SAMPLE):
            sampled += 1
            last = row.line
            count(row)
        after = next(opened.rows, None) if sampled == SAMPLE else None
        is_whole = after is None
        if after is not None and opened.table.kind is Kind.TEXT:
            for name, rows in read_later_parts(
                path,
                after_line=max(last, after.line - 1),
                encoding=opened.encoding,
                delimiter=opened.layout.delimiter,
                read=opened.read_more,
            ):
                parts.append(name)
                sampled += len(rows)
                for row in rows:
                    count(row)
    except OpsError as error:
        doubts.append(str(error))
    doubts += money.warnings(current_day())
    if unmapped:
        listed = ", ".join(f"{name!r} ({count:,})" for name, count in unmapped.most_common(SHOWN_NAMES))
        doubts.append(f"categories that are none of ours, with their rows: {listed}; give --category-map")
    refused = {reason: (count, first[reason]) for reason, count in reasons.most_common()}
    return Preview(opened, sampled, tuple(parts), is_whole, shown, money, refused, doubts)
