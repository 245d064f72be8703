"""A column that says which way money goes, or in which currency, is not read past: the file is refused until it is."""

from pathlib import Path

import pytest

from ops.csv_import.cells import CsvSourceError
from ops.csv_import.columns import CsvMap
from ops.csv_import.source import CsvFormat, read_csv


def read(folder: Path, header: str, *rows: str, options: str = "", currency: str | None = None) -> int:
    path = folder / "bank.csv"
    path.write_text("\n".join([f"occurred_at,amount,description,{header}", *rows]) + "\n")
    return len(list(read_csv(path, CsvMap.parse(options), CsvFormat(currency=currency))))


def test_a_column_of_directions_beside_amounts_without_a_sign_is_asked_about(tmp_path: Path) -> None:
    rows = ("2024-03-01,1.00,a,Debit", "2024-03-02,2.00,b,Credit")
    with pytest.raises(CsvSourceError, match=r"no amount has a sign, and the column 'Art' says 'Debit' and 'Credit'"):
        read(tmp_path, "Art", *rows)
    assert read(tmp_path, "Art", *rows, options="direction=") == 2
    assert read(tmp_path, "Art", *rows, options="direction=Art") == 2


def test_directions_beside_signs_say_nothing_new(tmp_path: Path) -> None:
    assert read(tmp_path, "Art", "2024-03-01,-1.00,a,Debit", "2024-03-02,2.00,b,Credit") == 2


def test_a_column_of_currencies_is_asked_about_until_it_is_mapped_or_left_out(tmp_path: Path) -> None:
    rows = ("2024-03-01,-1.00,a,EUR", "2024-03-02,-2.00,b,SEK")
    with pytest.raises(CsvSourceError, match=r"the column 'W' names currencies \(EUR, SEK\): give --map 'currency=W'"):
        read(tmp_path, "W", *rows)
    assert read(tmp_path, "W", *rows, options="currency=W") == read(tmp_path, "W", *rows, options="currency=") == 2


def test_a_column_that_says_what_is_given_anyway_is_no_question(tmp_path: Path) -> None:
    assert read(tmp_path, "W", "2024-03-01,-1.00,a,EUR", currency="EUR") == 1


def test_words_that_are_now_and_then_a_code_are_no_column_of_currencies(tmp_path: Path) -> None:
    assert read(tmp_path, "W", "2024-03-01,-1.00,a,ALL", "2024-03-02,-2.00,b,") == 2
    assert read(tmp_path, "W", "2024-03-01,-1.00,a,ALL", "2024-03-02,-2.00,b,SOME") == 2
