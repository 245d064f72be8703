"""What a user is told of the files that are read beside CSV: which they are, and what of them is refused."""

import json
import re
import textwrap
from pathlib import Path

import openpyxl
import pytest

from tests.promises.conftest import RunCommand
from tests.promises.terminal import at_a_terminal

FILES = Path(__file__).parents[1] / "ops" / "csv_import" / "files"
ENTRY_POINT = "[ledgermind.readers]\nmybank = mybank_reader:read\n"
SOURCE_ROWS = {
    "checking.qfx": "<STMTTRN>",
    "card.ofx": "<STMTTRN>",
    "giro.camt053.xml": "<TxDtls>",
    "giro.sta": r"(?m)^:61:",
}


def workbook(folder: Path, amount: object) -> str:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["occurred_at", "description", "amount"])
    sheet.append(["2026-01-02", "CAFE LUNA", amount])
    book.save(folder / "bank.xlsx")
    return "bank.xlsx"


@pytest.mark.promise(
    "A file says itself whether it is CSV, XLSX, OFX or QFX, CAMT, MT940 or JSON lines", "docs/BAD_INPUT.md"
)
@pytest.mark.parametrize("name", SOURCE_ROWS)
def test_each_transaction_of_a_statement_is_shown_under_any_name(run: RunCommand, tmp_path: Path, name: str) -> None:
    (tmp_path / "download").write_bytes((FILES / name).read_bytes())
    shown = run("import", "download", "--preview", "--json")
    assert shown.code == 0, shown.stderr
    preview = json.loads(shown.stdout)
    assert preview["sampled"] == len(re.findall(SOURCE_ROWS[name], (FILES / name).read_bytes().decode()))
    assert preview["money_out"] + preview["money_in"] == preview["sampled"]
    assert preview["refused"] == []


@pytest.mark.promise(
    "They also read OFX 1 and 2 (QFX), CAMT.052 to .054, MT940 and MT942, XLSX and JSON lines", "CHANGELOG.md"
)
def test_a_workbook_is_read_and_its_formulas_are_refused(run: RunCommand, tmp_path: Path) -> None:
    shown = json.loads(run("import", workbook(tmp_path, -4.2), "--preview", "--json").stdout)
    assert [(row["amount"], row["line"]) for row in shown["rows"]] == [("-4.2", 2)]
    refused = run("validate", workbook(tmp_path, "=1+1"))
    assert refused.code == 1
    assert "2: refused (amount: is a formula" in refused.stdout


@pytest.mark.promise("`simulate --out` writes what all of them read", "docs/BAD_INPUT.md")
@pytest.mark.parametrize("name", ["past.csv", "past.jsonl.gz"])
def test_what_simulate_writes_is_read(run: RunCommand, tmp_path: Path, name: str) -> None:
    assert run("simulate", "--users", "2", "--days", "10", "--limit", "20", "--out", name).code == 0
    shown = json.loads(run("import", name, "--preview", "--json").stdout)
    assert (shown["sampled"], shown["refused"]) == (20, [])


@pytest.mark.promise("a document type, an entity, a name of another file in XML", "docs/BAD_INPUT.md")
@pytest.mark.parametrize(
    "declared", ['<!ENTITY a "b">', '<!ENTITY a SYSTEM "file:///etc/passwd">'], ids=["bomb", "file"]
)
def test_entities_are_refused_in_one_line(run: RunCommand, tmp_path: Path, declared: str) -> None:
    text = (FILES / "giro.camt053.xml").read_text().replace("<Document", f"<!DOCTYPE x [{declared}]><Document", 1)
    (tmp_path / "bank.xml").write_text(text.replace("Beitrag", "&a;"))
    done = run("import", "bank.xml", LEDGERMIND_POSTGRES_DSN="postgresql://127.0.0.1:1/none")
    assert done.code == 2
    (line,) = [line for line in done.stderr.splitlines() if line.strip()]
    assert "bank.xml: line 2 declares a document type or an entity" in line


def plug_in(folder: Path, body: str) -> dict[str, str]:
    """Install a package whose reader has this body, and return the variables by which programs see it."""
    (folder / "site" / "mybank-1.0.dist-info").mkdir(parents=True)
    metadata = {"METADATA": "Metadata-Version: 2.1\nName: mybank\nVersion: 1.0\n", "entry_points.txt": ENTRY_POINT}
    for name, text in metadata.items():
        (folder / "site" / "mybank-1.0.dist-info" / name).write_text(text)
    (folder / "site" / "mybank_reader.py").write_text(f"def read(path):\n{textwrap.indent(body, '    ')}\n")
    (folder / "statement.bin").write_bytes(b"\x00 20260102;CAFE LUNA;-4.20;EUR")
    return {"PYTHONPATH": str(folder / "site")}


@pytest.mark.promise("then reads the file, with the same checks and messages as any other", "docs/BAD_INPUT.md")
def test_a_plug_in_reads_what_nobody_else_does(run: RunCommand, tmp_path: Path) -> None:
    variables = plug_in(
        tmp_path,
        """
for line in path.read_bytes().decode().strip("\\0 ").splitlines():
    day, text, amount, currency = line.split(";")
    booked = f"{day[:4]}-{day[4:6]}-{day[6:]}"
    yield {"booked": booked, "amount": amount, "currency": currency, "description": text}
""",
    )
    words = ("import", "statement.bin", "--reader", "mybank", "--preview", "--json")
    shown = run(*words, "--map", "occurred_at=booked", **variables)
    assert shown.code == 0, shown.stderr
    (row,) = shown.json["rows"]
    assert (row["amount"], row["currency"], row["description"]) == ("-4.20", "EUR", "CAFE LUNA")
    missing = run("import", "statement.bin", "--reader", "other", "--preview", "--json", **variables)
    assert missing.code == 2
    assert "there is no reader 'other': installed are mybank" in missing.stdout


@pytest.mark.promise("refused with the readers that are, or with the row behind which it failed", "docs/BAD_INPUT.md")
@pytest.mark.parametrize(
    ("body", "code", "said"),
    [
        pytest.param(
            'yield {"occurred_at": "2026-01-02", "amount": -4.2, "description": "CAFE"}',
            1,
            "1: refused (amount: is float from the reader: it gives texts",
            id="a float",
        ),
        pytest.param(
            'yield {"occurred_at": "2026-01-02", "amount": "-4.20", "description": "CAFE"}\nraise KeyError("day")',
            2,
            "reader mybank failed behind row 1 of statement.bin: KeyError",
            id="a failure",
        ),
        pytest.param("import nothing_of_this_name", 2, "reader mybank failed behind row 0", id="an import"),
    ],
)
def test_a_plug_in_that_fails_is_told_in_one_line(
    run: RunCommand, tmp_path: Path, body: str, code: int, said: str
) -> None:
    variables = plug_in(tmp_path, body)
    done = run("validate", "statement.bin", "--reader", "mybank", **variables)
    assert done.code == code, done.stderr
    assert said in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.promise("An option that the format has no use for is refused", "docs/BAD_INPUT.md")
def test_an_option_for_another_format_is_refused(run: RunCommand, tmp_path: Path) -> None:
    (tmp_path / "bank.ofx").write_bytes((FILES / "card.ofx").read_bytes())
    done = run("validate", "bank.ofx", "--date-format", "day-first")
    assert (done.code, "has no use for --date-format: leave it out" in done.stderr) == (2, True)


GERMAN = "Buchungstag;Text;Soll;Haben;Kategorie\n01.02.2026;CAFE;4,20;;Essen\n13.02.2026;LOHN;;2.000,00;Sonst\n"
MAP = "occurred_at=Buchungstag,description=Text,amount_out=Soll,amount_in=Haben,category=Kategorie"


@pytest.mark.promise("`--profile FILE` reads the next file the same way", "docs/BAD_INPUT.md")
@pytest.mark.promise("each name once with the number of its rows and the first line", "docs/BAD_INPUT.md")
def test_a_profile_keeps_map_format_and_categories(run: RunCommand, tmp_path: Path) -> None:
    (tmp_path / "bank.csv").write_text(GERMAN)
    words = ("--map", MAP, "--date-format", "day-first", "--currency", "EUR", "--preview", "--json")
    first = json.loads(run("import", "bank.csv", *words, "--save-profile", "mine.yml").stdout)
    (doubt,) = first["doubts"]
    assert "'Essen' (1), 'Sonst' (1); give --category-map" in doubt
    (tmp_path / "categories.yml").write_text("Essen: Dining\nSonst:\n")
    translated = ("--category-map", "categories.yml", "--preview", "--json")
    again = json.loads(run("import", "bank.csv", "--profile", "mine.yml", *translated).stdout)
    assert again["rows"] == first["rows"]
    assert again["doubts"] == []


@pytest.mark.promise("`--profile` also takes the name of a profile that comes with the program", "docs/BAD_INPUT.md")
def test_a_shipped_profile_is_taken_by_name(run: RunCommand, tmp_path: Path) -> None:
    (tmp_path / "bank.csv").write_text("Date,Counter Party,Reference,Type,Amount (GBP)\n31/01/2026,CAFE,X,CHIP,-4.20\n")
    (row,) = json.loads(run("import", "bank.csv", "--profile", "starling", "--preview", "--json").stdout)["rows"]
    assert (row["occurred_at"][:10], row["amount"], row["currency"]) == ("2026-01-31", "-4.20", "GBP")
    assert "one of amex-us" in run("import", "bank.csv", "--profile", "starlin", "--preview").stderr


@pytest.mark.promise(
    "At a terminal it asks for the columns that it does not find; without one it refuses and proposes `--map`.",
    "docs/BANK_FILES.md",
)
def test_at_a_terminal_the_columns_are_confirmed_one_by_one(run: RunCommand, tmp_path: Path) -> None:
    (tmp_path / "bank.csv").write_text("Date;Text of it;Money\n2026-01-02;CAFE LUNA;-4.20\n")
    refused = run("import", "bank.csv", "--preview")
    assert refused.code == 2
    assert "no column for occurred_at, amount and description: give --map" in refused.stdout
    with at_a_terminal("import", "bank.csv", "--preview", directory=tmp_path, variables={}) as terminal:
        terminal.wait_for("occurred_at [Date]: ")
        terminal.type_line("")
        terminal.wait_for("amount: ")
        terminal.type_line("cash")
        terminal.wait_for("there is no column 'cash'")
        terminal.type_line("money")
        terminal.wait_for("description: ")
        terminal.type_line("2")
        assert terminal.exit_code() == 0
        terminal.wait_for("2026-01-02 00:00 -4.20 XXX CAFE LUNA")
        option = re.search(r"the same without questions: --map '?([^'\r\n]*)", terminal.said)
    assert option is not None
    assert "CAFE LUNA" in run("import", "bank.csv", "--preview", "--map", option[1]).stdout
