"""A line of COPY text is read back as the fields that were written, whatever stands in them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.events.dead_letter import RecordError
from streams.landing.mapping.copy_format import NULL, Landed, address, line

FIELD = st.none() | st.text(st.characters(blacklist_characters="\0", blacklist_categories=["Cs"]))
UNESCAPED = {"\\\\": "\\", "\\t": "\t", "\\n": "\n", "\\r": "\r"}


def read_back(text: str) -> tuple[str | None, ...]:
    """Read a line as Postgres' documentation of COPY says."""
    fields: list[str | None] = []
    for cell in text.split("\t"):
        if cell == NULL:
            fields.append(None)
            continue
        read, at = "", 0
        while at < len(cell):
            width = 2 if cell[at] == "\\" else 1
            read += UNESCAPED.get(cell[at : at + width], cell[at : at + width])
            at += width
        fields.append(read)
    return tuple(fields)


@given(st.lists(FIELD, min_size=1, max_size=6))
def test_any_fields_survive(fields: list[str | None]) -> None:
    text = line(tuple(fields))
    assert isinstance(text, str)
    assert "\n" not in text
    assert "\r" not in text
    assert read_back(text) == tuple(fields)


@pytest.mark.parametrize("fields", [("\\N",), ("a", "\\N"), ("\\", None), ("a\\", "b")], ids=repr)
def test_a_text_that_looks_like_a_null_is_none(fields: tuple[str | None, ...]) -> None:
    text = line(fields)
    assert isinstance(text, str)
    assert read_back(text) == fields


def test_a_character_that_no_text_column_holds_is_a_fault() -> None:
    assert isinstance(line(("a\0b",)), RecordError)


def record(timestamp_ms: int | None) -> Landed:
    return Landed("transactions", 3, 7, timestamp_ms, None, None, None)


def test_a_timestamp_that_no_calendar_holds_is_as_good_as_none() -> None:
    assert address(record(1_701_022_512_000))[-1] == "2023-11-26T18:15:12+00:00"
    assert address(record(1 << 62))[-1] is None
    assert address(record(None))[-1] is None
