"""What banks give beside CSV is read by the same options: each amount with its sign, day, currency and own id."""

import datetime
import gc
import gzip
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from ops.csv_import.cells import CsvSourceError, RefusedRow
from ops.csv_import.columns import CsvMap
from ops.csv_import.formats.ofx import as_time
from ops.csv_import.row import Row
from ops.csv_import.source import CsvFormat, open_csv, read_csv
from ops.errors import OpsError

FILES = Path(__file__).parent / "files"
Read = list[tuple[str, str, str, str]]


def read(path: Path, columns: str = "", **written: Any) -> list[Row | RefusedRow]:
    return list(read_csv(path, CsvMap.parse(columns), CsvFormat(**written)))


def said(rows: list[Row | RefusedRow]) -> Read:
    found = []
    for row in rows:
        assert isinstance(row, Row), row
        one = row.transaction
        found.append((one.occurred_at.isoformat()[:16], one.amount, one.currency, one.description))
    return found


CHECKING = [
    ("2024-01-03T17:00", "-4.25", "USD", "CAFE LUNA 1203 PORTLAND OR"),
    ("2024-01-05T00:00", "1850.00", "USD", "ACME & SONS PAYROLL"),
    ("2024-01-09T00:00", "-120", "USD", "CHECK 1017"),
]
CARD = [
    ("2024-01-12T00:00", "-12.50", "GBP", "TESCO STORES 3021"),
    ("2024-01-14T00:00", "-21.00", "EUR", "CAFÉ DE PARIS PARIS FR"),
    ("2024-01-28T00:00", "33.50", "GBP", "PAYMENT THANK YOU"),
]
CAMT = [
    ("2024-01-03T00:00", "-17.90", "EUR", "REWE Markt GmbH Kartenzahlung 02.01. 18:12"),
    ("2024-01-15T00:00", "1800.00", "EUR", "Beispiel AG Gehalt Januar"),
    ("2024-01-20T00:00", "-20.00", "EUR", "Verein A Beitrag"),
    ("2024-01-20T00:00", "-30.00", "EUR", "Verein B Beitrag"),
]
MT940 = [
    ("2024-01-03T00:00", "-17.90", "EUR", "REWE MARKT GMBH EC 1234 02.01. 18.12 UHR BERLIN"),
    ("2024-01-15T00:00", "1800", "EUR", "BEISPIEL AG GEHALT JANUAR"),
    ("2024-01-02T00:00", "-10.00", "EUR", "J JANSEN TERUG"),
]


@pytest.mark.parametrize(
    ("name", "rows", "accounts", "ids"),
    [
        ("checking.qfx", CHECKING, {"999999999/000123456"}, ["20240103001", "20240105001", "20240109001"]),
        ("card.ofx", CARD, {"XXXXXXXXXXXX4242"}, ["c-1", "c-2", "c-3"]),
        (
            "giro.camt053.xml",
            CAMT,
            {"DE02100100100006820101"},
            ["2024010300001", "", "2024012000007-1", "2024012000007-2"],
        ),
        ("giro.sta", MT940, {"10010010/6820101"}, ["", "", ""]),
    ],
)
def test_a_statement_is_read_with_the_ids_of_its_bank(
    tmp_path: Path, name: str, rows: Read, accounts: set[str], ids: list[str]
) -> None:
    found = read(FILES / name)
    assert said(found) == rows
    assert {row.transaction.account_id for row in found if isinstance(row, Row)} == accounts
    assert [row.transaction.txn_id if row.has_own_id else "" for row in found if isinstance(row, Row)] == ids
    assert [row.number for row in found if isinstance(row, Row)] == list(range(1, len(rows) + 1))
    packed = tmp_path / f"{name}.gz"
    packed.write_bytes(gzip.compress((FILES / name).read_bytes()))
    assert said(read(packed)) == rows


def test_options_of_columns_hold_for_a_statement_too() -> None:
    found = read(FILES / "card.ofx", "description=name,account_id=,txn_id=", account_id="visa", user_id="ann")
    assert [row.transaction.description for row in found if isinstance(row, Row)] == [
        "TESCO STORES 3021", "CAFÉ DE PARIS", "PAYMENT THANK YOU",
    ]  # fmt: skip
    assert {(row.transaction.user_id, row.transaction.account_id) for row in found if isinstance(row, Row)} == {
        ("ann", "visa")
    }
    assert not any(row.has_own_id for row in found if isinstance(row, Row))
    assert len(read(FILES / "card.ofx", skip_where=("type=PAYMENT",))) == 2


@pytest.mark.parametrize(
    ("written", "option"),
    [
        ({"delimiter": ";"}, "--delimiter"),
        ({"date_format": "day-first"}, "--date-format"),
        ({"header_line": 3}, "--header-line"),
        ({"sheet": "x"}, "--sheet"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_option_of_another_format_is_refused(written: dict[str, Any], option: str) -> None:
    with pytest.raises(CsvSourceError, match=f"is OFX 2, which has no use for {option}: leave it out"):
        read(FILES / "card.ofx", **written)


def changed(tmp_path: Path, name: str, old: str, new: str) -> Path:
    text = (FILES / name).read_bytes().decode()
    assert old in text
    path = tmp_path / name
    path.write_bytes(text.replace(old, new, 1).encode())
    return path


@pytest.mark.parametrize(
    ("name", "old", "new", "says"),
    [
        ("checking.qfx", "</OFX>", "", "cut short: it ends before </OFX>"),
        ("checking.qfx", "<BANKTRANLIST>", "<BANKTRANLIST", "begins no tag"),
        ("card.ofx", "</OFX>", "", "is no XML"),
        ("card.ofx", "<OFX>", '<!DOCTYPE x [<!ENTITY a "b">]><OFX>', "declares a document type or an entity"),
        (
            "giro.camt053.xml",
            "<Document",
            '<!DOCTYPE x SYSTEM "file:///etc/passwd"><Document',
            "declares a document type",
        ),
        ("giro.camt053.xml", "</Document>", "", "is no XML"),
        ("giro.camt053.xml", "<Stmt>", "<Stmt>" + "<a>" * 80, "deep"),
        ("giro.sta", ":62F:C240131EUR1872,10\r\n", "", "without a closing balance"),
        ("giro.sta", ":25:", ":28:", "names no account"),
    ],
)
def test_a_broken_statement_is_refused_in_one_line(tmp_path: Path, name: str, old: str, new: str, says: str) -> None:
    with pytest.raises(OpsError, match=says) as raised:
        read(changed(tmp_path, name, old, new))
    assert "\n" not in str(raised.value)
    assert name in str(raised.value)


@pytest.mark.parametrize(
    ("name", "old", "new", "line", "says"),
    [
        ("checking.qfx", "-4.25", "-4.x5", 32, "amount: is not a number"),
        ("checking.qfx", "20240103120000[-5:EST]", "20241303", 32, "occurred_at: is not a time"),
        ("card.ofx", "<TRNAMT>-12.50", "<TRNAMT>12.50", 11, "TRNTYPE says DEBIT"),
        ("giro.camt053.xml", "<CdtDbtInd>DBIT</CdtDbtInd><Sts>", "<Sts>", 10, "nobody knows which way"),
        ("giro.camt053.xml", "<Cd>BOOK</Cd>", "<Cd>PDNG</Cd>", 10, "--skip-where status=PDNG"),
        ("giro.camt053.xml", ">17.90<", ">17,90<", 10, "Amt: is not a number"),
        ("giro.camt053.xml", ">17.90<", ">17.91<", 42, "do not come to the closing balance"),
        ("giro.sta", "DR17,90", "17,90", 6, "is no statement line"),
        ("giro.sta", "DR17,90", "CR17,90", 12, "do not come to the closing balance"),
        ("giro.sta", "2401020103", "2413020103", 6, "a day that does not exist"),
        ("giro.sta", "RC10", "EC10", 10, "--skip-where status=expected"),
    ],
)
def test_a_transaction_that_cannot_be_read_is_named_by_its_line(
    tmp_path: Path, name: str, old: str, new: str, line: int, says: str
) -> None:
    refused = [row for row in read(changed(tmp_path, name, old, new)) if isinstance(row, RefusedRow)]
    assert [(row.line, says in row.reason) for row in refused[:1]] == [(line, True)], refused
    assert refused[0].number


def test_a_pending_entry_may_be_left_out(tmp_path: Path) -> None:
    path = changed(tmp_path, "giro.camt053.xml", "<Cd>BOOK</Cd>", "<Cd>PDNG</Cd>")
    rows = read(path, skip_where=("status=PDNG",))
    assert [isinstance(row, Row) for row in rows[:-1]] == [True, True, True]
    assert isinstance(rows[-1], RefusedRow)  # the closing balance counted it


def test_amounts_without_a_sign_go_by_their_type_where_that_is_asked_for(tmp_path: Path) -> None:
    path = changed(tmp_path, "card.ofx", "<TRNAMT>-12.50", "<TRNAMT>12.50")
    path.write_text(path.read_text().replace("-21.00", "21.00").replace("PAYMENT</TRNTYPE>", "CREDIT</TRNTYPE>"))
    assert [amount for _, amount, _, _ in said(read(path, "direction=type"))] == ["-12.50", "-21.00", "33.50"]


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
def test_bytes_of_ofx_1_count_more_than_its_head(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "a.ofx"
    path.write_bytes((FILES / "checking.qfx").read_text().replace("CHECK 1017\n", "CAFÉ\n").encode(encoding))
    assert said(read(path))[2][3] == "CAFÉ"


def test_a_statement_on_one_line_is_named_by_the_number_of_the_transaction(tmp_path: Path) -> None:
    path = tmp_path / "a.ofx"
    head, _, body = (FILES / "checking.qfx").read_text().partition("<OFX>")
    path.write_text(head + "<OFX>" + body.replace("\n", "").replace("-120", "many"))
    (refused,) = (row for row in read(path) if isinstance(row, RefusedRow))
    assert refused.place == "line 11, transaction 3"


def test_the_first_rows_may_be_looked_at() -> None:
    opened = open_csv(FILES / "giro.sta", CsvMap.parse(""), CsvFormat())
    assert (opened.table.kind.value, opened.layout.header_line, opened.table.has_own_header) == ("MT940", 0, True)


Fill = Callable[[Any], None]


def workbook(tmp_path: Path, fill: Fill) -> Path:
    book = openpyxl.Workbook()
    fill(book)
    path = tmp_path / "bank.xlsx"
    book.save(path)
    return path


def rows_of(*rows: tuple[Any, ...], above: int = 0) -> Fill:
    def fill(book: Any) -> None:
        for _ in range(above):
            book.active.append(["Account statement"])
        for row in [("Date", "Text", "Amount"), *rows]:
            book.active.append(row)

    return fill


MAP = "occurred_at=Date,description=Text,amount=Amount"
DAY = datetime.date(2024, 3, 1)


@pytest.mark.parametrize(
    ("cell", "amount"),
    [
        (-12.5, "-12.5"),
        (4.2000000000000002, "4.2"),
        (0.1 + 0.2, "0.3"),
        (-1234567.89, "-1234567.89"),
        (1e3, "1000"),
        (7, "7"),
        (12.345, "12.3450"),
        ("-12,50 €", "-12.50"),
    ],
)
def test_a_number_of_a_workbook_is_the_decimal_that_it_shows(tmp_path: Path, cell: object, amount: str) -> None:
    path = workbook(tmp_path, rows_of((DAY, "CAFE", cell), above=3))
    (row,) = read(path, MAP)
    assert isinstance(row, Row)
    assert (row.line, row.transaction.amount, row.transaction.occurred_at.date()) == (5, amount, DAY)


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ((DAY, "CAFE", "=1+1"), "amount: is a formula"),
        (("=TODAY()", "CAFE", -1), "occurred_at: is a formula"),
        ((DAY, '=HYPERLINK("http://x","y")', -1), "description: is a formula"),
        ((DAY, "CAFE", "#REF!"), "amount: is an error of the spreadsheet"),
    ],
)
def test_a_cell_that_is_computed_is_refused(tmp_path: Path, row: tuple[Any, ...], says: str) -> None:
    (refused,) = read(workbook(tmp_path, rows_of(row)), MAP)
    assert isinstance(refused, RefusedRow)
    assert says in refused.reason


def test_a_formula_in_a_column_that_is_not_read_does_no_harm(tmp_path: Path) -> None:
    def fill(book: Any) -> None:
        book.active.append(["Date", "Text", "Amount", "Balance"])
        book.active.append([DAY, "CAFE", -1.5, "=D1+C2"])

    assert said(read(workbook(tmp_path, fill), MAP)) == [("2024-03-01T00:00", "-1.5", "XXX", "CAFE")]


def test_of_several_sheets_with_rows_one_is_named(tmp_path: Path) -> None:
    def fill(book: Any) -> None:
        rows_of((DAY, "CAFE", -1))(book)
        book.create_sheet("Savings").append(["Date", "Text", "Amount"])
        book["Savings"].append([DAY, "INTEREST", 2])
        book.create_sheet("Notes")

    path = workbook(tmp_path, fill)
    with pytest.raises(CsvSourceError, match="give --sheet with one of 'Sheet', 'Savings'"):
        read(path, MAP)
    assert said(read(path, MAP, sheet="savings"))[0][3] == "INTEREST"
    with pytest.raises(CsvSourceError, match="has no sheet 'x': there are 'Sheet', 'Savings', 'Notes'"):
        read(path, MAP, sheet="x")


def bombed(path: Path, inside: str, content: bytes) -> Path:
    bomb = path.with_name("bomb.xlsx")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, content if name == inside else old.read(name))
    return bomb


ENTITIES = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><worksheet>&b;</worksheet>'


@pytest.mark.parametrize(
    ("content", "says"),
    [
        pytest.param(b"<worksheet>" + b" " * (64 << 20) + b"</worksheet>", "is no workbook of a bank", id="a zip bomb"),
        pytest.param(ENTITIES, "declares XML entities", id="entities"),
        pytest.param(b"<worksheet><sheetData><row", "cut short or broken", id="half a sheet"),
    ],
)
def test_a_hostile_workbook_is_refused_in_one_line(tmp_path: Path, content: bytes, says: str) -> None:
    path = workbook(tmp_path, rows_of((DAY, "CAFE", -1)))
    with pytest.raises(CsvSourceError, match=says) as raised:
        read(bombed(path, "xl/worksheets/sheet1.xml", content), MAP)
    assert "\n" not in str(raised.value)


def test_a_row_far_down_takes_no_time(tmp_path: Path) -> None:
    path = workbook(tmp_path, rows_of((DAY, "CAFE", -1)))
    sheet = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    sheet += b'<row r="99999999999"><c r="A99999999999"><v>1</v></c></row></sheetData></worksheet>'
    with pytest.raises(CsvSourceError, match="is empty"):
        read(bombed(path, "xl/worksheets/sheet1.xml", sheet), MAP)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('{"occurred_at":"2024-01-02T00:00:00Z","amount":-1.5,"description":"X"}', "amount: is a number of JSON"),
        ('{"occurred_at":"2024-01-02T00:00:00Z","amount":"-1.5","description":["X"]}', "description: is a list"),
        ("[1]", "is no JSON object"),
        ("{" * 5000, "is no JSON object"),
    ],
)
def test_a_line_of_json_that_is_no_transaction_is_named(tmp_path: Path, line: str, says: str) -> None:
    path = tmp_path / "a.jsonl"
    good = '{"occurred_at":"2024-01-02T00:00:00Z","amount":"-1.5","description":"CAFE","mcc":5812}'
    path.write_text(f"{good}\n\n{line}\n{good}\n")
    rows = read(path)
    assert [row.line for row in rows] == [1, 3, 4]
    assert isinstance(rows[1], RefusedRow)
    assert says in rows[1].reason
    assert isinstance(rows[2], Row)
    assert rows[2].transaction.mcc == "5812"


def test_all_columns_that_are_missing_are_named_at_once(tmp_path: Path) -> None:
    path = tmp_path / "bank.csv"
    path.write_text("Datum,Betrag,Text\n")
    with pytest.raises(OpsError, match="has no columns 'Tag', 'Summe': there are 'Datum', 'Betrag', 'Text'"):
        read(path, "occurred_at=Tag,amount=Summe,description=Text")


@pytest.mark.parametrize("name", ["checking.qfx", "card.ofx", "giro.camt053.xml", "giro.sta"])
def test_how_much_of_a_file_was_read_is_known(name: str) -> None:
    opened = open_csv(
        FILES / name,
        CsvMap.parse(""),
        CsvFormat(),
    )
    next(opened.rows)
    share = opened.table.share_read()
    assert share is None or 0 < share <= 1  # a short file was read to its end and is closed


def test_an_id_of_the_bank_with_another_amount_is_refused_and_content_may_name_the_rows(tmp_path: Path) -> None:
    path = tmp_path / "zeros.ofx"  # some banks number nothing
    path.write_text((FILES / "card.ofx").read_text().replace(">c-1<", ">0<").replace(">c-2<", ">0<"))
    refused = [row for row in read(path) if isinstance(row, RefusedRow)]
    assert [row.reason.startswith("txn_id: another amount has this id") for row in refused] == [True]
    assert len(said(read(path, "txn_id="))) == 3


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("20240131", "2024-01-31"),
        ("20240131000000[+1:CET]", "2024-01-31"),
        ("202401311230", "2024-01-31T12:30:00+00:00"),
        ("20240131123000.300[-5:EST]", "2024-01-31T12:30:00-05:00"),
        ("20240131123000[+5.5:IST]", "2024-01-31T12:30:00+05:30"),
        ("20240131123000.123[-3:30]", "2024-01-31T12:30:00-03:30"),
        ("31.01.2024", "31.01.2024"),
    ],
)
def test_a_time_of_ofx_keeps_the_day_of_the_bank(written: str, read_as: str) -> None:
    assert as_time(written) == read_as


def test_a_reading_that_is_given_up_leaves_no_trace(capsys: pytest.CaptureFixture[str]) -> None:
    opened = open_csv(FILES / "checking.qfx", CsvMap.parse(""), CsvFormat())
    del opened
    gc.collect()
    assert capsys.readouterr().err == ""


def test_an_amount_that_is_none_is_said_before_its_direction(tmp_path: Path) -> None:
    refused = [row for row in read(changed(tmp_path, "card.ofx", "-21.00", "many")) if isinstance(row, RefusedRow)]
    assert [row.reason for row in refused] == ["amount: is not a number"]
