"""The table of faults has a cell for each share and says what a reader must not overlook: what was not found."""

from ops.rollout.fault_rows import rows_of
from scorer.backtest.fault_table import Cell


def cell(percent: float, looks: float | None, **other: object) -> Cell:
    values = {
        "fault": "slow",
        "healthy_days": 0,
        "runs": 20,
        "rolled_back": 20,
        "promoted": 0,
        "answers": 1234.0,
    } | other
    return Cell(percent=percent, looks=looks, **values)  # type: ignore[arg-type]  # by name, as the study makes them


def test_a_row_names_each_share_s_outcome_in_the_order_of_the_shares() -> None:
    table = list(rows_of([cell(5.0, 3_000.0, rolled_back=18), cell(1.0, None, promoted=2, rolled_back=0)]))
    assert table == [
        "| fault, begins as the share moves | 1 % | 5 % |",
        "| --- | --- | --- |",
        "| slow | promoted 2 of 20 | rolled back (18 of 20), 3,000 looks (2.1 days), 1,234 answers |",
        "",
    ]


def test_a_fault_that_nothing_was_done_about_is_held() -> None:
    assert "| slow | held |" in list(rows_of([cell(1.0, None, rolled_back=0)]))


def test_faults_that_begin_later_have_a_table_of_their_own() -> None:
    heads = [line for line in rows_of([cell(1.0, 60.0), cell(1.0, 60.0, healthy_days=7)]) if line.startswith("| fault")]
    assert heads == [
        "| fault, begins as the share moves | 1 % |",
        "| fault, begins 7 days after the share moved | 1 % |",
    ]
