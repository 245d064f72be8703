"""Doubtful files: what looks like another file, amount or date than it is; read right, or refused with the remedy."""

import io
from datetime import date, datetime
from typing import Any

import openpyxl

from tests.support.field_cases import DATE, HEADER, TWO, case

OUT_IN = "--map occurred_at=Date,amount_out=Out,amount_in=In"
AMOUNT_FIRST = "Date,Amount,Description\n"


def workbook(*rows: list[Any], formats: dict[str, str] | None = None) -> bytes:
    """Return a workbook with the usual header and these rows; ``formats`` are of numbers, by cell."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (["Date", "Description", "Amount"], *rows):
        sheet.append(row)
    for cell, number_format in (formats or {}).items():
        sheet[cell].number_format = number_format
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


DOUBTFUL = [
    # Which way money goes
    case(
        "an unmapped column says the direction",
        "Date,Description,Amount,Type\n2024-01-01,A,1.00,Debit\n2024-01-02,B,3,Credit\n2024-01-03,C,3,Transfer\n",
        DATE,
        error="no amount has a sign, and the column 'Type' says 'Debit' and 'Credit': give --map 'direction=Type'",
    ),
    case(
        "an unmapped column says that all money goes out",
        "Date,Description,Amount,Type\n2024-01-01,A,1.00,Debit\n2024-01-02,B,3,Debit\n",
        DATE,
        error="the column 'Type' says 'Debit': give --map 'direction=Type'",
    ),
    case(
        "letters say the direction, whatever the column is called",
        "Date,Description,Amount,X\n2024-01-01,A,1.00,D\n2024-01-02,B,3,C\n",
        f"{DATE} --flip-sign",
        error="give --map 'direction=X', or direction= if it says something else",
    ),
    case(
        "words of a direction beside signed amounts",
        "Date,Description,Amount,Type\n2024-01-01,A,-1.00,Debit\n2024-01-02,B,3,Credit\n",
        DATE,
        "2024-01-01 -1.00 XXX A",
        "2024-01-02 3 XXX B",
    ),
    case(
        "a column that is said to be no direction",
        "Date,Description,Amount,Type\n2024-01-01,A,1.00,D\n2024-01-02,B,3,C\n",
        f"{DATE},direction=",
        "2024-01-01 1.00 XXX A",
        "2024-01-02 3 XXX B",
    ),
    case(
        "money in is forgotten",
        "Date,Description,Withdrawal,Deposit\n2024-01-01,A,1.00,\n2024-01-02,B,,3\n",
        "--map occurred_at=Date,amount_out=Withdrawal",
        error="give --map 'amount_out=Withdrawal,amount_in=Deposit', or amount_in= if it has no other",
    ),
    case(
        "money in is left out on purpose",
        "Date,Description,Withdrawal,Deposit\n2024-01-01,A,1.00,\n",
        "--map occurred_at=Date,amount_out=Withdrawal,amount_in=",
        "2024-01-01 -1.00 XXX A",
    ),
    case(
        "both columns of money are filled",
        "Date,Description,Out,In\n2024-01-01,A,1.00,2.00\n2024-01-02,B,0.00,2.00\n",
        OUT_IN,
        "2024-01-02 2.00 XXX B",
        refused={2: "both hold an amount"},
    ),
    # In which currency
    case(
        "an unmapped column names currencies",
        "Date,Description,Amount,Ccy\n2024-01-01,A,-1.00,USD\n2024-01-02,B,-1.00,JPY\n",
        f"{DATE} --currency EUR",
        error="the column 'Ccy' names currencies (USD, JPY): give --map 'currency=Ccy'",
    ),
    case(
        "an unmapped column names the currency that was given",
        "Date,Description,Amount,Ccy\n2024-01-01,A,-1.00,EUR\n",
        f"{DATE} --currency EUR",
        "2024-01-01 -1.00 EUR A",
    ),
    case(
        "the header has a sign of another currency",
        "Date,Description,Amount (£)\n2024-01-01,A,-1.00\n",
        "--map 'occurred_at=Date,amount=Amount (£)' --currency EUR",
        error="the column 'Amount (£)' is in GBP, and --currency says EUR",
    ),
    case(
        "the header has a sign",
        "Date,Description,Belopp kr\n2024-01-01,A,-1.00\n",
        "--map 'occurred_at=Date,amount=Belopp kr' --currency SEK",
        "2024-01-01 -1.00 SEK A",
    ),
    case(
        "a workbook shows the currency as a format",
        workbook(["2024-01-01", "A", -1.5], ["2024-01-02", "B", -2.5], formats={"C2": "[$€-407] #,##0.00"}),
        f"{DATE} --currency USD",
        "2024-01-02 -2.5 USD B",
        refused={2: "is written in another currency than --currency says"},
    ),
    case(
        "the header has the name of a currency",
        "Date;Libellé;Débit euros;Crédit euros;\n2024-01-15;CARREFOUR;1 080,50;;\n2024-01-16;SALAIRE;;2 150,00;\n",
        "--map 'occurred_at=Date,description=Libellé,amount_out=Débit euros,amount_in=Crédit euros'",
        "2024-01-15 -1080.50 EUR CARREFOUR",
        "2024-01-16 2150.00 EUR SALAIRE",
    ),
    case(
        "the proposal names the columns of direction and currency",
        "Datum;Omschrijving;Af Bij;Bedrag;Munt;Währung\n20240115;A;Af;23,45;x;EUR\n",
        "",
        error="give --map 'occurred_at=Datum,amount=Bedrag,description=Omschrijving,direction=Af Bij,currency=Währung'",
    ),
    # Amounts
    case(
        "marks of writing from right to left",
        HEADER + "2024-01-01,A,\u200e-5.00\u200f\n2024-01-01,B,\u2066-5.00\u2069\n",
        DATE,
        "2024-01-01 -5.00 XXX A",
        "2024-01-01 -5.00 XXX B",
    ),
    case(
        "a decimal comma that parts the row",
        AMOUNT_FIRST + "2024-01-01,-1,50\n2024-01-02,-2,000.00\n2024-01-03,-2.75,12\n",
        DATE,
        "2024-01-03 -2.75 XXX 12",
        refused={2: "a comma within it parted the row", 3: "a comma within it parted the row"},
    ),
    case(
        "numbers that are none",
        HEADER
        + "".join(f"2024-01-01,A,{text}\n" for text in ("1e3", "0x10", "1_000", "50%", "#REF!", "\u0665.00", "5 5")),
        DATE,
        refused=dict.fromkeys(range(2, 9), "amount: "),
    ),
    # Rows
    case(
        "balances among the rows",
        HEADER + "2024-03-01,Opening balance,100.00\n" + TWO + "2024-03-31,Closing Balance as of 31/03/2024,83.20\n",
        DATE,
        "2024-03-01 -14.00 XXX CORNER BOOKSHOP",
        "2024-03-02 -2.80 XXX CITY TRAMS",
        refused={2: "names a balance", 5: "names a balance"},
    ),
    case(
        "a balance that is left out",
        "Datum;Text;Betrag\n01.01.2024;Anfangssaldo;100,00\n02.01.2024;Saldo Rechnung 4;-1,00\n",
        "--map occurred_at=Datum,description=Text,amount=Betrag --date-format day-first --skip-where Text=Anfangssaldo",
        "2024-01-02 -1.00 XXX Saldo Rechnung 4",
    ),
    case(
        "a second table with the columns of money swapped",
        "Date,Description,Out,In\n2024-01-01,A,1.00,\n\nDate,Description,In,Out\n2024-01-02,B,2.00,\n",
        OUT_IN,
        error="line 4 names the columns anew, otherwise than line 1: split the file there",
    ),
    case(
        "the header again in capitals",
        HEADER + "2024-03-01,CORNER BOOKSHOP,-14.00\nDATE,DESCRIPTION,AMOUNT\n2024-03-02,CITY TRAMS,-2.80\n",
        DATE,
        "2024-03-01 -14.00 XXX CORNER BOOKSHOP",
        "2024-03-02 -2.80 XXX CITY TRAMS",
    ),
    case(
        "two columns of one name but for capitals",
        "Date,Description,Amount,amount\n2024-01-02,A,-1.00,-2.00\n",
        DATE,
        error="the file has the column 'amount' twice: give its number, amount=3 or 4",
    ),
    case(
        "a name of a column over two lines",
        '"Booking\nDate",Description,Amount\n2024-01-01,A,-1.00\n',
        "--map 'occurred_at=Booking Date'",
        "2024-01-01 -1.00 XXX A",
    ),
    case(
        "a quote that closes two rows later",
        HEADER + '2024-01-01,"PUB OAK,-1.00\n2024-01-02,B,-2.00\n2024-01-03,C",-3.00\n2024-01-04,E,-1\n',
        DATE,
        "2024-01-04 -1 XXX E",
        refused={2: "holds line 3, a row of its own"},
    ),
    case(
        "NULs to the end of the disk's block",
        (HEADER + TWO).encode() + b"\0" * 500,
        DATE,
        "2024-03-01 -14.00 XXX CORNER BOOKSHOP",
        "2024-03-02 -2.80 XXX CITY TRAMS",
        refused={4: "has 1 cells"},
    ),
    case(
        "a pending row with a date",
        "Buchung;Text;Betrag;Status\n15.01.24;A;-4,20;Gebucht\n16.01.24;B;-100,00;Vorgemerkt\n",
        "--map occurred_at=Buchung,description=Text,amount=Betrag --date-format day-first",
        "2024-01-15 -4.20 XXX A",
        refused={3: "is pending, not booked: leave such rows out with --skip-where"},
    ),
    case(
        "a pending row that is wanted",
        "Buchung;Text;Betrag;Status\n16.01.24;B;-100,00;Vorgemerkt\n",
        "--map occurred_at=Buchung,description=Text,amount=Betrag --date-format day-first --pending",
        "2024-01-16 -100.00 XXX B",
    ),
    # Bytes
    case(
        "UTF-8 under the name of another codec",
        (HEADER + "2024-01-01,Café,-1.00\n").encode(),
        f"{DATE} --encoding cp1252",
        error="is utf-8, not cp1252: leave --encoding out",
    ),
    case(
        "Turkish letters",
        (HEADER + "2024-01-01,Şişli kahvesi,-1.00\n").encode("cp1254"),
        DATE,
        error="give --encoding cp1254 (Turkish) or cp1252",
    ),
    case(
        "Latin-2", (HEADER + "2024-01-01,Zażółć gęślą,-1.00\n").encode("iso8859-2"), DATE, error="--encoding iso8859-2"
    ),
    case(
        "an Excel 2003 workbook",
        '<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"></Workbook>',
        DATE,
        error="is an Excel 2003 workbook in XML: save it as .xlsx or CSV",
    ),
    case("a table of a web page", "<div><table><tr><td>Date</td></tr></table></div>", DATE, error="is a web page"),
    # Days
    case(
        "days in digits are no seconds",
        HEADER + "13032024,A,-1.00\n45352,B,-1.00\n",
        DATE,
        refused={2: "--date-format says how times are written", 3: "--date-format says how times are written"},
    ),
    case(
        "a day in digits read as seconds",
        HEADER + "20240101,A,-1.00\n",
        f"{DATE} --date-format epoch",
        refused={2: "is not a time written as epoch"},
    ),
    case(
        "two digits of the year first",
        HEADER + "24/03/31,A,-1.00\n24/05/06,B,-1.00\n",
        f"{DATE} --date-format day-first",
        error="line 2 would lie in the future: its year may stand first; give --date-format '%y-%m-%d'",
    ),
    case(
        "two digits of the year first, as named",
        HEADER + "24/03/31,A,-1.00\n",
        f"{DATE} --date-format %y/%m/%d",
        "2024-03-31 -1.00 XXX A",
    ),
    case("a pattern with two months", HEADER + TWO, f"{DATE} --date-format '%m %b'", error="a part of the date twice"),
    case(
        "a workbook with dates and texts",
        workbook([date(2024, 3, 4), "A", -1], ["05/04/2024", "B", -2], [datetime(2024, 5, 16, 10), "C", -3]),  # noqa: DTZ001
        f"{DATE} --date-format day-first",
        "2024-03-04 -1 XXX A",
        "2024-04-05 -2 XXX B",
        "2024-05-16 -3 XXX C",
    ),
    case(
        "a workbook whose dates may have been swapped",
        workbook([date(2024, 3, 4), "A", -1], ["13/04/2024", "B", -2]),
        f"{DATE} --date-format day-first",
        error="line 3 holds a text that is a date day-first only, and line 2 a date: the spreadsheet program may have",
    ),
    case(
        "a number of more digits than a workbook keeps",
        workbook(["2024-01-01", 12345678901234567, -1], ["2024-01-02", "B", -2]),
        DATE,
        "2024-01-02 -2 XXX B",
        refused={2: "description: is a number of more than 15 digits"},
    ),
]
