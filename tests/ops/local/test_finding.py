"""An error of whatever library is one line."""

from ops.local.finding import one_line


def test_what_an_error_says_is_on_one_line_and_never_nothing() -> None:
    assert one_line(OSError("first\n  second\tthird")) == "first second third"
    assert one_line(TimeoutError()) == "TimeoutError"
