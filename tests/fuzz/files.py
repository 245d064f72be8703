"""Files: made-up and mutated bytes read as a user's file: one outcome each, in bounded time, and no traceback.

``python -m tests.fuzz.files INPUTS SEED`` tries that many and prints what became of them. An input that breaks the
promise is left in the working folder and named.
"""

import io
import random
import sys
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from ops.csv_import.amount import AmountError, DecimalMark, read_money
from ops.csv_import.cells import RefusedRow
from ops.csv_import.columns import CsvMap
from ops.csv_import.months import months_by_name
from ops.csv_import.row import Row
from ops.csv_import.source import CsvFormat, read_csv
from ops.csv_import.time import time_reader
from ops.errors import OpsError

EXAMPLES = Path(__file__).parents[1] / "ops" / "csv_import" / "files"
CELLS_FOR_A_FILE = 20
SLOWEST_CELL = 0.1  # seconds of CPU time
SLOWEST_FILE = 5.0  # seconds of CPU time
CSV = (
    b"occurred_at,description,amount,currency,category\n2024-01-02,CAFE LUNA,-4.20,EUR,Dining\n"
    b'2024-01-03,"TESCO, 3021",-12.50,GBP,\n2024-01-05,SALARY,1850.00,GBP,Income\n'
)
SEMICOLONS = (
    "sep=;\nKonto;1\n\nBuchungstag;Text;Soll;Haben\n01.02.2024;Büro;1.234,50;\n13.02.2024;Lohn;;2.000,00\n".encode()
)
JSON = b'{"occurred_at":"2024-01-02T10:00:00Z","amount":"-1.5","description":"X","mcc":"5812"}\n' * 3
WORDS = tuple(
    b"< > </ <! <![CDATA[ ]]> & &amp; &#0; &#x110000; : \n:61: :86: :62F: - -} { } { \" ' ; , \t | \r \n \r\n \0 "
    b"\xff\xfe \xef\xbb\xbf <?xml <STMTTRN> </STMTTRN> <OFX> </OFX> <Ntry> </Ntry> <TxDtls> <Amt> 1e9 NaN -- (( "
    b"Cr Dr EUR RC sep=; "
    b"2024-13-45 99999999999999999999 0.0000000001 =1+1 ?20 /NAME/ /REMI/ SVWZ+ \xc3 \xe9 \xe2\x82\xac".split(b" ")
)
OPTIONS = (
    CsvFormat(),
    CsvFormat(encoding="cp1252", date_format="day-first"),
    CsvFormat(decimal=DecimalMark.COMMA, has_header=False),
    CsvFormat(flip_sign=True, currency="EUR", skip_where=("1=x",)),
    CsvFormat(date_format="%d %b %Y", header_line=2),
)
MAPS = (
    "",
    "occurred_at=1,description=2,amount=3",
    "occurred_at=Buchungstag,description=Text,amount_out=Soll,amount_in=Haben",
)
CELL = "0123456789.,-+()' \u00a0\u202f€$£₹CrDRkzł/:TZapm\u0660\u2212\0\n\t\"" + "JanFebMärz\u043e\u043a\u0442"


def seeds() -> list[bytes]:
    """Return one good file of each format."""
    found = [path.read_bytes() for path in sorted(EXAMPLES.iterdir())]
    return [*found, CSV, SEMICOLONS, JSON, _workbook()]


def _workbook() -> bytes:
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (["occurred_at", "description", "amount"], ["2024-01-02", "CAFE", -1.5], ["2024-01-03", "BAR", "=1+1"]):
        sheet.append(row)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def mutated(chance: random.Random, seed: bytes) -> bytes:
    """Return a file with some of its bytes changed, cut, repeated, or swapped for words of the formats."""
    if seed.startswith(b"PK") and chance.random() < 0.8:
        return _mutated_member(chance, seed)
    data = bytearray(seed)
    for _ in range(chance.choice((1, 1, 2, 3, 5, 20))):
        at = chance.randrange(len(data) + 1)
        match chance.randrange(6):
            case 0:
                data[at : at + 1] = bytes([chance.randrange(256)])
            case 1:
                del data[at : at + chance.choice((1, 4, 50, 500))]
            case 2:
                data[at:at] = data[at : at + chance.choice((1, 10, 200))] * chance.choice((1, 2, 30))
            case 3:
                data[at:at] = chance.choice(WORDS) * chance.choice((1, 1, 1, 200))
            case 4:
                end = at + chance.choice((1, 5, 20))
                data[at:end] = chance.choice(WORDS)
            case 5:
                data[at:] = b"" if chance.random() < 0.3 else data[at:]
    return bytes(data)


def _mutated_member(chance: random.Random, seed: bytes) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(seed)) as old, zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as new:
        names = old.namelist()
        chosen = chance.choice([*names, *["xl/worksheets/sheet1.xml"] * len(names)])
        for name in names:
            content = old.read(name)
            new.writestr(name, mutated(chance, b" " + content)[1:] if name == chosen else content)
    return written.getvalue()


def check_file(path: Path, columns: CsvMap, written: CsvFormat) -> str:
    """Read a file to its end; return what became of it. Raises AssertionError where that is no one outcome."""
    began = time.process_time()
    numbers: list[int] = []
    try:
        for row in read_csv(path, columns, written):
            assert isinstance(row, Row | RefusedRow)
            assert row.line >= 1
            if isinstance(row, RefusedRow):
                assert row.reason
                assert "\n" not in row.reason
            numbers.append(row.number or row.line)
        outcome = "read"
    except OpsError as error:
        assert "\n" not in str(error), error
        outcome = "refused"
    assert len(set(numbers)) == len(numbers), "two rows have one number"
    assert time.process_time() - began < SLOWEST_FILE, "took too long"
    return f"{outcome}, {'rows' if numbers else 'no rows'}"


READERS: dict[str, Callable[[str], object]] = {
    name: time_reader(name) for name in ("iso", "day-first", "month-first", "epoch", "%d %b %Y")
}


def check_cell(text: str) -> str:
    """Read a cell as money and as a time in every way; return what it was. Raises AssertionError."""
    began = time.process_time()
    found = []
    for mark in (*DecimalMark, None):
        try:
            money = read_money(text, mark)
        except AmountError as error:
            assert "\n" not in str(error)
        else:
            assert money.amount.strip("-").replace(".", "", 1).isdecimal(), money
            found.append("money")
    for read in READERS.values():
        try:
            read(text)
            found.append("time")
        except ValueError:
            pass
    assert time.process_time() - began < SLOWEST_CELL, "took too long"
    return " and ".join(dict.fromkeys(found)) or "neither"


GOOD_CELLS = (
    "-12.50", "1.234,50", "1'267.00-", "($67.00)", "67.00Cr", "₹1,23,456.78", "EUR -67.00", "\u22125,00 kr", "12.50 DR",
    "2024-03-04", "04/03/2024", "4. März 2024", "Mar 4, 2024 9:05 PM", "20240131120000", "1701022512000", "24-03-31",
    "2024-03-04T01:00:00+02:00", "04 NOV 21",
)  # fmt: skip


def made_cell(chance: random.Random) -> str:
    """Return characters that stand in amounts and dates, few or very many, or a good cell with some of them changed."""
    if chance.random() < 0.5:
        cell = chance.choice(GOOD_CELLS)
        for _ in range(chance.choice((0, 1, 1, 2, 4))):
            at = chance.randrange(len(cell) + 1)
            put = chance.choice((*CELL, "", "  ", chance.choice(GOOD_CELLS), cell[at:] * chance.choice((1, 2, 500))))
            cell = cell[:at] + put + cell[at + chance.choice((0, 1, 1, 3)) :]
        return cell
    length = chance.choice((1, 3, 6, 10, 20, 64, 65, 300, 5_000))
    if chance.random() < 0.3:
        return chance.choice(CELL) * length + "".join(chance.choices(CELL, k=5))
    return "".join(chance.choices(CELL, k=min(length, 300)))


def inputs(count: int, seed: int) -> Iterator[tuple[str, str]]:
    """Yield what kind of input was tried and what became of it: a file after every twenty cells."""
    chance, good = random.Random(seed), seeds()
    months_by_name()  # loads the names once
    maps = [CsvMap.parse(text) for text in MAPS]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bank"
        for number in range(count):
            if number % CELLS_FOR_A_FILE:
                cell = made_cell(chance)
                yield "cell", _named(partial(check_cell, cell), cell.encode(errors="surrogatepass"))
                continue
            source = chance.choice(good)
            data = chance.randbytes(chance.choice((1, 20, 400))) if chance.random() < 0.05 else mutated(chance, source)
            path.write_bytes(data)
            columns, written = chance.choice(maps), chance.choice(OPTIONS)
            if chance.random() < 0.6:
                columns, written = maps[2 if source is SEMICOLONS else 0], OPTIONS[1 if source is SEMICOLONS else 0]
            yield "file", _named(partial(check_file, path, columns, written), data)


def _named(check: Callable[[], str], data: bytes) -> str:
    try:
        return check()
    except BaseException:
        broken = Path(f"broken-{abs(hash(data)):x}")
        broken.write_bytes(data)
        sys.stderr.write(f"broken promise: the input lies in {broken}\n")
        raise


def main() -> None:
    """Try as many inputs as were asked for and print the counts."""
    counts: Counter[str] = Counter()
    for kind, outcome in inputs(int(sys.argv[1]), int(sys.argv[2])):
        counts[f"{kind}: {outcome}"] += 1
    sys.stdout.write(f"{counts.total():,} inputs\n")
    for outcome, count in counts.most_common():
        sys.stdout.write(f"  {count:>10,}  {outcome}\n")


if __name__ == "__main__":
    main()
