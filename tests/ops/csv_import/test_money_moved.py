"""What a file moved is told to its user, with a word of warning where all amounts have one sign."""

from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest

from ops.csv_import.money_moved import MoneyMoved
from schemas.events.transaction import Transaction

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def moved(*amounts: str) -> MoneyMoved:
    money = MoneyMoved()
    for amount in amounts:
        money.add(row(amount))
    return money


def row(amount: str, at: datetime = NOON) -> Transaction:
    return Transaction(
        schema_version="1.0",
        txn_id="t-1",
        user_id="u-1",
        account_id="card",
        occurred_at=at,
        amount=amount,
        currency="EUR",
        description="CAFE",
    )


def test_nothing_has_no_words_and_no_warning() -> None:
    assert (moved().words(), list(moved().warnings())) == ("", [])


@pytest.mark.parametrize(
    ("amounts", "out", "come"),
    [
        pytest.param(("-1", "2", "3.50"), 1, 2, id="both ways"),
        pytest.param(("0", "0.00"), 0, 0, id="nothing is neither"),
        pytest.param(("-0.01", "0.01"), 1, 1, id="a cent"),
    ],
)
def test_rows_are_counted_by_their_sign(amounts: tuple[str, ...], out: int, come: int) -> None:
    money = moved(*amounts)
    assert (money.money_out, money.money_in) == (out, come)


def test_the_days_are_the_first_and_the_last_whatever_the_order() -> None:
    money = MoneyMoved()
    for day in (5, 2, 9, 4):
        money.add(row("-1", datetime(2026, 3, day, tzinfo=UTC)))
    assert (money.first_day, money.last_day) == (date(2026, 3, 2), date(2026, 3, 9))
    assert money.words() == "4 out and 0 in, from 2026-03-02 to 2026-03-09"


@pytest.mark.parametrize(
    ("amounts", "says"),
    [
        pytest.param(("1", "2"), "all 2 amounts are money coming in: give --flip-sign", id="in alone"),
        pytest.param(("-1", "-2", "0"), "all 2 amounts are money going out", id="out alone"),
        pytest.param(("-1", "2"), None, id="both"),
        pytest.param(("1",), None, id="one row says nothing"),
    ],
)
def test_amounts_of_one_sign_are_pointed_out(amounts: tuple[str, ...], says: str | None) -> None:
    warnings = list(moved(*amounts).warnings())
    assert len(warnings) == (says is not None)
    assert all(warning.startswith(says or "") for warning in warnings)


def test_rows_without_a_currency_and_days_in_the_future_are_said() -> None:
    money = moved("-1", "2")
    assert list(money.warnings(today=NOON.date())) == []
    money.add(msgspec.structs.replace(row("1", NOON + timedelta(days=9)), currency="XXX"))
    future, currency = money.warnings(today=NOON.date())
    assert future.startswith("the last day is 2026-03-11, in the future")
    assert currency == "no currency is named for 1 rows: give --currency"
