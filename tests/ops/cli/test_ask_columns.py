from collections.abc import Callable
from pathlib import Path

import pytest

from ops.cli.ask_columns import ask_columns, confirmed
from ops.cli.csv_options import Reading
from ops.csv_import.columns import CsvMap, NoColumnError
from ops.csv_import.source import CsvFormat, read_csv

FILE = "Posted;Text of it;Money\n2024-01-02;CAFE LUNA;-4.20\n2024-01-03;TESCO 3021;-12.50\n"
SPLIT = "Date,Payee,Debit,Credit\n2024-01-02,CAFE LUNA,4.20,\n2024-01-03,SALARY,,1850.00\n"


def reading(columns: str = "") -> Reading:
    return Reading(CsvMap.parse(columns), CsvFormat(currency="EUR"))


def answers(*words: str) -> Callable[[str], str]:
    left = iter(words)
    return lambda _: next(left)


def ask(tmp_path: Path, text: str, *words: str, columns: str = "") -> tuple[Reading, list[str]]:
    file, shown = tmp_path / "bank.csv", list[str]()
    file.write_text(text)
    return ask_columns(file, reading(columns), read=answers(*words), show=shown.append), shown


@pytest.mark.parametrize(
    ("text", "words", "columns"),
    [
        pytest.param(FILE, ["posted", "Money", "2"], "Posted Money Text of it", id="names in any case and a number"),
        pytest.param(FILE, ["", "nothing", "-", "1", "3", "2"], "Posted Money Text of it", id="asked until it is one"),
        pytest.param(SPLIT, ["", "", "", ""], "Date Debit Credit Payee", id="what is proposed"),
    ],
)
def test_answers_are_the_map_that_reads_the_file(tmp_path: Path, text: str, words: list[str], columns: str) -> None:
    found, shown = ask(tmp_path, text, *words)
    assert " ".join(found.columns.columns.values()) == columns
    rows = list(read_csv(tmp_path / "bank.csv", found.columns, found.written))
    assert [type(row).__name__ for row in rows] == ["Row", "Row"]
    assert shown[-1].startswith("the same without questions: --map ")


def test_the_option_that_stands_for_the_answers_reads_the_same(tmp_path: Path) -> None:
    found, shown = ask(tmp_path, FILE, "Posted", "Money", "Text of it")
    option = shown[-1].partition("--map ")[2].strip("'")
    assert CsvMap.parse(option) == found.columns


def test_what_was_given_is_not_asked_again_and_the_end_is_the_refusal(tmp_path: Path) -> None:
    found, _ = ask(tmp_path, FILE, "3", columns="occurred_at=Posted,description=Text of it")
    assert found.columns.columns["amount"] == "Money"
    with pytest.raises(NoColumnError, match="no column for occurred_at, amount and description"):
        ask(tmp_path, FILE, "q")
    assert ask(tmp_path, FILE, columns="occurred_at=Posted,description=Text of it,amount=Money")[1] == []


def test_a_terminal_obeys_nothing_that_stands_in_a_file(tmp_path: Path) -> None:
    found, shown = ask(tmp_path, FILE.replace("Posted", "Posted\x1b[31m\x07"), "1", "3", "2")
    assert found.columns.columns["occurred_at"] == "Posted\x1b[31m\x07"
    assert all(line.isprintable() for line in shown)
    assert r"Posted\x1b[31m\x07" in shown[0]


def test_nobody_is_asked_without_a_terminal(tmp_path: Path) -> None:
    asked = reading()
    assert confirmed(tmp_path / "none.csv", asked, as_json=False) is asked
