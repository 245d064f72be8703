"""Lines of JSON are rows whose money never passed through a float; a line that is none is refused by its number."""

import io

import pytest

from ops.csv_import.cells import Cells, CsvSourceError, RefusedRow
from ops.csv_import.formats.json_lines import LONGEST_LINE, read_json_lines


def read(*lines: bytes) -> list[Cells | RefusedRow]:
    return list(read_json_lines(io.BytesIO(b"\n".join(lines)), "x.jsonl"))


def test_columns_are_ours_first_and_lines_count_from_one_through_blank_ones() -> None:
    header, first, second = read(
        b'\xef\xbb\xbf{"note": "n", "amount": "-1.00"}', b"", b'{"amount": "2.00", "extra": "e"}'
    )
    assert isinstance(header, Cells)
    assert header.cells == ["amount", "note"]
    assert [(row.line, row.cells) for row in (first, second) if isinstance(row, Cells)] == [
        (1, ["-1.00", "n"]),
        (3, ["2.00", ""]),
    ]


@pytest.mark.parametrize(
    ("value", "kind"),
    [("-1.5", "a number"), ("-1", "a number"), ("true", "a boolean"), ("{}", "an object"), ("[]", "a list")],
)
def test_money_that_is_no_text_is_a_fault_of_its_cell(value: str, kind: str) -> None:
    row = read(f'{{"amount": {value}}}'.encode())[1]
    assert isinstance(row, Cells)
    assert row.faults == {0: f"is {kind} of JSON: write it as a text in quotes"}


def test_a_whole_number_elsewhere_is_its_digits_and_a_float_is_a_fault() -> None:
    row = read(b'{"amount": "1", "mcc": 5411, "country": 1.5}')[1]
    assert isinstance(row, Cells)
    assert row.cells[:2] == ["1", "5411"]
    assert list(row.faults) == [2]


@pytest.mark.parametrize("line", [b"{", b"[1]", b"\xff\xfe", b"[" * 50_000], ids=["cut", "list", "bytes", "deep"])
def test_a_line_that_is_no_object_is_refused_and_the_next_is_read(line: bytes) -> None:
    header, refused, row = read(line, b'{"amount": "1"}')
    assert isinstance(refused, RefusedRow)
    assert refused.line == 1
    assert isinstance(header, Cells)
    assert isinstance(row, Cells)
    assert row.cells[header.cells.index("amount")] == "1"


def test_a_line_without_an_end_does_not_fill_the_memory() -> None:
    with pytest.raises(CsvSourceError, match=r"^x\.jsonl: line 2 is over a megabyte"):
        read(b'{"amount": "1"}', b"x" * (LONGEST_LINE + 1))
