"""A row without an id gets one that every export of the same row gives it, and that no other row has."""

from datetime import date

import pytest

from ops.csv_import.row_ids import RowIds

ROW = {
    "user_id": "ann",
    "account_id": "card",
    "day": date(2026, 3, 1),
    "amount": "-4.20",
    "currency": "EUR",
    "description": "CAFE LUNA",
}


def name(**changes: object) -> str:
    return RowIds().name(**(ROW | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({}, id="the same"),
        pytest.param({"amount": "-4.2"}, id="fewer digits of nothing"),
        pytest.param({"amount": "-4.2000"}, id="more digits of nothing"),
        pytest.param({"description": "  Cafe \t luna "}, id="other case and spaces"),
    ],
)
def test_what_means_the_same_has_the_same_id(changes: dict[str, object]) -> None:
    assert name(**changes) == name()


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"user_id": "ben"}, id="user"),
        pytest.param({"account_id": ""}, id="account"),
        pytest.param({"day": date(2026, 3, 2)}, id="day"),
        pytest.param({"amount": "4.20"}, id="sign"),
        pytest.param({"amount": "-420"}, id="amount"),
        pytest.param({"currency": "GBP"}, id="currency"),
        pytest.param({"description": "CAFE LUNAR"}, id="text"),
    ],
)
def test_what_differs_in_anything_has_another(changes: dict[str, object]) -> None:
    assert name(**changes) != name()


def test_an_amount_of_whole_tens_keeps_its_zeros() -> None:
    assert name(amount="-10") != name(amount="-1")
    assert name(amount="-100") == name(amount="-100.00")


def test_the_parts_do_not_run_into_each_other() -> None:
    assert name(user_id="an", account_id="ncard") != name(user_id="ann", account_id="card")


def test_equal_rows_of_one_file_are_numbered() -> None:
    ids = RowIds()
    first, other, second = ids.name(**ROW), ids.name(**(ROW | {"amount": "-1"})), ids.name(**ROW)  # type: ignore[arg-type]
    assert (first[-2:], other[-2:], second[-2:]) == ("-1", "-1", "-2")
    assert first[:-1] == second[:-1]


def test_a_text_that_is_half_a_character_has_an_id_too() -> None:
    assert name(description="caf\ud800") != name(description="caf")
