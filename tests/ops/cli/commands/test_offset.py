"""Where a partition goes on is an offset or the earliest; anything else is said to be neither."""

import pytest

from ops.cli.commands.offset import offset_of
from ops.errors import UsageError


@pytest.mark.parametrize(("text", "offset"), [("earliest", None), ("0", 0), ("1200", 1200), ("007", 7)])
def test_an_offset_is_read(text: str, offset: int | None) -> None:
    assert offset_of(text, or_else="end") == offset


@pytest.mark.parametrize("text", ["", "-1", "1.5", "latest", "Earliest", "1_000", " 7", "\u0661", "\u00b2"])
def test_what_is_none_is_refused_with_what_to_give(text: str) -> None:
    with pytest.raises(UsageError, match="give answered, earliest or an offset"):
        offset_of(text, or_else="answered")
