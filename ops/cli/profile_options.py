"""Profile options: the options of a command line out of a profile's texts, and a profile out of options."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from ops.csv_import.amount import DecimalMark
from ops.csv_import.categories import CategoryMap
from ops.csv_import.columns import CsvMap
from ops.csv_import.profile import Profile, ProfileError
from ops.csv_import.source import CsvFormat

_FLAGS: Final = {"true": True, "yes": True, "false": False, "no": False}


def _line(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise ValueError("no line")
    return int(text)


_READ: Final[Mapping[str, Callable[[str], Any]]] = {
    "decimal": DecimalMark,
    "header-line": _line,
    "flip-sign": lambda text: _FLAGS[text.lower()],
    "no-header": lambda text: _FLAGS[text.lower()],
    "pending": lambda text: _FLAGS[text.lower()],
}
_EXPECTED: Final = {"decimal": "point or comma", "header-line": "the number of a line"}


def option_values(profile: Profile, name: str) -> dict[str, Any]:
    """Return the values of a profile by the parameters of a command; raises ProfileError for one that is none."""
    values: dict[str, Any] = {}
    for option, texts in profile.options.items():
        try:
            read = [_READ.get(option, str)(text) for text in texts]
        except (ValueError, KeyError):
            expected = _EXPECTED.get(option, "true or false")
            raise ProfileError(f"profile {name}: {option} is {expected}, not {texts[0]!r}") from None
        values[option.replace("-", "_")] = read if option == "skip-where" else read[0]
    return values


def as_profile(columns: CsvMap, written: CsvFormat, categories: CategoryMap) -> Profile:
    """Return what a profile keeps of how a file is read: not whose it is."""
    usual = CsvFormat()
    options: dict[str, tuple[str, ...]] = {
        "encoding": () if written.encoding == usual.encoding else (written.encoding,),
        "delimiter": () if written.delimiter is None else (written.delimiter,),
        "decimal": () if written.decimal is None else (written.decimal.value,),
        "date-format": () if written.date_format == usual.date_format else (written.date_format,),
        "currency": () if written.currency is None else (written.currency,),
        "flip-sign": ("true",) if written.flip_sign else (),
        "header-line": () if written.header_line is None else (str(written.header_line),),
        "no-header": () if written.has_header else ("true",),
        "direction-words": (written.directions,) if written.directions else (),
        "skip-where": written.skip_where,
        "pending": ("true",) if written.pending else (),
        "sheet": () if written.sheet is None else (written.sheet,),
        "reader": () if written.reader is None else (written.reader,),
    }
    names = {foreign: "" if ours is None else ours.value for foreign, ours in categories.ours.items()}
    return Profile(columns.columns, {name: texts for name, texts in options.items() if texts}, names)
