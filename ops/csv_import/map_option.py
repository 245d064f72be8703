"""Map option: what to write behind ``--map`` where a file's columns have other names than ours."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches

from ops.csv_import.column_words import propose


def propose_columns(fields: Sequence[str], names: Sequence[str]) -> dict[str, str | None]:
    """Return a column of the file for each field, None where no name is a usual one; an amount may have two."""
    found: dict[str, str | None] = {}
    for field in fields:
        out, into = propose("amount_out", names), propose("amount_in", names)
        column = propose(field, names)
        if field == "amount" and column is None and out and into:
            found |= {"amount_out": out, "amount_in": into}
        else:
            found[field] = column
    return found


def as_map_option(columns: Mapping[str, str | None]) -> str:
    """Return what to write behind ``--map`` in a shell; COLUMN where a field has none."""
    text = ",".join(quoted(f"{field}={column or 'COLUMN'}") for field, column in columns.items())
    return f"'{text}'" if any(mark in text for mark in ' ;"()&$') else text


def quoted(part: str) -> str:
    """Return one ``field=Column`` of the option; a comma within it needs quotes."""
    return f'"{part}"' if "," in part else part


def did_you_mean(word: str, known: Sequence[str]) -> str:
    """Return how an error about an unknown name goes on: the name close to it, or all that there are."""
    by_folded = {name.casefold(): name for name in known}
    close = get_close_matches(word.casefold(), by_folded, n=1, cutoff=0.5)
    listed = ", ".join(repr(name) for name in known if name)
    return f": did you mean {by_folded[close[0]]!r}?" if close else f": there are {listed}"


def in_list(names: Sequence[str]) -> str:
    """Return names as a sentence lists them."""
    return " and ".join(part for part in (", ".join(names[:-1]), names[-1]) if part)
