"""Conditions hold exactly where they say."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from rules.condition import (
    All,
    Amount,
    AnyOf,
    Condition,
    InCountry,
    InCurrency,
    InDirection,
    Mcc,
    MoneyDirection,
    Not,
    OnAccount,
    OnChannel,
    OnDay,
    OnWeekday,
    Text,
    TextKind,
    holds,
    money_direction,
)
from schemas.events.transaction import Channel, Transaction

Make = Callable[..., Transaction]
TEXT = Text(TextKind.WORDS, ("rewe",))
OUT, IN = InDirection(MoneyDirection.OUTFLOW), InDirection(MoneyDirection.INFLOW)
WEDNESDAY_15TH = datetime(2024, 5, 15, 23, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    ("condition", "yes", "no"),
    [
        pytest.param(Mcc(frozenset({"5411"})), {"mcc": "5411"}, {"mcc": None}, id="mcc"),
        pytest.param(
            Amount(Decimal("-100"), Decimal("-99.99")), {"amount": "-99.99"}, {"amount": "-99.98"}, id="amount"
        ),
        pytest.param(Amount(Decimal("0.1"), None), {"amount": "0.10000000"}, {"amount": "0.09999999"}, id="cents"),
        pytest.param(OUT, {"amount": "-0.01"}, {"amount": "-0.00"}, id="outflow"),
        pytest.param(IN, {"amount": "0.01"}, {"amount": "-0.01"}, id="inflow"),
        pytest.param(OnChannel(frozenset({Channel.ATM})), {"channel": Channel.ATM}, {}, id="channel"),
        pytest.param(InCurrency(frozenset({"EUR"})), {"currency": "EUR"}, {"currency": "USD"}, id="currency"),
        pytest.param(InCountry(frozenset({"DE"})), {"country": "DE"}, {"country": "AT"}, id="country"),
        pytest.param(InCountry(frozenset({"GB"})), {"currency": "GBP"}, {"currency": "EUR"}, id="currency's country"),
        pytest.param(InCountry(frozenset({"DE"}), or_unknown=True), {}, {"country": "US"}, id="unknown country"),
        pytest.param(OnAccount(frozenset({"a"})), {"account": "a"}, {"account": "b"}, id="account"),
        pytest.param(
            OnWeekday(frozenset({2})),
            {"occurred_at": WEDNESDAY_15TH},
            {"occurred_at": datetime(2024, 5, 16, tzinfo=UTC)},
            id="weekday",
        ),
        pytest.param(
            OnDay(frozenset({15})),
            {"occurred_at": WEDNESDAY_15TH},
            {"occurred_at": datetime(2024, 5, 16, tzinfo=UTC)},
            id="day",
        ),
        pytest.param(All((OUT, Mcc(frozenset({"1"})))), {"mcc": "1"}, {"mcc": "1", "amount": "1"}, id="all"),
        pytest.param(AnyOf((IN, Mcc(frozenset({"1"})))), {"mcc": "1"}, {"mcc": "2"}, id="any"),
        pytest.param(Not(OUT), {"amount": "0"}, {"amount": "-1"}, id="not"),
    ],
)
def test_a_condition_holds_here_and_not_there(
    make: Make, condition: Condition, yes: dict[str, str], no: dict[str, str]
) -> None:
    assert holds(condition, make(**yes), frozenset())
    assert not holds(condition, make(**no), frozenset())


def test_a_text_holds_where_the_index_found_it(make: Make) -> None:
    assert holds(TEXT, make(), frozenset({TEXT}))
    assert not holds(TEXT, make(), frozenset())


@pytest.mark.parametrize(
    ("amount", "way"),
    [
        ("-12.50", MoneyDirection.OUTFLOW),
        ("12", MoneyDirection.INFLOW),
        ("0.00", None),
        ("-0", None),
        ("0.001", MoneyDirection.INFLOW),
    ],
)
def test_the_sign_says_which_way_the_money_went(amount: str, way: MoneyDirection | None) -> None:
    assert money_direction(amount) is way
