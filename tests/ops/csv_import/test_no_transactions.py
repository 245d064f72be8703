"""Rows that read as transactions and are none are known by whole phrases only: a shop may be called Balance."""

import pytest

from ops.csv_import.no_transactions import is_parted, is_pending, names_balance, status_places


@pytest.mark.parametrize(
    "description", ["Opening balance", "CLOSING BALANCE", "Anfangssaldo", "Balance brought forward", "solde initial"]
)
def test_the_name_of_a_balance_is_no_transaction(description: str) -> None:
    assert names_balance(description)


@pytest.mark.parametrize(
    "description",
    ["New Balance Store Berlin", "saldo factura 17", "Balance Yoga Studio", "opening balance of a long story " * 3, ""],
)
def test_a_shop_or_an_invoice_with_such_a_word_is_one(description: str) -> None:
    assert not names_balance(description)


@pytest.mark.parametrize(
    ("amount", "next_cell", "parted"),
    [
        pytest.param("1", "234.50", True, id="thousands"),
        pytest.param("-1", "234", True, id="whole thousands"),
        pytest.param("1.50", "234.50", False, id="an amount with cents is whole"),
        pytest.param("12", "7-ELEVEN", False, id="a name that begins with a digit"),
        pytest.param("12", "RENT", False, id="a description"),
    ],
)
def test_a_comma_within_an_amount_is_found_by_what_stands_behind_it(amount: str, next_cell: str, parted: bool) -> None:
    assert is_parted(amount, next_cell) is parted


def test_a_status_is_looked_for_in_columns_that_nothing_else_is_read_from() -> None:
    header = ["Date", "Status", "Amount", "Text"]
    (place,) = status_places(header, [0, 2, 3])
    assert place == 1
    assert is_pending(["2024-03-01", "Pending", "-1", "x"], (place,))
    assert not is_pending(["2024-03-01", "Completed", "-1", "x"], (place,))
    assert list(status_places(header, [0, 1, 2])) == []
