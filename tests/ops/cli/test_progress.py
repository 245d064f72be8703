"""A count with rate and time left is drawn on a terminal only, once something takes longer than two seconds."""

import io
import sys

import pytest

from ops.cli.progress import ProgressLine, progress_line


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("stream", "seconds", "drawn"),
    [(Terminal(), 1.9, False), (Terminal(), 2.1, True), (io.StringIO(), 60.0, False)],
    ids=["soon", "late", "no terminal"],
)
def test_a_terminal_shows_what_takes_long(
    monkeypatch: pytest.MonkeyPatch, stream: io.StringIO, seconds: float, drawn: bool
) -> None:
    monkeypatch.setattr(sys, "stderr", stream)
    times = iter([0.0, seconds])
    line = ProgressLine("rows", clock=lambda: next(times))
    line.show(1_000, 0.5)
    line.clear()
    assert ("rows" in stream.getvalue()) is drawn
    assert stream.getvalue().endswith("\r\x1b[K") is drawn


@pytest.mark.parametrize(
    ("share", "line"),
    [(0.25, "[#####...............] 120,000 rows, 40,000/s, 9 s left"), (None, "120,000 rows, 40,000/s")],
)
def test_the_line_says_rate_and_time_left(share: float | None, line: str) -> None:
    assert progress_line("rows", 120_000, share, 3.0) == line
