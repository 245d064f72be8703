"""Progress: a running count with rate and time left, on a terminal, for what takes longer than two seconds."""

import sys
import time
from collections.abc import Callable
from typing import Final

import typer

QUIET_SECONDS: Final = 2.0
_BAR: Final = 20


class ProgressLine:
    """Draws over its own line on standard error; silent where nobody watches."""

    def __init__(self, what: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._what, self._clock = what, clock
        self._began = clock()
        self._is_drawn = False

    def show(self, count: int, share: float | None) -> None:
        """Draw ``count``, and the time left where ``share`` of the work is done."""
        seconds = self._clock() - self._began
        if seconds > QUIET_SECONDS and sys.stderr.isatty():
            typer.echo(f"\r{progress_line(self._what, count, share, seconds)} \x1b[K", err=True, nl=False)
            self._is_drawn = True

    def clear(self) -> None:
        """Leave the line to what is printed next."""
        if self._is_drawn:
            typer.echo("\r\x1b[K", err=True, nl=False)


def progress_line(what: str, count: int, share: float | None, seconds: float) -> str:
    """Return ``[#####.....] 120,000 rows, 40,000/s, 4 s left``."""
    line = f"{count:,} {what}, {count / seconds:,.0f}/s"
    if not share:
        return line
    done = int(share * _BAR)
    return f"[{'#' * done}{'.' * (_BAR - done)}] {line}, {seconds * (1 - share) / share:,.0f} s left"
