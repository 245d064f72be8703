import csv
import gzip
import os
import tracemalloc
from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.csv_import.amount import AmbiguousAmountsError, AmountError, DecimalMark, detect_mark, read_amount
from ops.csv_import.cells import CsvSourceError, RefusedRow
from ops.csv_import.columns import CsvMap, CsvMapError
from ops.csv_import.row import Row
from ops.csv_import.source import CsvFormat, read_csv
from ops.csv_import.time import DateFormatError, time_reader
from ops.errors import OpsError
from schemas.crosswalks.country_currency import currency_of
from schemas.events.transaction import Channel

HEADER = "occurred_at,amount,description\n"
GERMAN = "Buchungstag;Betrag;Memo\n31.03.2025;-1.234,56;Mueller & Söhne\n01.04.2025;12,00;Gutschrift\n"
GERMAN_MAP = "occurred_at=Buchungstag,amount=Betrag,description=Memo"


def write(folder: Path, text: str | bytes, name: str = "own.csv") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def read(path: Path, columns: str = "", **written: object) -> list[Row | RefusedRow]:
    return list(read_csv(path, CsvMap.parse(columns), CsvFormat(**written)))  # type: ignore[arg-type]


def only_row(path: Path, columns: str = "", **written: object) -> Row:
    (row,) = read(path, columns, **written)
    assert isinstance(row, Row), row
    return row


def test_a_file_in_our_own_names_needs_no_map(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "txn_id,user_id,account_id,occurred_at,amount,currency,description,merchant,mcc,country,channel,category\n"
        "t1,u1,a1,2025-01-31T10:00:00+02:00,-12.50,eur,REWE 42,Rewe,742,de,POS,Groceries\n",
    )
    row = only_row(path)
    transaction = row.transaction
    assert (row.line, row.category) == (2, "Groceries")
    assert (transaction.txn_id, transaction.user_id, transaction.account_id) == ("t1", "u1", "a1")
    assert transaction.occurred_at == datetime(2025, 1, 31, 8, tzinfo=UTC)
    assert (transaction.amount, transaction.currency, transaction.country) == ("-12.50", "EUR", "DE")
    assert (transaction.merchant, transaction.mcc, transaction.channel) == ("Rewe", "0742", Channel.POS)


def test_a_bank_file_of_another_country_is_read_through_a_map(tmp_path: Path) -> None:
    rows = read(write(tmp_path, GERMAN), GERMAN_MAP, date_format="day-first", currency="EUR")
    read_ = [
        (r.transaction.amount, r.transaction.description, r.transaction.currency) for r in rows if isinstance(r, Row)
    ]
    assert read_ == [("-1234.56", "Mueller & Söhne", "EUR"), ("12.00", "Gutschrift", "EUR")]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"], ids=["comma", "semicolon", "tab", "bar"])
def test_the_delimiter_is_found_out(tmp_path: Path, delimiter: str) -> None:
    text = (
        delimiter.join(["occurred_at", "amount", "description"])
        + "\n"
        + delimiter.join(["2025-01-02", "5", "x"])
        + "\n"
    )
    assert only_row(write(tmp_path, text)).transaction.amount == "5"


def test_a_delimiter_inside_a_column_name_does_not_mislead(tmp_path: Path) -> None:
    path = write(tmp_path, "date;amount, EUR, net;a,b,c,d\n2025-01-02;-5,10;x\n")
    row = only_row(path, 'occurred_at=date,"amount=amount, EUR, net","description=a,b,c,d"')
    assert row.transaction.amount == "-5.10"


@pytest.mark.parametrize(
    ("encoding", "content"),
    [
        pytest.param("utf-8", (HEADER + "2025-01-02,1,Café\n").encode(), id="utf-8"),
        pytest.param("utf-8", b"\xef\xbb\xbf" + (HEADER + "2025-01-02,1,Café\n").encode(), id="utf-8 with a mark"),
        pytest.param("utf-8-sig", b"\xef\xbb\xbf" + (HEADER + "2025-01-02,1,Café\n").encode(), id="utf-8-sig"),
        pytest.param("latin-1", (HEADER + "2025-01-02,1,Café\n").encode("latin-1"), id="latin-1"),
        pytest.param("utf-8", gzip.compress((HEADER + "2025-01-02,1,Café\n").encode()), id="gzip, whatever its name"),
        pytest.param("utf-8", (HEADER + "2025-01-02,1,Café\n").replace("\n", "\r\n").encode(), id="carriage returns"),
        pytest.param("utf-8", (HEADER + "2025-01-02,1,Café\n").replace("\n", "\r").encode(), id="old Macintosh"),
        pytest.param("utf-8", (HEADER + "2025-01-02,1,Café\n").encode("utf-16"), id="utf-16 with a mark"),
        pytest.param("utf-16-be", (HEADER + "2025-01-02,1,Café\n").encode("utf-16-be"), id="utf-16 as named"),
        pytest.param("cp1250", (HEADER + "2025-01-02,1,Café\n").encode("cp1250"), id="another of Python's"),
        pytest.param("cp1252", b"\xef\xbb\xbf" + (HEADER + "2025-01-02,1,Café\n").encode(), id="the mark wins"),
    ],
)
def test_encodings_and_packings(tmp_path: Path, encoding: str, content: bytes) -> None:
    assert only_row(write(tmp_path, content), encoding=encoding).transaction.description == "Café"


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        pytest.param(b"", "is empty", id="empty"),
        pytest.param(b"\n\n\n", "is empty", id="blank lines only"),
        pytest.param(
            (HEADER + "2025-01-02,1,Café\n").encode("latin-1"),
            "line 2 is not utf-8: give --encoding cp1252",
            id="latin-1",
        ),
        pytest.param((HEADER + "2025-01-02,1,x\n").encode("utf-16-le"), "--encoding utf-16-le", id="utf-16 unmarked"),
        pytest.param(gzip.compress(HEADER.encode() * 99)[:-9], "cut short", id="half a gzip"),
        pytest.param(b"a" * 2_000_000, "over a megabyte", id="one endless line"),
        pytest.param(b"Datum,Betrag,Text\n1,2,3\n", "no column for occurred_at", id="other names and no map"),
        pytest.param(
            b"occurred_at,amount,amount,description\n",
            "column 'amount' twice: give its number, amount=2 or 3",
            id="a column twice",
        ),
    ],
)
def test_a_file_that_cannot_be_read_is_one_clear_line(tmp_path: Path, content: bytes, complaint: str) -> None:
    with pytest.raises(OpsError, match=complaint) as caught:
        read(write(tmp_path, content))
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code != 0


def test_a_missing_file_and_a_folder_are_said_to_be_so(tmp_path: Path) -> None:
    with pytest.raises(CsvSourceError, match="no such file"):
        read(tmp_path / "none.csv")
    with pytest.raises(CsvSourceError, match="is a directory"):
        read(tmp_path)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        pytest.param("2025-01-02,twelve,x", "amount: is not a number", id="words for an amount"),
        pytest.param("2025-01-02,,x", "amount: is empty", id="no amount"),
        pytest.param("2025-01-02,NaN,x", "amount: is not a number", id="NaN"),
        pytest.param("2025-01-02,1e5,x", "amount: is not a number", id="exponent"),
        pytest.param("2025-01-02," + "9" * 40 + ",x", "18 digits", id="forty digits"),
        pytest.param("31/12/2025,1,x", "occurred_at: is not a time written as iso", id="another date format"),
        pytest.param("2025-02-30,1,x", "occurred_at", id="a day that is not"),
        pytest.param("0001-01-01T00:00:00+05:00,1,x", "occurred_at", id="before the first day"),
        pytest.param("1950-01-01,1,x", "before 1970", id="before 1970"),
        pytest.param("2025-01-02,1", "has 2 cells where the header has 3", id="a cell short"),
        pytest.param("2025-01-02,1,x,y", "has 4 cells where the header has 3", id="a cell too many"),
        pytest.param("2025-01-02,1," + "x" * 2_000, "description: is longer than 1024", id="a long description"),
        pytest.param('2025-01-02,1,"' + "x" * 200_000, "is not CSV", id="an endless field"),
    ],
)
def test_a_refused_row_is_named_by_line_and_the_others_are_read(tmp_path: Path, row: str, reason: str) -> None:
    path = write(tmp_path, HEADER + "2025-01-01,1.50,before\n" + row + "\n")
    before, refused = read(path)
    assert isinstance(before, Row)
    assert isinstance(refused, RefusedRow)
    assert refused.line == 3
    assert reason in refused.reason


def test_lines_are_counted_through_quoted_line_breaks_and_blank_lines(tmp_path: Path) -> None:
    path = write(tmp_path, HEADER + '2025-01-01,1,"two\nlines"\n\n2025-01-02,oops,x\n2025-01-03,2,y,\n')
    lines = [(type(row).__name__, row.line) for row in read(path)]
    assert lines == [("Row", 2), ("RefusedRow", 5), ("Row", 6)]


def test_no_value_of_a_row_stands_in_its_refusal(tmp_path: Path) -> None:
    path = write(tmp_path, HEADER + "2025-01-02,12secret34,x\nsecret,1,x\n" + f"2025-01-02,1,{'secret' * 300}\n")
    assert all("secret" not in row.reason for row in read(path) if isinstance(row, RefusedRow))
    assert sum(isinstance(row, RefusedRow) for row in read(path)) == 3


def test_missing_columns_get_the_stated_defaults(tmp_path: Path) -> None:
    path = write(tmp_path, HEADER + "2025-01-02,1,x\n2025-01-02,1,x\n")
    one, two = (row for row in read(path) if isinstance(row, Row))
    assert one.transaction.txn_id.endswith("-1")
    assert two.transaction.txn_id.endswith("-2")
    assert (one.transaction.user_id, one.transaction.account_id) == ("csv-user", "csv-account")
    assert (one.transaction.currency, one.transaction.channel, one.category) == ("XXX", None, None)
    assert one.transaction.occurred_at == datetime(2025, 1, 2, tzinfo=UTC)


def ids(path: Path, **written: object) -> list[str]:
    return [row.transaction.txn_id for row in read(path, "", **written) if isinstance(row, Row)]


def test_a_row_without_an_id_is_named_alike_in_every_export_that_holds_it(tmp_path: Path) -> None:
    january = ids(write(tmp_path, HEADER + "2025-01-02,1,Coffee\n2025-01-02,1,Coffee\n2025-01-03,-2,Tram\n"))
    february = ids(write(tmp_path, HEADER + "2025-01-02,1.00,COFFEE \n2025-01-02,1,Coffee\n2025-02-03,-2,Tram\n"))
    assert len(set(january)) == len(set(february)) == 3
    assert january[:2] == february[:2]
    assert january[2] != february[2]


@pytest.mark.parametrize(
    "written",
    [{"user_id": "bob"}, {"account_id": "card"}, {"currency": "EUR"}],
    ids=["user", "account", "currency"],
)
def test_the_name_of_a_row_holds_whose_it_is_and_in_which_currency(tmp_path: Path, written: dict[str, str]) -> None:
    path = write(tmp_path, HEADER + "2025-01-02,1,Coffee\n")
    assert ids(path) != ids(path, **written)


@pytest.mark.parametrize(
    ("cell", "country", "option", "currency"),
    [
        pytest.param("chf", "GB", "USD", "CHF", id="the row's own word first"),
        pytest.param("", "GB", "USD", "USD", id="then the option"),
        pytest.param("", "GB", None, "GBP", id="then the country"),
        pytest.param("", "de", None, "EUR", id="a country of the euro"),
        pytest.param("", "ZZ", None, "XXX", id="else none"),
    ],
)
def test_where_the_currency_comes_from(
    tmp_path: Path, cell: str, country: str, option: str | None, currency: str
) -> None:
    path = write(tmp_path, f"occurred_at,amount,description,currency,country\n2025-01-02,1,x,{cell},{country}\n")
    assert only_row(path, currency=option).transaction.currency == currency


def test_every_currency_of_the_table_is_three_letters() -> None:
    assert currency_of("GB") == "GBP"
    assert currency_of(None) == "XXX"
    assert all(len(currency_of(code)) == 3 for code in ("DE", "JP", "ZA", "AU", "HR"))


def test_a_column_of_our_name_can_be_left_out(tmp_path: Path) -> None:
    path = write(tmp_path, "occurred_at,amount,description,channel\n2025-01-02,1,x,Girocard\n")
    (refused,) = read(path)
    assert isinstance(refused, RefusedRow)
    assert "--map channel= leaves the column out" in refused.reason
    assert only_row(path, "channel=").transaction.channel is None


def test_spending_written_as_positive_is_turned(tmp_path: Path) -> None:
    rows = read(write(tmp_path, HEADER + "2025-01-02,5.10,x\n2025-01-02,-2.00,y\n2025-01-02,0.00,z\n"), flip_sign=True)
    assert [row.transaction.amount for row in rows if isinstance(row, Row)] == ["-5.10", "2.00", "0.00"]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        pytest.param("descripton=Memo", "no field 'descripton': did you mean 'description'", id="misspelt field"),
        pytest.param("zzz=Memo", "no field 'zzz': there are", id="unknown field"),
        pytest.param("amount", "has no '='", id="no equals"),
        pytest.param("amount=a,amount=b", "named twice", id="twice"),
        pytest.param("amount=Betragg", "no column 'Betragg': did you mean 'Betrag'", id="misspelt column"),
        pytest.param(
            "amount=Betrag",
            "no column for occurred_at and description: give --map occurred_at=Buchungstag,description=Memo",
            id="required fields",
        ),
        pytest.param("amount=Betrag,amount_out=Betrag", "do not go together", id="two ways for money"),
    ],
)
def test_a_wrong_map_says_what_was_meant(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(CsvMapError, match=complaint):
        read(write(tmp_path, GERMAN), text)


@pytest.mark.parametrize(
    ("text", "mark", "amount"),
    [
        pytest.param("-12.50", DecimalMark.POINT, "-12.50", id="plain"),
        pytest.param("12,5", DecimalMark.COMMA, "12.5", id="comma"),
        pytest.param("1,234,567.80", DecimalMark.POINT, "1234567.80", id="thousands"),
        pytest.param("1.234.567,80", DecimalMark.COMMA, "1234567.80", id="thousands by points"),
        pytest.param("1 234,56", DecimalMark.COMMA, "1234.56", id="thousands by spaces"),
        pytest.param("1\u00a0234,56 €", DecimalMark.COMMA, "1234.56", id="hard space and euro"),
        pytest.param("1'234.56", DecimalMark.POINT, "1234.56", id="swiss"),
        pytest.param("1,23,456.78", DecimalMark.POINT, "123456.78", id="lakhs"),
        pytest.param("(12.50)", DecimalMark.POINT, "-12.50", id="brackets"),
        pytest.param("12.50-", DecimalMark.POINT, "-12.50", id="sign behind"),
        pytest.param("\u2212 12.50", DecimalMark.POINT, "-12.50", id="a true minus"),
        pytest.param("-£12.50", DecimalMark.POINT, "-12.50", id="pound"),
        pytest.param("£-12.50", DecimalMark.POINT, "-12.50", id="pound before the sign"),
        pytest.param("R 12.50", DecimalMark.POINT, "12.50", id="rand"),
        pytest.param("USD 12.50 DR", DecimalMark.POINT, "-12.50", id="debit"),
        pytest.param("12.50 CR", DecimalMark.POINT, "12.50", id="credit"),
        pytest.param("+5", None, "5", id="whole"),
        pytest.param("007.10", DecimalMark.POINT, "7.10", id="leading zeros"),
        pytest.param(".50", DecimalMark.POINT, "0.50", id="no units"),
        pytest.param("-0.00", DecimalMark.POINT, "0.00", id="no negative zero"),
    ],
)
def test_amounts_as_files_write_them(text: str, mark: DecimalMark | None, amount: str) -> None:
    assert read_amount(text, mark) == amount


@pytest.mark.parametrize(
    ("text", "mark"),
    [
        pytest.param("1.234,56", DecimalMark.POINT, id="the other country's"),
        pytest.param("1,234.56", DecimalMark.COMMA, id="the one country's"),
        pytest.param("12,34", DecimalMark.POINT, id="two digits are no thousands"),
        pytest.param("1,234", None, id="unknown mark"),
        pytest.param("1 23 456", DecimalMark.POINT, id="spaces anywhere"),
        pytest.param("1.2.3", DecimalMark.POINT, id="version number"),
        pytest.param("--5", DecimalMark.POINT, id="two signs"),
        pytest.param("(-5)", DecimalMark.POINT, id="brackets and sign"),
        pytest.param("-5 CR", DecimalMark.POINT, id="negative credit"),
        pytest.param("(5", DecimalMark.POINT, id="half a bracket"),
        pytest.param("5.", DecimalMark.POINT, id="nothing behind the point"),
        pytest.param(".", DecimalMark.POINT, id="only a point"),
        pytest.param("٣", DecimalMark.POINT, id="digits of another script"),
        pytest.param("Infinity", DecimalMark.POINT, id="infinity"),
    ],
)
def test_amounts_that_are_refused(text: str, mark: DecimalMark | None) -> None:
    with pytest.raises(AmountError):
        read_amount(text, mark)


@given(st.decimals(min_value=-(10**15), max_value=10**15, places=2, allow_nan=False))
def test_any_amount_written_either_way_is_read_as_itself(value: Decimal) -> None:
    english = f"{value:,.2f}"
    german = english.translate(str.maketrans(",.", ".,"))
    assert Decimal(read_amount(english, DecimalMark.POINT)) == value
    assert Decimal(read_amount(german, DecimalMark.COMMA)) == value


@given(st.text(max_size=12), st.sampled_from([None, *DecimalMark]))
def test_any_text_is_read_or_refused_as_an_amount(text: str, mark: DecimalMark | None) -> None:
    try:
        amount = read_amount(text, mark)
    except AmountError:
        return
    assert amount.isascii()
    assert Decimal(amount).is_finite()


@pytest.mark.parametrize(
    ("texts", "mark"),
    [
        pytest.param(["5", "-7"], None, id="whole numbers"),
        pytest.param(["1,234", "5.50"], DecimalMark.POINT, id="cents decide"),
        pytest.param(["1.234", "5,5"], DecimalMark.COMMA, id="a comma decides"),
        pytest.param(["1.234.567"], DecimalMark.COMMA, id="two points group"),
        pytest.param(["1.234,56"], DecimalMark.COMMA, id="the last one is the decimal one"),
        pytest.param(["0.125"], DecimalMark.POINT, id="no thousands begin with 0"),
        pytest.param(["1234.567"], DecimalMark.POINT, id="no group has four digits"),
        pytest.param(["junk", "", "5.50"], DecimalMark.POINT, id="junk is left to its row"),
    ],
)
def test_the_decimal_mark_is_found_where_the_column_shows_it(texts: list[str], mark: DecimalMark | None) -> None:
    assert detect_mark(enumerate(texts, 2)) is mark


@pytest.mark.parametrize(
    ("texts", "complaint"),
    [
        pytest.param(["1,234", "5"], "line 2 may mean thousands or thousandths", id="either"),
        pytest.param(["5.50", "5,50"], "point on line 2 and with a decimal comma on line 3", id="both"),
    ],
)
def test_an_ambiguous_column_is_refused(texts: list[str], complaint: str) -> None:
    with pytest.raises(AmbiguousAmountsError, match=complaint):
        detect_mark(enumerate(texts, 2))


def test_the_stated_mark_settles_an_ambiguous_file(tmp_path: Path) -> None:
    path = write(tmp_path, 'occurred_at;amount;description\n2025-01-02;"1,234";x\n')
    with pytest.raises(AmbiguousAmountsError):
        read(path)
    assert only_row(path, decimal=DecimalMark.POINT).transaction.amount == "1234"
    assert only_row(path, decimal=DecimalMark.COMMA).transaction.amount == "1.234"


@pytest.mark.parametrize(
    ("date_format", "text", "instant"),
    [
        pytest.param("iso", "2025-03-04", datetime(2025, 3, 4, tzinfo=UTC), id="date"),
        pytest.param("iso", "2025-03-04 12:30:00", datetime(2025, 3, 4, 12, 30, tzinfo=UTC), id="no offset is UTC"),
        pytest.param("iso", "2025-03-04T01:00:00+02:00", datetime(2025, 3, 3, 23, tzinfo=UTC), id="offset"),
        pytest.param("iso", "2025-03-04T01:00:00Z", datetime(2025, 3, 4, 1, tzinfo=UTC), id="zulu"),
        pytest.param("day-first", "04/03/2025", datetime(2025, 3, 4, tzinfo=UTC), id="british"),
        pytest.param("day-first", "4.3.25 09:05", datetime(2025, 3, 4, 9, 5, tzinfo=UTC), id="german"),
        pytest.param("day-first", "04-03-98", datetime(1998, 3, 4, tzinfo=UTC), id="last century"),
        pytest.param("month-first", "3/4/2025 09:05:06", datetime(2025, 3, 4, 9, 5, 6, tzinfo=UTC), id="american"),
        pytest.param("%d %b %Y", "04 Mar 2025", datetime(2025, 3, 4, tzinfo=UTC), id="pattern"),
    ],
)
def test_dates_as_files_write_them(date_format: str, text: str, instant: datetime) -> None:
    assert time_reader(date_format)(text) == instant


@pytest.mark.parametrize(
    ("date_format", "text"),
    [
        pytest.param("day-first", "03/31/2025", id="month first read as day first"),
        pytest.param("month-first", "31/03/2025", id="day first read as month first"),
        pytest.param("day-first", "2025-03-31", id="iso read as day first"),
        pytest.param("iso", "", id="empty"),
    ],
)
def test_dates_of_another_format_are_refused(date_format: str, text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        time_reader(date_format)(text)


@pytest.mark.parametrize("date_format", ["dmy", "", "%d %Q"])
def test_a_date_format_that_does_not_exist_is_refused(tmp_path: Path, date_format: str) -> None:
    with pytest.raises(DateFormatError):
        read(write(tmp_path, HEADER + "2025-01-02,1,x\n"), date_format=date_format)


def test_a_label_can_bring_its_own_date(tmp_path: Path) -> None:
    path = write(tmp_path, "occurred_at,amount,description,Kategorie,seen\n2025-01-02,1,x,Essen,2025-01-09\n")
    row = only_row(path, "category=Kategorie,label_observed_at=seen")
    assert (row.category, row.label_observed_at) == ("Essen", datetime(2025, 1, 9, tzinfo=UTC))


def test_a_large_file_is_read_row_by_row(tmp_path: Path) -> None:
    path = tmp_path / "large.csv"
    with path.open("w") as stream:
        stream.write(HEADER)
        stream.writelines(f"2025-01-02,-{n % 900}.50,{'shop ' * 40}\n" for n in range(30_000))
    tracemalloc.start()
    count = sum(isinstance(row, Row) for row in read_csv(path, CsvMap.parse(""), CsvFormat()))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 30_000
    assert peak < path.stat().st_size / 2


@given(st.lists(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=30), max_size=8))
def test_no_content_makes_the_reader_fail_otherwise_than_by_its_errors(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str]
) -> None:
    path = write(tmp_path_factory.mktemp("any"), HEADER + "\n".join(lines))
    try:
        rows = read(path)
    except OpsError:
        return
    assert all(isinstance(row, Row | RefusedRow) for row in rows)


def test_the_purchase_cards_are_read_to_the_last_row() -> None:
    folder = os.environ.get("LEDGERMIND_REAL_DATA")
    if not folder:
        pytest.skip("LEDGERMIND_REAL_DATA is not set: real purchases are not at hand")
    path = Path(folder) / "purchase_cards_2014_2016.csv.gz"
    with gzip.open(path, "rt", encoding="utf-8", newline="") as stream:
        expected = sum(1 for _ in csv.DictReader(stream))
    kinds = Counter(
        (type(row).__name__, row.transaction.currency if isinstance(row, Row) else "") for row in read(path)
    )
    assert kinds == {("Row", "GBP"): expected}
