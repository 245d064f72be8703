"""A header that names one currency says it for all rows; one that names two, or none, says nothing."""

import pytest

from ops.csv_import.cells import CsvSourceError
from ops.csv_import.header_currency import header_currency
from ops.csv_import.layout import Layout


def named(*columns: str, given: str | None = None) -> str | None:
    fields = ("amount_out", "amount_in")[: len(columns)] if len(columns) > 1 else ("amount",)
    places = {field: place for place, field in enumerate(fields)} | {"occurred_at": len(columns)}
    return header_currency(Layout(";", [*columns, "Date"], 1, len(columns) + 1, places), given)


@pytest.mark.parametrize(
    ("columns", "currency"),
    [
        pytest.param(["Betrag (EUR)"], "EUR", id="code"),
        pytest.param(["Amount (£)"], "GBP", id="sign"),
        pytest.param(["Montant en euros"], "EUR", id="word"),
        pytest.param(["Amount ($)"], None, id="a dollar of many countries"),
        pytest.param(["Amount (US$)"], "USD", id="a dollar of one"),
        pytest.param(["Beløp kr"], None, id="crowns of several countries"),
        pytest.param(["Debit EUR", "Credit EUR"], "EUR", id="both alike"),
        pytest.param(["Debit EUR", "Credit USD"], None, id="two currencies"),
        pytest.param(["TRY OUR AMOUNT"], "TRY", id="a word that is a code"),
        pytest.param(["Amount"], None, id="none"),
    ],
)
def test_the_names_of_money_columns_say_it(columns: list[str], currency: str | None) -> None:
    assert named(*columns) == currency


def test_an_option_that_contradicts_the_header_is_refused_and_one_that_settles_it_is_not() -> None:
    with pytest.raises(CsvSourceError, match=r"'Betrag \(EUR\)' is in EUR, and --currency says USD: leave one out"):
        named("Betrag (EUR)", given="USD")
    assert named("Amount ($)", given="CAD") is None


def test_a_file_without_a_header_names_nothing() -> None:
    assert header_currency(Layout(";", [], 0, 2, {"amount": 0}), "USD") is None
