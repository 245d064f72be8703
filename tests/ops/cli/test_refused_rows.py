"""Refused rows are told by cause, so that a thousand rows of one cause do not hide another."""

import pytest

from ops.cli.refused_rows import SHOWN_CAUSES, by_cause, show_refused
from ops.csv_import.cells import RefusedRow, UnmappedCategory


def test_rows_of_one_cause_share_a_line() -> None:
    rows = [RefusedRow(line, "amount: is empty") for line in range(2, 1_002)] + [RefusedRow(1_002, "is not CSV")]
    assert list(by_cause(rows)) == ["line 2 and 999 more: amount: is empty", "line 1002: is not CSV"]


def test_more_causes_than_are_shown_are_counted() -> None:
    rows = [RefusedRow(line, f"cause {line}") for line in range(SHOWN_CAUSES + 3)]
    assert list(by_cause(rows))[-1] == "… and 3 more causes; --json names every row"


def test_categories_without_a_translation_are_listed_once_each_with_their_rows(
    capsys: pytest.CaptureFixture[str],
) -> None:
    names = [f"Name {number}" for number in range(30)]
    rows = [
        UnmappedCategory(line, "r", 0, name) for line, name in enumerate(["Lunch", "Bar", "Lunch", *names], start=2)
    ]
    show_refused([RefusedRow(1, "amount: is empty"), *rows], as_json=False)
    said = capsys.readouterr().err.splitlines()
    assert said[:3] == [
        "line 1: amount: is empty",
        "category 'Lunch' is none of ours: 2 rows, the first on line 2",
        "category 'Bar' is none of ours: one row, on line 3",
    ]
    assert len(said) == 34
    assert said[-1].endswith("such as 'Lunch': Shopping, and give --category-map FILE")
