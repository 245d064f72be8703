"""A preview of a large file reads its middle and its end, too, and names the lines of what it would refuse there."""

import gzip
from pathlib import Path

import pytest

from ops.csv_import.columns import CsvMap
from ops.csv_import.later_parts import PART_BYTES
from ops.csv_import.preview import SAMPLE, Preview, preview_csv
from ops.csv_import.source import CsvFormat

HEADER = "occurred_at,description,amount\n"
ROWS = 120_000


def rows(first: int, count: int, *, note: str = "") -> str:
    return "".join(
        f'2024-01-{1 + number % 28:02},"CAFE LUNA {note}{number:06}",-4.20\n' for number in range(first, first + count)
    )


def preview(path: Path, text: str | bytes, *, encoding: str = "utf-8") -> Preview:
    path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
    return preview_csv(path, CsvMap.parse(""), CsvFormat(currency="EUR", encoding=encoding))


def test_rows_of_the_middle_and_of_the_end_are_read_once(tmp_path: Path) -> None:
    text = HEADER + rows(0, ROWS) + "2031-07-09,LAST OF ALL,-1.00\n"
    shown = preview(tmp_path / "bank.csv", text)
    assert shown.parts == ("middle", "end")
    of_a_part = PART_BYTES // len(rows(7, 1))
    assert SAMPLE + 2 * (of_a_part - 1) <= shown.sampled <= SAMPLE + 2 * (of_a_part + 1)
    assert shown.money.money_out == shown.sampled
    assert str(shown.money.last_day) == "2031-07-09"
    assert not shown.is_whole
    assert shown.refused == {}


@pytest.mark.parametrize("at", [ROWS // 2, ROWS - 5])
def test_what_would_be_refused_there_is_named_with_its_line(tmp_path: Path, at: int) -> None:
    lines = (HEADER + rows(0, ROWS)).splitlines(keepends=True)
    lines[at] = "2024-01-02,CAFE LUNA,a lot\n"
    shown = preview(tmp_path / "bank.csv", "".join(lines))
    assert shown.refused == {"amount: is not a number": (1, at + 1)}


def test_a_part_that_begins_inside_a_quoted_cell_refuses_nothing(tmp_path: Path) -> None:
    text = HEADER + rows(0, SAMPLE) + rows(0, 20_000, note="a note of several lines\n" * 3)
    shown = preview(tmp_path / "bank.csv", text)
    assert shown.parts == ("middle", "end")
    assert shown.refused == {}


def test_an_end_in_another_encoding_is_a_doubt(tmp_path: Path) -> None:
    text = (HEADER + rows(0, ROWS)).encode() + "2024-01-02,CAFÉ,-1.00\n".encode("cp1252")
    shown = preview(tmp_path / "bank.csv", text)
    assert any("its end is not utf-8: give --encoding cp1252" in doubt for doubt in shown.doubts), shown.doubts


@pytest.mark.parametrize("kind", ["short", "packed", "utf-16"])
def test_of_other_files_the_beginning_is_the_sample(tmp_path: Path, kind: str) -> None:
    text = HEADER + rows(0, SAMPLE + (5 if kind == "short" else ROWS))
    if kind == "short":  # the end follows the beginning
        shown = preview(tmp_path / "bank.csv", text)
        assert (shown.sampled, shown.parts) == (SAMPLE + 5, ("middle",))
        return
    if kind == "packed":
        shown = preview(tmp_path / "bank.csv.gz", gzip.compress(text.encode(), 1))
    else:
        shown = preview(tmp_path / "bank.csv", text, encoding="utf-16")
    assert (shown.sampled, shown.parts) == (SAMPLE, ())
