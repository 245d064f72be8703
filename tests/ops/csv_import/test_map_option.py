"""What an error proposes behind ``--map`` can be pasted into a shell as it is, and is read back as it was meant."""

import shlex

import pytest

from ops.csv_import.columns import CsvMap
from ops.csv_import.map_option import as_map_option, did_you_mean, in_list, propose_columns


@pytest.mark.parametrize(
    "columns",
    [
        pytest.param({"amount": "Betrag"}, id="plain"),
        pytest.param({"amount": "Betrag (EUR)", "description": "Memo & more"}, id="marks of a shell"),
        pytest.param({"amount": "Amount, signed"}, id="comma"),
        pytest.param({"amount_out": "$ out", "amount_in": "$ in"}, id="dollar"),
    ],
)
def test_a_proposal_survives_the_shell_and_the_parser(columns: dict[str, str | None]) -> None:
    (typed,) = shlex.split(as_map_option(columns))
    assert CsvMap.parse(typed).columns == columns


def test_a_field_without_a_likely_column_is_left_to_the_user() -> None:
    assert as_map_option({"amount": None}) == "amount=COLUMN"


def test_two_columns_of_money_are_proposed_instead_of_an_amount_that_there_is_not() -> None:
    found = propose_columns(["occurred_at", "amount"], ["Date", "Debit", "Credit"])
    assert found == {"occurred_at": "Date", "amount_out": "Debit", "amount_in": "Credit"}


def test_a_word_that_is_near_a_name_is_asked_about_and_any_other_lists_them() -> None:
    assert did_you_mean("Amnt", ["Amount", "Date"]) == ": did you mean 'Amount'?"
    assert did_you_mean("zzz", ["Amount", "", "Date"]) == ": there are 'Amount', 'Date'"


@pytest.mark.parametrize(
    ("names", "listed"), [(["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")], ids=["1", "2", "3"]
)
def test_names_are_listed_as_a_sentence_does(names: list[str], listed: str) -> None:
    assert in_list(names) == listed
