"""An import is known again by its file and how it is read; each row gets its label in our words, or is refused."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ops.csv_import.categories import CategoryMap
from ops.csv_import.cells import RefusedRow, UnmappedCategory
from ops.csv_import.columns import CsvMap
from ops.csv_import.import_plan import ImportPlan, LabelledRow, label_rows
from ops.csv_import.source import CsvFormat, read_csv
from schemas.taxonomy import Category

FILE = (
    "occurred_at,amount,description,category,label_observed_at\n"
    "2024-03-01,-1.00,a,Dining,\n"
    "2024-03-01,-1.00,b,,\n"
    "2024-03-01,-1.00,c,Essen,2024-03-02\n"
    "2024-03-01,-1.00,d,Nonsense,\n"
    "2024-03-02,-1.00,e,Dining,2024-03-01\n"
)


def plan(folder: Path, **changes: Any) -> ImportPlan:
    path = folder / changes.pop("name", "bank.csv")
    path.write_text(changes.pop("content", FILE))
    known: dict[str, Any] = {
        "columns": CsvMap.parse(""),
        "written": CsvFormat(),
        "categories": CategoryMap.of({"Essen": "Dining"}),
    }
    return ImportPlan(path, **(known | changes))


def test_labels_are_translated_observed_later_or_refused(tmp_path: Path) -> None:
    asked = plan(tmp_path, label_delay=timedelta(days=3))
    first, bare, translated, unknown, early = label_rows(read_csv(asked.path, asked.columns, asked.written), asked)
    assert isinstance(first, LabelledRow)
    assert (first.label, first.observed_at) == (Category("Dining"), datetime(2024, 3, 4, tzinfo=UTC))
    assert isinstance(bare, LabelledRow)
    assert (bare.label, bare.observed_at) == (None, None)
    assert isinstance(translated, LabelledRow)
    assert (translated.label, translated.observed_at) == (Category("Dining"), datetime(2024, 3, 2, tzinfo=UTC))
    assert isinstance(unknown, UnmappedCategory)
    assert (unknown.line, unknown.category) == (5, "Nonsense")
    assert early == RefusedRow(6, "label_observed_at: is before occurred_at")


@pytest.mark.parametrize(
    "change",
    [
        {"content": FILE + "2024-03-03,-1.00,f,,\n"},
        {"columns": CsvMap.parse("category=")},
        {"written": CsvFormat(currency="EUR")},
        {"written": CsvFormat(pending=True)},
        {"categories": CategoryMap.of({"Essen": "Groceries"})},
        {"label_delay": timedelta(days=1)},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_file_that_is_read_otherwise_is_another_import(tmp_path: Path, change: dict[str, Any]) -> None:
    assert plan(tmp_path, **change).import_id != plan(tmp_path).import_id


def test_a_copy_by_another_name_is_the_same_import(tmp_path: Path) -> None:
    assert plan(tmp_path, name="copy.csv").import_id == plan(tmp_path).import_id
