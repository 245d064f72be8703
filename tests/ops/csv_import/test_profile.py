"""A profile keeps how a bank's files are read; each that is shipped reads its bank's columns."""

from pathlib import Path

import pytest

from ops.cli.csv_options import Reading, parse_reading
from ops.cli.profile_options import as_profile
from ops.csv_import.profile import load_profile, parse_profile, save_profile, shipped_names
from ops.csv_import.row import Row
from ops.csv_import.source import read_csv
from ops.errors import OpsError

# One row of each, as public descriptions of these exports name their columns; the values are invented.
EXAMPLES = {
    "amex-us": ("Date,Description,Amount,Extended Details,Appears On Your Statement As,Address,City/State,Zip Code,"
                "Country,Reference,Category\n01/31/2024,CAFE LUNA,4.20,,CAFE LUNA,,,,UNITED STATES,'1',Restaurant\n"),
    "capital-one": ("Transaction Date,Posted Date,Card No.,Description,Category,Debit,Credit\n"
                    "2024-01-31,2024-02-01,1234,CAFE LUNA,Dining,4.20,\n"),
    "chase-card": ("Transaction Date,Post Date,Description,Category,Type,Amount,Memo\n"
                   "01/31/2024,02/01/2024,CAFE LUNA,Food & Drink,Sale,-4.20,\n"),
    "ing-nl": ('"Datum";"Naam / Omschrijving";"Rekening";"Tegenrekening";"Code";"Af Bij";"Bedrag (EUR)"\n'
               '"20240131";"CAFE LUNA";"NL02ABNA0123456789";"";"BA";"Af";"4,20"\n'),
    "mint": ('"Date","Description","Original Description","Amount","Transaction Type","Category","Account Name",'
             '"Labels","Notes"\n"1/31/2024","Cafe Luna","CAFE LUNA","4.20","debit","Coffee Shops","Visa","",""\n'),
    "monzo": ("Transaction ID,Date,Time,Type,Name,Emoji,Category,Amount,Currency,Local amount,Local currency,"
              "Notes and #tags,Address,Receipt,Description,Category split\n"
              "tx_1,31/01/2024,12:00:00,Card payment,CAFE LUNA,,Eating out,-4.20,GBP,-4.20,GBP,,,,CAFE LUNA,\n"),
    "n26": ('"Date","Payee","Account number","Transaction type","Payment reference","Category","Amount (EUR)",'
            '"Amount (Foreign Currency)","Type Foreign Currency","Exchange Rate"\n'
            '"2024-01-31","CAFE LUNA","","MasterCard Payment","","Food","-4.2","-4.2","EUR","1.0"\n'),
    "rabobank": ('"IBAN/BBAN","Munt","BIC","Volgnr","Datum","Rentedatum","Bedrag","Saldo na trn","Naam tegenpartij"\n'
                 '"NL02RABO0123456789","EUR","RABONL2U","000000000000000001","2024-01-31","2024-01-31","-4,20","+9,00",'
                 '"CAFE LUNA"\n'),
    "revolut": ("Type,Product,Started Date,Completed Date,Description,Amount,Fee,Currency,State,Balance\n"
                "CARD_PAYMENT,Current,2024-01-31 09:00:00,2024-02-01 10:00:00,CAFE LUNA,-4.20,0.00,GBP,COMPLETED,9.00\n"
                "CARD_PAYMENT,Current,2024-02-02 09:00:00,,CAFE SOL,-1.00,0.00,GBP,REVERTED,\n"),
    "starling": ("Date,Counter Party,Reference,Type,Amount (GBP),Balance (GBP)\n"
                 "31/01/2024,CAFE LUNA,CAFE,CHIP & PIN,-4.20,9.00\n"),
    "wise": ("TransferWise ID,Date,Amount,Currency,Description,Payment Reference,Running Balance\n"
             "CARD-1,31-01-2024,-4.20,EUR,CAFE LUNA,,9.00\n"),
    "ynab": ('"Account","Flag","Date","Payee","Category Group/Category","Category Group","Category","Memo",'
             '"Outflow","Inflow","Cleared"\n'
             '"Visa","","2024-01-31","CAFE LUNA","Food: Out","Food","Out","",$4.20,$0.00,"Cleared"\n'),
}  # fmt: skip


def test_each_shipped_profile_has_an_example() -> None:
    assert sorted(EXAMPLES) == shipped_names()


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_shipped_profile_reads_the_columns_of_its_bank(tmp_path: Path, name: str) -> None:
    path = tmp_path / "bank.csv"
    path.write_text(EXAMPLES[name])
    reading = parse_reading(f"--profile {name}")
    (row,) = read_csv(path, reading.columns, reading.written)
    assert isinstance(row, Row), row
    one = row.transaction
    assert (one.occurred_at.date().isoformat(), one.amount, one.description) == (
        "2024-01-31",
        "-4.20",
        "CAFE LUNA",
    ) or (name == "n26" and one.amount == "-4.2")
    assert name == "ynab" or len(one.currency) == 3


MINE = """
map: {occurred_at: Datum, amount_out: Soll, amount_in: Haben, description: Text}
format:
  encoding: cp1252
  delimiter: ;
  decimal: comma
  date-format: day-first
  skip-where: [Status=PENDING, Status=NO]
categories:
  Essen: Dining
  Sonstiges:
  NO: Travel
"""


def options(reading: Reading) -> tuple[object, ...]:
    written = reading.written
    return written.encoding, written.delimiter, written.decimal, written.date_format, written.skip_where


def test_what_was_saved_is_what_is_loaded(tmp_path: Path) -> None:
    (tmp_path / "mine.yml").write_text(MINE)
    first = parse_reading(f"--profile {tmp_path / 'mine.yml'}")
    assert options(first) == ("cp1252", ";", "comma", "day-first", ("Status=PENDING", "Status=NO"))
    save_profile(tmp_path / "again.yml", as_profile(first.columns, first.written, first.categories))
    assert parse_reading(f"--profile {tmp_path / 'again.yml'}") == first
    assert (first.categories.find("essen"), first.categories.find("Sonstiges"), first.categories.find("no")) == (
        "Dining", None, "Travel",
    )  # fmt: skip


def test_options_win_over_a_profile_also_where_they_say_what_is_usual(tmp_path: Path) -> None:
    (tmp_path / "mine.yml").write_text(MINE)
    reading = parse_reading(f"--profile {tmp_path / 'mine.yml'} --encoding utf-8 --date-format iso --map amount=Betrag")
    assert options(reading)[0::3] == ("utf-8", "iso")
    assert reading.columns.columns == {"occurred_at": "Datum", "description": "Text", "amount": "Betrag"}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("map: {when: Datum}", "there is no field 'when'"),
        ("map: [a]", "mine.yml:1: expected keys and values here"),
        ("columns: {a: b}", "mine.yml:1: unknown key 'columns'"),
        ("format:\n  colour: red", "mine.yml:2: unknown key 'colour'"),
        ("format:\n  encoding: [a, b]", "encoding is one text"),
        ("categories: {Essen: Lunch}", "there is no category 'Lunch'"),
        ("a: &a [x]\nb: [*a", "is not YAML"),
        ("", "is empty"),
    ],
)
def test_a_profile_that_makes_no_sense_is_refused_by_its_line(text: str, says: str) -> None:
    with pytest.raises(OpsError, match=says.replace("[", r"\[")) as raised:
        parse_profile(text, file="mine.yml")
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("option", "says"),
    [("decimal: dot", "point or comma"), ("header-line: 0", "number of a line"), ("flip-sign: so", "true or false")],
)
def test_a_value_that_is_none_is_refused(tmp_path: Path, option: str, says: str) -> None:
    (tmp_path / "mine.yml").write_text(f"format: {{{option}}}")
    with pytest.raises(OpsError, match=says):
        parse_reading(f"--profile {tmp_path / 'mine.yml'}")


def test_a_profile_that_is_not_there_names_those_that_are() -> None:
    with pytest.raises(OpsError, match="give a file, or one of amex-us, capital-one"):
        load_profile("revolt")
