"""A preview says how a file would be read, and what is in doubt; it writes nothing and needs no Postgres."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ops.cli.commands import import_

BANK = "Konto;1\n\nDatum;Text;Soll;Haben\n04.03.2024;MIETE;900,00;\n13.03.2024;LOHN;;2.100,00\n14.03.2024;X;x;\n"
OURS = "occurred_at,description,amount\n"
MAP = "occurred_at=Datum,description=Text,amount_out=Soll,amount_in=Haben"


def preview(folder: Path, text: str, *words: str) -> tuple[int, dict[str, object]]:
    (folder / "bank.csv").write_text(text)
    done = CliRunner().invoke(import_.app, [str(folder / "bank.csv"), "--preview", "--json", *words])
    return done.exit_code, json.loads(done.stdout)


def test_a_preview_shows_what_was_found_and_the_rows_as_they_would_load(tmp_path: Path) -> None:
    code, shown = preview(tmp_path, BANK, "--map", MAP, "--date-format", "day-first", "--currency", "EUR")
    assert code == 0
    assert shown["read"] == {
        "format": "a table in text",
        "encoding": "utf-8",
        "delimiter": "';'",
        "header": "line 3",
        "columns": "occurred_at=Datum, description=Text, amount_out=Soll, amount_in=Haben",
        "dates": "day-first",
        "decimal": "comma",
        "signs": "from columns for money out and in",
        "currency": "EUR",
        "account": "csv-account (--account-id)",
    }
    rows = shown["rows"]
    assert isinstance(rows, list)
    assert [(row["line"], row["amount"], row["description"]) for row in rows] == [
        (4, "-900.00", "MIETE"),
        (5, "2100.00", "LOHN"),
    ]
    assert (shown["money_out"], shown["money_in"], shown["first_day"]) == (1, 1, "2024-03-04")
    assert shown["refused"] == [{"reason": "amount_out: is not a number", "count": 1, "line": 6}]
    assert shown["doubts"] == []


@pytest.mark.parametrize(
    ("text", "words", "doubt"),
    [
        pytest.param(BANK, [], "give --map", id="no map"),
        pytest.param(OURS + "2024-03-01,X,5.00\n2024-03-01,Y,5.00\n", [], "--flip-sign", id="one sign"),
        pytest.param(OURS + "2024-03-01,X,5.00\n", [], "give --currency", id="no currency"),
        pytest.param(OURS + '2024-03-01,X,"1,234"\n', [], "give --decimal", id="decimal mark"),
    ],
)  # fmt: skip
def test_a_doubt_names_the_option_that_settles_it(tmp_path: Path, text: str, words: list[str], doubt: str) -> None:
    _, shown = preview(tmp_path, text, *words)
    doubts = shown["doubts"]
    assert isinstance(doubts, list)
    assert any(doubt in one for one in doubts)


def test_a_preview_for_people_holds_the_same(tmp_path: Path) -> None:
    (tmp_path / "bank.csv").write_text(BANK)
    done = CliRunner().invoke(
        import_.app, [str(tmp_path / "bank.csv"), "--preview", "--map", MAP, "--date-format", "day-first"]
    )
    assert done.exit_code == 0
    assert "line 4: 2024-03-04 00:00 -900.00 XXX MIETE" in done.stdout
    assert "doubt: no currency is named for" in done.stdout
