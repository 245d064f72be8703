"""The amount of a row, wherever its sign stands: in one column, two columns, or in a word beside it."""

import pytest

from ops.csv_import.amount import AmountError
from ops.csv_import.money_words import MARKS
from ops.csv_import.sums import (
    DirectionError,
    SumReader,
    outflow_sign,
    parse_directions,
    settle_currency,
    turned,
)

ONE, TWO, BESIDE = {"amount": 0}, {"amount_out": 0, "amount_in": 1}, {"amount": 0, "direction": 1}


def reader(places: dict[str, int], **changes: object) -> SumReader:
    known: dict[str, object] = {"decimal": ".", "flip_sign": False, "directions": {}, "outflow_is_negative": None}
    return SumReader(places=places, **(known | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("places", "cells", "amount"),
    [
        pytest.param(ONE, ["-4.20"], "-4.20", id="one column"),
        pytest.param(TWO, ["4.20", ""], "-4.20", id="out without a minus"),
        pytest.param(TWO, ["-4.20", "-"], "-4.20", id="out with a minus, a dash for nothing"),
        pytest.param(TWO, ["", "4.20"], "4.20", id="in"),
        pytest.param(TWO, ["0.00", "4.20"], "4.20", id="nothing out, something in"),
        pytest.param(TWO, ["0.00"], "0.00", id="nothing out, and the row ends there"),
        pytest.param(BESIDE, ["4.20", "DR"], "-4.20", id="a word for out"),
        pytest.param(BESIDE, ["4.20", " Haben "], "4.20", id="a word for in"),
        pytest.param(BESIDE, ["0.00", "DR"], "0.00", id="nothing has no sign"),
    ],
)
def test_money_out_is_negative_however_it_is_written(places: dict[str, int], cells: list[str], amount: str) -> None:
    assert reader(places).read(cells).amount == amount


def test_a_file_that_writes_spending_without_a_minus_is_turned_on_demand() -> None:
    assert reader(ONE, flip_sign=True).read(["4.20"]).amount == "-4.20"
    assert reader(ONE, flip_sign=True).read(["0"]).amount == "0"


@pytest.mark.parametrize(
    ("places", "cells", "says"),
    [
        pytest.param(TWO, ["", ""], "amount_out and amount_in: is empty", id="neither"),
        pytest.param(TWO, ["1", "2"], "both hold an amount", id="both"),
        pytest.param(TWO, ["", "-2"], "amount_in: is negative", id="in with a minus"),
        pytest.param(TWO, ["tea", ""], "amount_out", id="no number, named by its column"),
        pytest.param(BESIDE, ["-2", "CR"], "the direction says money coming in", id="sign against word"),
        pytest.param(BESIDE, ["2", ""], "direction: is empty", id="no word"),
        pytest.param(BESIDE, ["2", "sideways"], "give --direction-words", id="an unknown word"),
    ],
)
def test_what_does_not_fit_together_is_refused_by_column(places: dict[str, int], cells: list[str], says: str) -> None:
    with pytest.raises(AmountError, match=says):
        reader(places).read(cells)


@pytest.mark.parametrize(("is_negative", "cell"), [(True, "4.20"), (False, "-4.20")])
def test_a_row_that_writes_money_out_otherwise_than_its_file_is_refused(is_negative: bool, cell: str) -> None:
    with pytest.raises(AmountError, match="the file writes money going out"):
        reader(TWO, outflow_is_negative=is_negative).read([cell, ""])


@pytest.mark.parametrize(
    ("places", "rows", "sign"),
    [
        pytest.param(TWO, [["0", "1"], ["-3", ""]], True, id="the first that moves money"),
        pytest.param(TWO, [["tea", ""], ["3", ""]], False, id="a row that cannot be read is passed"),
        pytest.param(BESIDE, [["-1", "CR"], ["1", "DR"]], False, id="only what goes out counts"),
        pytest.param(BESIDE, [["-1"]], None, id="a row that is too short"),
        pytest.param(ONE, [["-1"]], None, id="one column tells nothing"),
    ],
)
def test_the_sign_of_money_out_is_that_of_the_first_row_that_tells(
    places: dict[str, int], rows: list[list[str]], sign: bool | None
) -> None:
    assert outflow_sign(reader(places), rows) is sign


def test_words_of_a_user_come_before_the_known_ones() -> None:
    directions = parse_directions(" DR = in , Weg=out,")
    assert directions == {"dr": False, "weg": True}
    assert reader(BESIDE, directions=directions).read(["4.20", "DR"]).amount == "4.20"


@pytest.mark.parametrize("text", ["Weg", "Weg=away", "=out"])
def test_a_word_without_a_way_is_refused(text: str) -> None:
    with pytest.raises(DirectionError, match="write Word=out or Word=in"):
        parse_directions(text)


@pytest.mark.parametrize(("amount", "other"), [("1", "-1"), ("-1", "1"), ("0", "0"), ("-0.00", "-0.00")])
def test_turning_turns_what_has_a_sign(amount: str, other: str) -> None:
    assert turned(amount) == other


@pytest.mark.parametrize(
    ("mark", "said", "currency"),
    [(None, None, None), (None, "EUR", "EUR"), ("$", None, None), ("$", "CAD", "CAD"), ("£", None, "GBP")],
)
def test_a_mark_and_a_word_settle_the_currency(mark: str | None, said: str | None, currency: str | None) -> None:
    assert settle_currency(None if mark is None else MARKS[mark], said=said, by="--currency") == currency


def test_a_mark_against_a_word_is_refused() -> None:
    with pytest.raises(ValueError, match="another currency than --currency says"):
        settle_currency(MARKS["€"], said="USD", by="--currency")
