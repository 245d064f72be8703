"""Ask columns: a person at a terminal confirms which column of a file is what, instead of typing --map."""

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

import typer

from ops.cli.csv_options import Reading
from ops.csv_import.columns import REQUIRED, SPLIT, CsvMap, NoColumnError
from ops.csv_import.map_option import as_map_option
from ops.csv_import.source import open_csv

NONE: Final = "-"
END: Final = "q"


def confirmed(file: Path, reading: Reading, *, as_json: bool) -> Reading:
    """Return the reading with columns that a person confirmed where some are missing; as it is without a terminal.

    Raises what opening the file raises, NoColumnError where the person ends the questions.
    """
    if as_json or not (sys.stdin.isatty() and sys.stdout.isatty()):
        return reading
    return ask_columns(file, reading, read=_read_line, show=typer.echo)


def ask_columns(file: Path, reading: Reading, *, read: Callable[[str], str], show: Callable[[str], None]) -> Reading:
    """Ask until the columns are enough to open the file, as ``confirmed`` does; show the option that says the same."""
    answers: dict[str, str | None] = {}
    while True:
        columns = CsvMap.of({field: column or "" for field, column in answers.items()}).over(reading.columns)
        asked = replace(reading, columns=columns)
        try:
            open_csv(file, asked.columns, asked.written)
        except NoColumnError as error:
            if not answers:
                show(_printable(f"columns of {file.name}: {', '.join(error.names)}"))
                show(f"Enter takes the column in brackets; {NONE} is for none, {END} ends")
            answers |= {field: _ask(field, proposal, error, read, show) for field, proposal in error.proposals.items()}
            continue
        if answers:
            option = as_map_option({field: column for field, column in answers.items() if column})
            show(_printable(f"the same without questions: --map {option}"))
        return asked


def _ask(
    field: str,
    proposal: str | None,
    error: NoColumnError,
    read: Callable[[str], str],
    show: Callable[[str], None],
) -> str | None:
    """Return the column of a field, None for none; raises the error where the person ends the questions."""
    by_name = {name.casefold(): name for name in error.names}
    while True:
        word = read(_printable(f"{field}{f' [{proposal}]' if proposal else ''}: ")).strip()
        if word == END:
            raise error
        if word == NONE and field not in {*REQUIRED, *SPLIT}:
            return None
        chosen = proposal if not word else by_name.get(word.casefold()) or _numbered(word, error)
        if chosen:
            return chosen
        show(f"{field} needs a column of the file" if not word or word == NONE else f"there is no column {word!r}")


def _numbered(word: str, error: NoColumnError) -> str | None:
    """Return a column by its number from 1."""
    is_number = word.isascii() and word.isdigit() and 0 < int(word) <= len(error.names)
    return error.names[int(word) - 1] if is_number else None


def _printable(line: str) -> str:
    """Return a line without what a terminal would obey: the names are a file's."""
    return "".join(one if one.isprintable() else repr(one)[1:-1] for one in line)


def _read_line(question: str) -> str:
    """Return a line of the terminal; its end is that of the questions."""
    try:
        return input(question)
    except EOFError:
        return END
