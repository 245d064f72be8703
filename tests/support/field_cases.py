"""Field cases: bank files as people have them, made by hand, with the options that read each and what comes of it.

Each is named by its number in the list of public reports that they were made from.
"""

from dataclasses import dataclass, field

DATE = "--map occurred_at=Date"
GERMAN = "--map occurred_at=Datum,description=Text,amount=Betrag"
PAD = " " * 300


@dataclass(frozen=True, slots=True)
class FieldCase:
    """A file, its options, and its rows as day, amount, currency and text; or why it is refused, in words of it.

    ``refused`` names the rows that are no transactions, by line.
    """

    name: str
    content: bytes
    options: str
    rows: list[tuple[str, str, str, str]] = field(default_factory=list)
    refused: dict[int, str] = field(default_factory=dict)
    error: str | None = None


def case(
    name: str,
    content: str | bytes,
    options: str,
    *rows: str,
    refused: dict[int, str] | None = None,
    error: str | None = None,
) -> FieldCase:
    """Return a case out of texts; a row is ``day amount currency text``."""
    found: list[tuple[str, str, str, str]] = []
    for row in rows:
        day, amount, currency, text = row.split(" ", 3)
        found.append((day, amount, currency, text))
    return FieldCase(
        name, content if isinstance(content, bytes) else content.encode(), options, found, refused or {}, error
    )


TRAMS = "2024-03-02 -2.80 XXX CITY TRAMS"
BOOKSHOP = "2024-03-01 -14.00 XXX CORNER BOOKSHOP"
TWO = "2024-03-01,CORNER BOOKSHOP,-14.00\n2024-03-02,CITY TRAMS,-2.80\n"
HEADER = "Date,Description,Amount\n"
SIGNS = (
    "2024-03-01,parentheses,($67.00)\n2024-03-01,trailing minus,67.00-\n2024-03-01,DR word,67.00 DR\n"
    "2024-03-01,Cr word,67.00Cr\n2024-03-01,unicode minus,\u221267.00\n2024-03-01,sign after currency,$-67.00\n"
    '2024-03-01,currency code,EUR -67.00\n2024-03-01,swiss,"CHF 1\'267.00-"\n'
    '2024-03-01,lakh,"₹1,23,456.78"\n2024-03-01,plus,+67.00\n'
)
CASES = [
    case(
        "f01 two columns of money",
        "Date,Description,Money out,Money in\n"
        "2024-03-01,MARKET HALL NORTH,41.20,\n2024-03-04,PAYROLL ACME LTD,,2100.00\n",
        "--map 'occurred_at=Date,amount_out=Money out,amount_in=Money in'",
        "2024-03-01 -41.20 XXX MARKET HALL NORTH",
        "2024-03-04 2100.00 XXX PAYROLL ACME LTD",
    ),
    case(
        "f03 lines above the header",
        '"Kontonummer:";"1234567890 / Girokonto"\n\n"Von:";"01.03.2024"\n"Kontostand:";"1.402,11 EUR"\n\n'
        '"Buchungstag";"Verwendungszweck";"Betrag (EUR)"\n"04.03.2024";"Lastschrift Stadtwerke";"-81,40"\n'
        '"05.03.2024";"Gehalt";"2.310,00"\n',
        "--map 'occurred_at=Buchungstag,description=Verwendungszweck,amount=Betrag (EUR)' --date-format day-first",
        "2024-03-04 -81.40 EUR Lastschrift Stadtwerke",
        "2024-03-05 2310.00 EUR Gehalt",
    ),
    case(
        "f04 lines below the rows",
        HEADER + TWO + "Total,,-16.80\nGenerated 2024-03-31\n",
        DATE,
        BOOKSHOP,
        TRAMS,
        refused={4: "is not a time", 5: "has 1 cells"},
    ),
    case(
        "f06 Excel's line for the delimiter",
        "sep=;\r\nDate;Description;Amount\r\n2024-03-01;CORNER BOOKSHOP;-14,00\r\n",
        DATE,
        BOOKSHOP,
    ),
    case(
        "f07 no header",
        "03/01/2024,-14.00,*,,CORNER BOOKSHOP\n03/02/2024,-2.80,*,,CITY TRAMS\n",
        "--no-header --map occurred_at=1,amount=2,description=5 --date-format month-first",
        BOOKSHOP,
        TRAMS,
    ),
    case(
        "f07 no header, unasked",
        "03/01/2024,-14.00,*,,CORNER BOOKSHOP\n",
        "",
        error="give --no-header and the columns by number, as in --map occurred_at=1,amount=2,description=5",
    ),
    case(
        "f07 no header, the first row taken for one",
        "2024-03-01,-14.00,CORNER BOOKSHOP\n2024-03-02,-2.80,CITY TRAMS\n",
        "--map 'occurred_at=2024-03-01,amount=-14.00,description=CORNER BOOKSHOP'",
        error="line 1 holds values, not names of columns",
    ),
    case(
        "f09 a delimiter behind the header",
        "Date;Description;Amount;\n2024-03-01;CORNER BOOKSHOP;-14.00\n2024-03-02;CITY TRAMS;-2.80\n",
        DATE,
        BOOKSHOP,
        TRAMS,
    ),
    case(
        "f10 last cells left out",
        "Date,Description,Amount,Note\n2024-03-01,CORNER BOOKSHOP,-14.00,gift\n2024-03-02,CITY TRAMS,-2.80\n",
        DATE,
        BOOKSHOP,
        TRAMS,
    ),
    case(
        "f11 windows-1252",
        "Datum;Text;Betrag\n2024-03-01;Bäckerei „Zur Mühle“ \u2013 Köln;-4,20 €\n".encode("cp1252"),
        f"{GERMAN} --encoding cp1252",
        "2024-03-01 -4.20 EUR Bäckerei „Zur Mühle“ \u2013 Köln",
    ),
    case(
        "f11 windows-1252, unasked",
        "Datum;Text;Betrag\n2024-03-01;Bäckerei „Zur Mühle“ \u2013 Köln;-4,20 €\n".encode("cp1252"),
        GERMAN,
        error="give --encoding cp1252",
    ),
    case(
        "f13 UTF-16 with a mark",
        "Datum;Text;Betrag\r\n2024-03-01;Pékség Kékszőlő;-1200\r\n".encode("utf-16"),
        GERMAN,
        "2024-03-01 -1200 XXX Pékség Kékszőlő",
    ),
    case("f14 bare carriage returns", (HEADER + TWO).replace("\n", "\r"), DATE, BOOKSHOP, TRAMS),
    case(
        "f16 a mark, and a line break in a cell",
        '\ufeff"Date","Description","Amount"\r\n"2024-03-01","CORNER\nBOOKSHOP ""RED""","-14.00"\r\n',
        DATE,
        '2024-03-01 -14.00 XXX CORNER\nBOOKSHOP "RED"',
    ),
    case(
        "f17 NUL in a text",
        HEADER + "2024-03-01,CORNER\0BOOKSHOP,-14.00\n2024-03-02,CITY TRAMS,-2.80\n",
        DATE,
        TRAMS,
        refused={2: "holds the character U+0000"},
    ),
    case(
        "f18 half a workbook",
        b"PK\x03\x04\x14\0\x06\0\x08\0\0\0!\0xl/workbook.xml" + bytes(80),
        DATE,
        error="is a workbook, but cut short or broken",
    ),
    case(
        "f19 signs",
        HEADER + SIGNS,
        DATE,
        *(f"2024-03-01 -67.00 XXX {text}" for text in ("parentheses", "trailing minus", "DR word")),
        "2024-03-01 67.00 XXX Cr word",
        *(f"2024-03-01 -67.00 XXX {text}" for text in ("unicode minus", "sign after currency")),
        "2024-03-01 -67.00 EUR currency code",
        "2024-03-01 -1267.00 CHF swiss",
        "2024-03-01 123456.78 INR lakh",
        "2024-03-01 67.00 XXX plus",
    ),
    case("f20 the currency of a cell", HEADER + "2024-03-01,A,₹67.00\n", DATE, "2024-03-01 67.00 INR A"),
    case(
        "f20 a currency that contradicts",
        HEADER + "2024-03-01,A,₹67.00\n2024-03-02,B,€1.00\n",
        f"{DATE} --currency EUR",
        "2024-03-02 1.00 EUR B",
        refused={2: "is written in another currency than --currency says"},
    ),
    case(
        "f21 a mark repeated",
        HEADER + "2024-03-01,A,10.999.99\n2024-03-02,B,12.50\n",
        f"{DATE} --decimal point",
        "2024-03-02 12.50 XXX B",
        refused={2: "is not a number with a decimal point"},
    ),
    case(
        "f22 thin blanks in thousands",
        "Date;Description;Amount\n2024-03-01;A;-1\u202f234,56\n2024-03-02;B;-2\u00a0500,00\n",
        DATE,
        "2024-03-01 -1234.56 XXX A",
        "2024-03-02 -2500.00 XXX B",
    ),
    case(
        "f24 padded amounts",
        HEADER + f"2024-03-01,CORNER BOOKSHOP,14.00{PAD}note\n2024-03-02,CITY TRAMS,-2.80{PAD}\n",
        DATE,
        TRAMS,
        refused={2: "amount: is not a number"},
    ),
    case("f26 nothing", HEADER + "2024-03-01,CARD CHECK,0.00\n", DATE, "2024-03-01 0.00 XXX CARD CHECK"),
    case(
        "f27 dates of two readings",
        HEADER + "03/04/2024,A,-1.00\n13/04/2024,B,-2.00\n",
        f"{DATE} --date-format day-first",
        "2024-04-03 -1.00 XXX A",
        "2024-04-13 -2.00 XXX B",
    ),
    case(
        "f27 dates of two readings, misread",
        HEADER + "03/04/2024,A,-1.00\n13/04/2024,B,-2.00\n",
        f"{DATE} --date-format month-first",
        error="give --date-format day-first",
    ),
    case(
        "f29 years of two digits",
        HEADER + "13.03.21,A,-1.00\n31.12.99,B,-2.00\n",
        f"{DATE} --date-format day-first",
        "2021-03-13 -1.00 XXX A",
        "1999-12-31 -2.00 XXX B",
    ),
    case(
        "f30 names of months",
        HEADER + "01 NOV 2021,A,-1.00\n10 oct 2021,B,-2.00\n",
        f"{DATE} --date-format '%d %b %Y'",
        "2021-11-01 -1.00 XXX A",
        "2021-10-10 -2.00 XXX B",
    ),
    case(
        "f32 milliseconds",
        HEADER + "1701022512000,A,-1.00\n",
        f"{DATE} --date-format epoch-ms",
        "2023-11-26 -1.00 XXX A",
    ),
    case(
        "f32 milliseconds, unasked",
        HEADER + "1701022512000,A,-1.00\n",
        DATE,
        refused={2: "give --date-format epoch-ms"},
    ),
    case(
        "f33 compact times",
        HEADER + "20240131120000,A,-1.00\n20240201,B,-2.00\n",
        DATE,
        "2024-01-31 -1.00 XXX A",
        "2024-02-01 -2.00 XXX B",
    ),
    case(
        "f35 equal rows",
        HEADER + "2024-01-05,VENDING LOBBY,-1.50\n2024-01-05,VENDING LOBBY,-1.50\n",
        DATE,
        "2024-01-05 -1.50 XXX VENDING LOBBY",
        "2024-01-05 -1.50 XXX VENDING LOBBY",
    ),
    case(
        "f38 backslashes",
        HEADER + '2024-01-02,"PUB \\"THE OAK\\"",-10.00\n2024-01-03,"PATH C:\\",-2.80\n',
        DATE,
        '2024-01-02 -10.00 XXX PUB "THE OAK"',
        "2024-01-03 -2.80 XXX PATH C:\\",
    ),
    case(
        "f39 commas in the header",
        "Date;Description, long, with commas;Amount, EUR\n2024-01-02;Cafe, Bar, Eis;-10,00\n2024-01-03;Tram;-2,80\n",
        '--map \'occurred_at=Date,"description=Description, long, with commas","amount=Amount, EUR"\'',
        "2024-01-02 -10.00 EUR Cafe, Bar, Eis",
        "2024-01-03 -2.80 EUR Tram",
    ),
    case(
        "f39 commas in the header, unasked",
        "Date;Description, long, with commas;Amount, EUR\n2024-01-02;Cafe, Bar, Eis;-10,00\n",
        "",
        error="where a column is one of 'Date', 'Description, long, with commas', 'Amount, EUR'",
    ),
    case(
        "f43 a pending row",
        "Date,Description,Amount,Status\n,FUEL HOLD,-100.00,PENDING\n2024-03-02,CITY TRAMS,-2.80,BOOKED\n",
        f"{DATE} --skip-where Status=PENDING",
        TRAMS,
    ),
    case(
        "f45 a German file",
        "Datum;Text;Betrag\n05.10.2024;Bäckerei Zon 0;-33,25\n16.08.2024;Stadtwerke 1;-84,58\n",
        f"{GERMAN} --date-format day-first",
        "2024-10-05 -33.25 XXX Bäckerei Zon 0",
        "2024-08-16 -84.58 XXX Stadtwerke 1",
    ),
]
