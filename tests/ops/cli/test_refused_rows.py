"""Refused rows are told by cause, so that a thousand rows of one cause do not hide another."""

from ops.cli.refused_rows import SHOWN_CAUSES, by_cause
from ops.csv_import.cells import RefusedRow


def test_rows_of_one_cause_share_a_line() -> None:
    rows = [RefusedRow(line, "amount: is empty") for line in range(2, 1_002)] + [RefusedRow(1_002, "is not CSV")]
    assert list(by_cause(rows)) == ["line 2 and 999 more: amount: is empty", "line 1002: is not CSV"]


def test_more_causes_than_are_shown_are_counted() -> None:
    rows = [RefusedRow(line, f"cause {line}") for line in range(SHOWN_CAUSES + 3)]
    assert list(by_cause(rows))[-1] == "… and 3 more causes; --json names every row"
