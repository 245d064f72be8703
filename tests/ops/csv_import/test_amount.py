"""Money is never guessed: the sign from the column or the word, the currency from the cell, each conflict refused."""

import time
from pathlib import Path

import pytest

from ops.csv_import.amount import AmountError, DecimalMark, read_amount, read_money
from ops.csv_import.cells import CsvSourceError, RefusedRow
from ops.csv_import.columns import CsvMap, CsvMapError
from ops.csv_import.money_moved import MoneyMoved
from ops.csv_import.row import Row
from ops.csv_import.source import CsvFormat, read_csv
from ops.csv_import.sums import DirectionError

SPLIT = "occurred_at=Date,description=Text,amount_out=Out,amount_in=In"


def read(folder: Path, text: str, columns: str, **written: object) -> list[Row | RefusedRow]:
    path = folder / "bank.csv"
    path.write_text(text)
    return list(read_csv(path, CsvMap.parse(columns), CsvFormat(**written)))  # type: ignore[arg-type]


def amounts(rows: list[Row | RefusedRow]) -> list[str]:
    return [row.transaction.amount if isinstance(row, Row) else row.reason for row in rows]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        pytest.param(["41.20,", ",2100.00"], ["-41.20", "2100.00"], id="one filled a row"),
        pytest.param(["41.20,0.00", "0.00,2100.00"], ["-41.20", "2100.00"], id="nothing written as zero"),
        pytest.param(["41.20", ",2100.00"], ["-41.20", "2100.00"], id="a last cell left out"),
        pytest.param(["-41.20,", "-2.00,"], ["-41.20", "-2.00"], id="money out with its minus"),
        pytest.param(["41.20,-", "-,2100.00"], ["-41.20", "2100.00"], id="dashes for nothing"),
        pytest.param(["41.20,", "0.00,0.00"], ["-41.20", "0.00"], id="neither"),
    ],
)
def test_a_column_for_money_out_and_one_for_money_in_give_the_sign(
    tmp_path: Path, rows: list[str], expected: list[str]
) -> None:
    text = "Date,Text,Out,In\n" + "".join(f"2024-03-01,SHOP,{row}\n" for row in rows)
    assert amounts(read(tmp_path, text, SPLIT)) == expected


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        pytest.param("1.00,2.00", "both hold an amount", id="both"),
        pytest.param(",", "amount_out and amount_in: is empty", id="none"),
        pytest.param("-1.00,", "writes money going out without a minus", id="a refund or a minus too many"),
        pytest.param(",-2.00", "amount_in: is negative", id="negative money in"),
        pytest.param("x,", "amount_out: is not a number", id="no number"),
    ],
)
def test_two_columns_that_contradict_each_other_refuse_the_row(tmp_path: Path, row: str, reason: str) -> None:
    first, second = read(tmp_path, f"Date,Text,Out,In\n2024-03-01,SHOP,5.00,\n2024-03-01,SHOP,{row}\n", SPLIT)
    assert isinstance(first, Row)
    assert isinstance(second, RefusedRow)
    assert reason in second.reason


def test_the_advice_for_such_a_file_names_both_columns(tmp_path: Path) -> None:
    text = "Date,Description,Money out,Money in\n2024-03-01,SHOP,41.20,\n"
    with pytest.raises(Exception, match="amount_out=Money out,amount_in=Money in"):
        read(tmp_path, text, "occurred_at=Date")


@pytest.mark.parametrize("column", ["Money out", "Money in"])
def test_a_column_for_one_direction_is_no_amount_beside_the_other(tmp_path: Path, column: str) -> None:
    text = "Date,Description,Money out,Money in\n2024-03-01,SHOP,41.20,\n"
    with pytest.raises(CsvMapError, match="one direction only: give --map 'amount_out=Money out,amount_in=Money in'"):
        read(tmp_path, text, f"occurred_at=Date,amount={column}")


@pytest.mark.parametrize(
    ("word", "amount"),
    [
        pytest.param("Debit", "-5.00", id="english"),
        pytest.param("CR", "5.00", id="letters"),
        pytest.param("S", "-5.00", id="soll"),
        pytest.param("Haben", "5.00", id="haben"),
        pytest.param("Af", "-5.00", id="dutch out"),
        pytest.param("Bij", "5.00", id="dutch in"),
        pytest.param("DBIT", "-5.00", id="iso 20022"),
        pytest.param("Cargo", "-5.00", id="spanish"),
        pytest.param("Borç", "-5.00", id="turkish"),
        pytest.param("-", "-5.00", id="a minus of its own"),
    ],
)
def test_a_direction_column_gives_the_sign(tmp_path: Path, word: str, amount: str) -> None:
    rows = read(tmp_path, f"occurred_at,description,amount,Way\n2024-03-01,SHOP,5.00,{word}\n", "direction=Way")
    assert amounts(rows) == [amount]


def test_an_unknown_direction_is_refused_and_can_be_named(tmp_path: Path) -> None:
    text = "occurred_at,description,amount,Way\n2024-03-01,SHOP,5.00,Weg\n2024-03-01,PAY,5.00,Her\n"
    refused = read(tmp_path, text, "direction=Way")
    assert all("--direction-words" in reason for reason in amounts(refused))
    assert amounts(read(tmp_path, text, "direction=Way", directions="Weg=out,Her=in")) == ["-5.00", "5.00"]
    with pytest.raises(DirectionError, match="Word=out or Word=in"):
        read(tmp_path, text, "direction=Way", directions="Weg=away")


def test_a_negative_amount_that_comes_in_is_refused(tmp_path: Path) -> None:
    text = "occurred_at,description,amount,direction\n2024-03-01,SHOP,5.00,debit\n2024-03-01,PAY,-5.00,credit\n"
    assert amounts(read(tmp_path, text, "")) == ["-5.00", "amount: is negative, and the direction says money coming in"]


def test_turning_signs_that_columns_give_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DirectionError, match="--flip-sign"):
        read(tmp_path, "Date,Text,Out,In\n2024-03-01,SHOP,5.00,\n", SPLIT, flip_sign=True)


@pytest.mark.parametrize(
    ("cell", "amount", "currency"),
    [
        pytest.param("€ 5.00", "5.00", "EUR", id="euro"),
        pytest.param("5.00 zł", "5.00", "PLN", id="zloty"),
        pytest.param("-5.00 Kč", "-5.00", "CZK", id="koruna"),
        pytest.param("US$5.00", "5.00", "USD", id="a dollar that says whose"),
        pytest.param("Rs.5.00", "5.00", None, id="rupees of several countries"),
        pytest.param("₹1,23,456.78", "123456.78", "INR", id="lakhs"),
        pytest.param("$5.00", "5.00", None, id="a dollar of anybody"),
        pytest.param("5.00 kr", "5.00", None, id="kronor of several countries"),
        pytest.param("CHF 1'267.00-", "-1267.00", "CHF", id="swiss"),
        pytest.param("$5.00 CAD", "5.00", "CAD", id="sign and code"),
        pytest.param("5.00 S", "-5.00", None, id="soll behind it"),
        pytest.param("Rs.50", "50", None, id="the point belongs to the word"),
        pytest.param("S/.12", "12", "PEN", id="soles"),
        pytest.param("$.50", "0.50", None, id="the point belongs to the number"),
    ],
)
def test_signs_and_words_beside_an_amount_are_of_a_closed_list(cell: str, amount: str, currency: str | None) -> None:
    money = read_money(cell, DecimalMark.POINT)
    assert money.amount == amount
    assert (money.currency.alone if money.currency else None) == currency


@pytest.mark.parametrize(
    "cell",
    ["12.50 FEE", "ABC 12.50", "S 12.50", "€5.00 USD", "+5.00 DR", "-5.00 CR", "(5.00", "5.00)", "(-5.00)", "--5",
     "5,-",
     "1\u0662", "12.50 EUR incl. fee", "1 2"],
)  # fmt: skip
def test_any_other_word_or_sign_is_refused(cell: str) -> None:
    with pytest.raises(AmountError):
        read_amount(cell, DecimalMark.POINT)


@pytest.mark.parametrize(
    ("cell", "said", "currency"),
    [
        pytest.param("€5.00", None, "EUR", id="the cell alone"),
        pytest.param("€5.00", "EUR", "EUR", id="agreed"),
        pytest.param("$5.00", "CAD", "CAD", id="the option says whose dollar"),
        pytest.param("$5.00", None, "XXX", id="nobody says whose dollar"),
        pytest.param("5.00", "GBP", "GBP", id="the option alone"),
    ],
)
def test_the_currency_of_the_cell_counts(tmp_path: Path, cell: str, said: str | None, currency: str) -> None:
    text = f"occurred_at,description,amount\n2024-03-01,SHOP,{cell}\n"
    (row,) = read(tmp_path, text, "", currency=said, decimal=DecimalMark.POINT)
    assert isinstance(row, Row), row
    assert row.transaction.currency == currency


def test_a_currency_in_the_cell_against_the_option_or_the_column_is_refused(tmp_path: Path) -> None:
    text = "occurred_at,description,amount,currency\n2024-03-01,SHOP,€5.00,\n2024-03-01,SHOP,€5.00,USD\n"
    one, two = read(tmp_path, text, "", currency="GBP")
    assert amounts([one, two]) == [
        "amount: is written in another currency than --currency says",
        "amount: is written in another currency than its column says",
    ]


def test_the_header_names_the_currency_and_the_option_may_not_contradict_it(tmp_path: Path) -> None:
    text = "occurred_at,description,Amount (EUR)\n2024-03-01,SHOP,5.00\n"
    (row,) = read(tmp_path, text, "amount=Amount (EUR)")
    assert isinstance(row, Row)
    assert row.transaction.currency == "EUR"
    with pytest.raises(CsvSourceError, match="is in EUR, and --currency says GBP"):
        read(tmp_path, text, "amount=Amount (EUR)", currency="GBP")


@pytest.mark.parametrize(
    "cell",
    [
        " " * 1_000_000, "14.00" + " " * 300 + "DEBIT FEE", "POS 123456" + " " * 34 + "MARKET HALL", "1 " * 2_000,
        "-" * 4_000,
        "14.00" + " " * 100_000, "(" * 4_000, "1,2" * 1_300, " 1" * 2_000 + "x", "9" * 4_000, "€" * 4_000,
    ],
    ids=range(11),
)  # fmt: skip
def test_no_cell_takes_long(cell: str) -> None:
    started = time.thread_time()
    for _ in range(100):
        with pytest.raises(AmountError):
            read_amount(cell, DecimalMark.POINT)
    assert (time.thread_time() - started) / 100 < 0.001


def test_a_padded_amount_is_read() -> None:
    assert read_amount("14.00" + " " * 300, DecimalMark.POINT) == "14.00"
    assert read_amount("14.00" + " " * 300 + "DR", DecimalMark.POINT) == "-14.00"


@pytest.mark.parametrize(
    ("signs", "warning"),
    [
        (["", ""], "all 2 amounts are money coming in"),
        (["-", "-"], "all 2 amounts are money going out"),
        (["", "-"], None),
    ],
    ids=["in", "out", "both"],
)
def test_amounts_that_all_have_one_sign_are_said_loudly(tmp_path: Path, signs: list[str], warning: str | None) -> None:
    text = "occurred_at,description,amount\n" + "".join(f"2024-03-01,SHOP,{sign}5.00 EUR\n" for sign in signs)
    moved = MoneyMoved()
    for row in read(tmp_path, text, ""):
        assert isinstance(row, Row)
        moved.add(row.transaction)
    found = list(moved.warnings())
    assert [warning is not None] * len(found) == [True] * len(found)
    assert (warning or "") in " ".join(found)
    assert bool(found) == (warning is not None)
