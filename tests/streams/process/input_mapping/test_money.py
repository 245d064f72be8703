"""An amount is read from the digits that were written, and its sign from what the mapping says; a doubt is a fault."""

import pytest
from msgspec import Raw

from streams.process.input_mapping.fault import UnreadableError
from streams.process.input_mapping.minor_units import ISO_4217
from streams.process.input_mapping.money import amount_reader, is_absent
from streams.process.input_mapping.path import parse_path
from streams.process.input_mapping.spec import MoneySpec, SignSpec

AMOUNT, WAY = parse_path("amount"), parse_path("way")
INDEX = {"amount": 0, "way": 1}
BY_WAY = SignSpec(source=WAY, out=frozenset({"DBIT"}), into=frozenset({"CRDT"}), is_unsigned=True)


def read(raw: str, way: object = None, *, sign: SignSpec = SignSpec(), minor: object = None, code: str = "EUR") -> str:  # noqa: B008
    reader = amount_reader(MoneySpec(AMOUNT, sign, minor), INDEX)  # type: ignore[arg-type]  # a table or a number
    return reader((Raw(raw.encode()), way), code)


@pytest.mark.parametrize(
    ("raw", "amount"),
    [
        pytest.param("12.50", "-12.50", id="digits as written"),
        pytest.param('"12.50"', "-12.50", id="in quotes"),
        pytest.param("-12.50", "12.50", id="a refund"),
        pytest.param("0.00", "0.00", id="zero goes nowhere"),
        pytest.param("-0", "0", id="nor does minus zero"),
        pytest.param("1.2e3", "-1200", id="exponent"),
        pytest.param("9007199254740993.01", "-9007199254740993.01", id="more digits than a float has"),
    ],
)
def test_positive_is_money_out_where_the_mapping_says_so(raw: str, amount: str) -> None:
    assert read(raw) == amount


def test_the_other_convention_turns_the_sign_and_not_the_digits() -> None:
    other = SignSpec(positive_is_out=False)
    assert (read("12.50", sign=other), read("-12.50", sign=other)) == ("12.50", "-12.50")


def test_a_field_that_says_the_direction_decides_alone() -> None:
    assert (read("5", "DBIT", sign=BY_WAY), read("5", "CRDT", sign=BY_WAY)) == ("-5", "5")
    with pytest.raises(UnreadableError, match="has a sign beside a field that says the direction"):
        read("-5", "DBIT", sign=BY_WAY)
    with pytest.raises(UnreadableError, match="says neither out nor in"):
        read("5", "dbit", sign=BY_WAY)
    with pytest.raises(UnreadableError, match="way: is missing"):
        read("5", None, sign=BY_WAY)


@pytest.mark.parametrize(
    ("raw", "code", "amount"),
    [("1250", "EUR", "-12.50"), ("5", "EUR", "-0.05"), ("1250", "JPY", "-1250"), ("1250", "KWD", "-1.250")],
    ids=["cents", "under one", "no minor unit", "three digits"],
)
def test_minor_units_are_those_of_the_currency(raw: str, code: str, amount: str) -> None:
    assert read(raw, minor=ISO_4217, code=code) == amount


def test_minor_units_that_nobody_gave_and_digits_that_are_none_are_refused_without_the_value() -> None:
    for raw, minor, code in (
        ("1250", ISO_4217, "XXX"),
        ("12.5", 2, "EUR"),
        ("twelve", None, "EUR"),
        ("1e99", None, "EUR"),
    ):
        with pytest.raises(UnreadableError) as refused:
            read(raw, minor=minor, code=code)
        assert raw not in refused.value.error.detail


def test_absence_is_told_from_nothing_to_pay() -> None:
    assert [is_absent(Raw(raw)) for raw in (b"", b"null", b"0", b'""')] == [True, True, False, False]
