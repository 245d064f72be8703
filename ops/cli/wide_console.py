"""Wide console: tables are as wide as the terminal, and wide enough for every column where there is none."""

from typing import Final

from rich.console import Console

PIPE_WIDTH: Final = 160  # where nobody's terminal says how wide a line may be


def wide_console() -> Console:
    """Return the console that a table is printed on."""
    console = Console()
    return console if console.is_terminal else Console(width=PIPE_WIDTH)
