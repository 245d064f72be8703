"""The table of a file is found among what banks write around it, and no row is lost or swallowed."""

from pathlib import Path

import pytest

from ops.csv_import.cells import RefusedRow
from ops.csv_import.columns import CsvMap
from ops.csv_import.row import Row
from ops.csv_import.source import CsvFormat, open_csv, read_csv
from ops.errors import OpsError

MAP = "occurred_at=Date,amount=Amount,description=Text"
TWO = "2024-03-01,-14.00,BOOKS\n2024-03-02,-2.80,TRAM\n"


def read(folder: Path, text: str | bytes, columns: str = MAP, **written: object) -> list[Row | RefusedRow]:
    path = folder / "bank.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return list(read_csv(path, CsvMap.parse(columns), CsvFormat(**written)))  # type: ignore[arg-type]


def said(rows: list[Row | RefusedRow]) -> list[tuple[int, str]]:
    return [(row.line, row.transaction.description if isinstance(row, Row) else row.reason) for row in rows]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        pytest.param("Date,Amount,Text\n" + TWO, (2, 3), id="the first line"),
        pytest.param("Account:,123\n\nFrom:,2024-03-01\n\nDate,Amount,Text\n" + TWO, (6, 7), id="below other lines"),
        pytest.param("sep=,\nDate,Amount,Text\n" + TWO, (3, 4), id="below Excel's line"),
        pytest.param("\ufeffsep=;\r\nDate;Amount;Text\r\n" + TWO.replace(",", ";"), (3, 4), id="with its delimiter"),
        pytest.param("Date,Amount,Text,,\n" + TWO, (2, 3), id="empty cells behind the header"),
        pytest.param("Date,Amount,Text,Note\n" + TWO, (2, 3), id="last cells left out"),
        pytest.param("Date,Amount,Text\n" + TWO.replace("\n", ",,\n"), (2, 3), id="empty cells behind the rows"),
        pytest.param("Date,,Amount,Text\n" + TWO.replace(",-", ",x,-"), (2, 3), id="a column without a name"),
        pytest.param(("Date,Amount,Text\n" + TWO).replace("\n", "\r"), (2, 3), id="old Macintosh"),
    ],
)
def test_the_rows_are_found(tmp_path: Path, text: str, lines: tuple[int, int]) -> None:
    assert said(read(tmp_path, text)) == [(lines[0], "BOOKS"), (lines[1], "TRAM")]


def test_the_header_may_be_named_by_its_line(tmp_path: Path) -> None:
    text = "Date,Amount,Text\nDate,Text,Amount\n2024-03-01,BOOKS,-14.00\n2024-03-02,TRAM,-2.80\n"
    assert said(read(tmp_path, text, header_line=2)) == [(3, "BOOKS"), (4, "TRAM")]
    with pytest.raises(OpsError, match="no row begins on line 9"):
        read(tmp_path, text, header_line=9)


def test_a_header_that_comes_again_is_no_row(tmp_path: Path) -> None:
    text = "Date,Amount,Text\n2024-03-01,-14.00,BOOKS\nDate,Amount,Text\n2024-03-02,-2.80,TRAM\n"
    assert said(read(tmp_path, text)) == [(2, "BOOKS"), (4, "TRAM")]


@pytest.mark.parametrize(
    "columns", ["", "occurred_at=2024-03-01,amount=-14.00,description=BOOKS"], ids=["none", "values"]
)
def test_a_file_without_a_header_loses_no_row_to_it(tmp_path: Path, columns: str) -> None:
    with pytest.raises(OpsError, match="holds values, not names of columns: give --no-header"):
        read(tmp_path, TWO, columns)


def test_the_advice_for_a_file_without_a_header_can_be_followed(tmp_path: Path) -> None:
    with pytest.raises(OpsError, match="as in --map occurred_at=1,amount=2,description=3"):
        read(tmp_path, TWO, "")
    rows = read(tmp_path, TWO, "occurred_at=1,amount=2,description=3", has_header=False)
    assert said(rows) == [(1, "BOOKS"), (2, "TRAM")]
    with pytest.raises(OpsError, match="number of a column from 1 to 3, not 'Date'"):
        read(tmp_path, TWO, MAP, has_header=False)


def test_a_row_above_the_header_is_not_lost(tmp_path: Path) -> None:
    with pytest.raises(OpsError, match="line 1 is a row above the names"):
        read(tmp_path, "2024-02-01,-9.00,RENT\nDate,Amount,Text\n" + TWO)


def test_a_column_that_stands_twice_is_named_by_its_number(tmp_path: Path) -> None:
    text = "Date,Amount,Amount,Text\n2024-03-01,-1.00,-2.00,BOOKS\n"
    with pytest.raises(OpsError, match="column 'Amount' twice: give its number, amount=2 or 3"):
        read(tmp_path, text)
    (row,) = read(tmp_path, text, "occurred_at=Date,amount=3,description=Text")
    assert isinstance(row, Row)
    assert row.transaction.amount == "-2.00"


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        pytest.param("2024-03-01,BOOKS", "has 2 cells where the header has 4", id="the amount left out"),
        pytest.param("2024-03-01,-14.00,100.00", "has 3 cells where the header has 4", id="the text left out"),
        pytest.param("2024-03-01,A,B,-1.00,9.00", "has 5 cells where the header has 4", id="a comma in the text"),
    ],
)
def test_a_row_whose_cells_may_have_moved_is_refused(tmp_path: Path, row: str, reason: str) -> None:
    text = f"Date,Text,Amount,Balance\n2024-03-01,X,-1.00,5.00\n{row}\n"
    assert said(read(tmp_path, text)) == [(2, "X"), (3, reason)]


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        pytest.param(
            '2024-03-01,"BOOKS,-1.00\n2024-03-02,"TRAM",-2.00\n', "swallows the rows to line 4", id="two quotes"
        ),
        pytest.param(
            '2024-03-01,"BOOKS,-1.00\n2024-03-02,TRAM,-2.00\n', "swallows the rows to line 4", id="never closed"
        ),
        pytest.param(
            '2024-03-01,"BOOKS,-1.00\n2024-03-02,TRAM,-2.00\n2024-03-03,OAK",-3.00\n',
            "holds line 4, a row",
            id="closed later",
        ),
    ],
)
def test_a_quote_that_swallows_rows_is_refused_by_its_lines(tmp_path: Path, rows: str, reason: str) -> None:
    read_ = said(read(tmp_path, "Date,Text,Amount\n2024-02-28,X,-9.00\n" + rows))
    assert read_[0] == (2, "X")
    assert [line for line, _ in read_[1:]] == [3]
    assert reason in read_[1][1]


def test_rows_behind_a_text_that_is_swallowed_at_the_end_of_lines_are_refused(tmp_path: Path) -> None:
    rows = '2024-03-01,-1.00,"BOOKS\n2024-03-02,-2.00,TRAM\n2024-03-03,-3.00,OAK"\n2024-03-04,-4.00,END\n'
    text = f"Date,Amount,Text\n{rows}"
    refused, last = read(tmp_path, text)
    assert isinstance(refused, RefusedRow)
    assert "holds line 3, a row of its own" in refused.reason
    assert said([last]) == [(5, "END")]


def test_rows_can_be_left_out_by_what_stands_in_a_column(tmp_path: Path) -> None:
    text = "Date,Text,Amount,Status\n,HOLD,-9.00,Pending\n2024-03-02,TRAM,-2.80,BOOKED\nTotal,,-11.80,\n"
    (tmp_path / "bank.csv").write_text(text)
    written = CsvFormat(skip_where=("Status=PENDING", "1=total"))
    opened = open_csv(tmp_path / "bank.csv", CsvMap.parse(MAP), written)
    assert said(list(opened.rows)) == [(3, "TRAM")]
    assert opened.left_out.skipped == 2
    for condition in ("Status", "=x", "State=PENDING", "9=x"):
        with pytest.raises(OpsError, match="--skip-where"):
            read(tmp_path, text, skip_where=(condition,))


def test_an_amount_cut_with_its_file_is_refused(tmp_path: Path) -> None:
    (refused,) = read(tmp_path, 'Date,Text,Amount\n2024-03-01,BOOKS,"-14.0')
    assert isinstance(refused, RefusedRow)


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        pytest.param('"two\nlines, with, commas"', "two\nlines, with, commas", id="several lines"),
        pytest.param('"THE ""OAK"""', 'THE "OAK"', id="doubled quotes"),
        pytest.param(r'"PUB \"OAK\""', 'PUB "OAK"', id="escaped quotes"),
        pytest.param('"C:\\"', "C:\\", id="a backslash at the end"),
        pytest.param('5" PIPE', '5" PIPE', id="inches"),
    ],
)
def test_quotes_that_swallow_nothing_are_read(tmp_path: Path, cell: str, text: str) -> None:
    (row,) = read(tmp_path, f"Date,Text,Amount\n2024-03-01,{cell},-14.00\n")
    assert isinstance(row, Row), row
    assert (row.transaction.description, row.transaction.amount) == (text, "-14.00")


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        pytest.param(b"PK\x03\x04" + b"\0" * 26 + b"xl/workbook.xml", "a workbook, but cut", id="half a workbook"),
        pytest.param(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 99, "old Excel workbook", id="xls"),
        pytest.param(b"%PDF-1.7\n", "a PDF", id="pdf"),
        pytest.param(b"\n<!DOCTYPE html><html>", "a web page", id="login page"),
        pytest.param(b"<table><tr><td>Date</td></tr></table>", "a web page", id="a table of HTML"),
        pytest.param(b'<?xml version="1.0"?><rss></rss>', "XML, but neither OFX nor camt", id="xml"),
        pytest.param(b'[{"txn_id":"1"}]\n', "a list of JSON", id="json"),
    ],
)  # fmt: skip
def test_a_file_of_another_kind_is_named_as_what_it_is(tmp_path: Path, content: bytes, complaint: str) -> None:
    with pytest.raises(OpsError, match=complaint) as caught:
        read(tmp_path, content)
    assert "encoding" not in str(caught.value)


GERMAN = "Date;Text;Amount\n2024-03-01;Bäckerei „Zur Mühle“ — Köln;-4,20 €\n2024-03-02;Büro;-19,00 €\n"


def test_the_advice_about_an_encoding_works(tmp_path: Path) -> None:
    content = GERMAN.encode("cp1252")
    with pytest.raises(OpsError, match=r"line 2 is not utf-8: give --encoding cp1252$"):
        read(tmp_path, content)
    with pytest.raises(OpsError, match=r"line 2 is not latin-1: give --encoding cp1252$"):
        read(tmp_path, content, encoding="latin-1")
    rows = [row.transaction for row in read(tmp_path, content, encoding="cp1252") if isinstance(row, Row)]
    assert [(row.description, row.amount, row.currency) for row in rows] == [
        ("Bäckerei „Zur Mühle“ — Köln", "-4.20", "EUR"),
        ("Büro", "-19.00", "EUR"),
    ]


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        pytest.param("Zażółć gęślą jaźń, śnieg, źdźbło i żółw", "cp1250", id="polish"),
        pytest.param(
            "Оплата покупки в магазине Продукты на улице Ленина, перевод средств на карту", "cp1251", id="russian"
        ),
    ],
)
def test_an_encoding_of_another_script_is_not_advised_as_a_western_one(
    tmp_path: Path, text: str, encoding: str
) -> None:
    content = f"Date;Text;Amount\n2024-03-01;{text};-4,20\n".encode(encoding)
    with pytest.raises(OpsError, match="line 2 is not utf-8: give --encoding") as caught:
        read(tmp_path, content)
    advised = str(caught.value).rpartition(" ")[2]
    (row,) = read(tmp_path, content, encoding=advised)
    assert isinstance(row, Row)
    assert row.transaction.description == text


@pytest.mark.parametrize("name", ["klingon", "rot13", "idna", "unicode_escape", "base64", ""])
def test_what_is_no_encoding_of_a_file_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(OpsError, match="there is no encoding"):
        read(tmp_path, GERMAN, encoding=name)
