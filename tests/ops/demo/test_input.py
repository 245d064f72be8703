"""The demo takes a user's own CSV as it is: whatever is no label of ours is streamed and not learned from."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ops.cli.csv_options import parse_reading
from ops.csv_import.categories import CategoryMap
from ops.csv_import.columns import CsvMap
from ops.demo.input import HISTORY_SHARE, LABEL_DELAY, MIN_ROWS, csv_input
from ops.errors import OpsError
from schemas.taxonomy import Category

START = datetime(2026, 1, 1, tzinfo=UTC)
KINDS = ("food", "Dining", "whatever", "")


def write(folder: Path, *, rows: int, days: int) -> Path:
    """Write a bank's own export, with its own names of columns and categories."""
    step = timedelta(days=days) / rows
    lines = [f"{(START + row * step).isoformat()},-{row}.50,CAFE {row},{KINDS[row % 4]}" for row in range(rows)]
    file = folder / "bank.csv"
    file.write_text("\n".join(["When,Value,Memo,Kind", *lines]) + "\n")
    return file


COLUMNS = CsvMap.parse("occurred_at=When,amount=Value,description=Memo,category=Kind")


def test_only_what_is_a_category_of_ours_or_translated_is_a_label(tmp_path: Path) -> None:
    made = csv_input(write(tmp_path, rows=MIN_ROWS, days=400), COLUMNS, CategoryMap.parse("food=Groceries"))
    told = [*made.history, *made.live]
    assert [one.category for one in told[:4]] == [Category("Groceries"), Category("Dining"), None, None]
    assert [len(one.labels) for one in told[:4]] == [1, 1, 0, 0]
    assert len(made.history) == HISTORY_SHARE * MIN_ROWS
    assert f"{MIN_ROWS // 2:,} of them labelled" in made.origin


@pytest.mark.parametrize(("days", "delay"), [(400, LABEL_DELAY), (50, timedelta(days=1))])
def test_labels_come_late_but_not_too_late_for_a_short_past(tmp_path: Path, days: int, delay: timedelta) -> None:
    made = csv_input(write(tmp_path, rows=MIN_ROWS, days=days), COLUMNS, CategoryMap({}))
    labelled = made.history[1]
    assert labelled.labels[0].given_at - labelled.transaction.occurred_at == pytest.approx(
        delay, abs=timedelta(minutes=5)
    )


def test_accounts_that_number_alike_keep_a_label_each(tmp_path: Path) -> None:
    owners = [("ann", "giro"), ("ann", "card"), ("bob", "giro")]
    lines = [
        f"{row},{user},{account},{(START + row * timedelta(days=1)).isoformat()},-1.50,CAFE {account},Dining"
        for row in range(MIN_ROWS // len(owners) + 1)
        for user, account in owners
    ]
    file = tmp_path / "banks.csv"
    file.write_text("\n".join(["txn_id,user_id,account_id,occurred_at,amount,description,category", *lines]) + "\n")
    made = csv_input(file, CsvMap.parse(""), CategoryMap({}))
    told = [*made.history, *made.live]
    assert len({one.identity for one in told}) == len(lines)
    labels = [label for one in told for label in one.labels]
    assert len({(label.user_id, label.feedback_id) for label in labels}) == len(lines)


def test_a_file_of_another_country_is_read_by_the_options_of_import_and_refused_rows_are_said(tmp_path: Path) -> None:
    file = tmp_path / "bank.csv"
    file.write_text("occurred_at;amount;description\n" + "04.03.2024;-1,50;CAFE\n" * (MIN_ROWS + 1) + "x;-1,50;CAFE\n")
    with pytest.raises(
        OpsError, match=r"0 usable rows.*first on line 2 \(occurred_at: .*give --date-format.*DEMO_IMPORT"
    ):
        csv_input(file, CsvMap({}), CategoryMap({}))
    made = csv_input(file, CsvMap({}), CategoryMap({}), parse_reading("--date-format day-first").written)
    assert len(made.history) + len(made.live) == MIN_ROWS + 1
    assert "1 rows refused, the first on line 1003" in made.origin


@pytest.mark.parametrize("text", ["--date-fromat iso", "--currency", "'", "extra", "--decimal dot"])
def test_options_that_make_no_sense_are_one_line(text: str) -> None:
    with pytest.raises(OpsError) as caught:
        parse_reading(text)
    assert "\n" not in str(caught.value)


def test_too_few_rows_are_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(OpsError, match=f"the demo needs at least {MIN_ROWS}"):
        csv_input(write(tmp_path, rows=MIN_ROWS - 1, days=400), COLUMNS, CategoryMap({}))
