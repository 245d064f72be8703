"""The fields of an MT940 file are told from what stands around its messages, each with the line it begins on."""

import pytest

from ops.csv_import.cells import CsvSourceError
from ops.csv_import.formats.mt940_fields import LONGEST_FIELD, mt940_fields


def test_envelopes_are_left_out_and_lines_below_a_field_belong_to_it() -> None:
    lines = iter(
        ["{1:F01}{2:I940}{4:\r\n", ":20:STATEMENT\r\n", ":86:first\r\n", "second\r\n", "\r\n", "-}\r\n", "lost\r\n",
         "{4::20:ON THE SAME LINE\r\n"]
    )  # fmt: skip
    found = [(one.tag, one.line, one.lines) for one in mt940_fields(lines, "giro.sta")]
    assert found == [
        ("20", 2, ["STATEMENT"]),
        ("86", 3, ["first", "second"]),
        ("20", 8, ["ON THE SAME LINE"]),
    ]


def test_a_field_that_never_ends_is_refused_by_the_line_it_begins_on() -> None:
    endless = iter([":20:A\n", ":86:B\n", *["x" * 60 + "\n"] * (LONGEST_FIELD // 60 + 1)])
    with pytest.raises(CsvSourceError, match=r"^giro\.sta: line 2 begins a field of over 16,384 characters$"):
        list(mt940_fields(endless, "giro.sta"))
