"""MT940 fields: the messages of a SWIFT file as fields, each with its tag and the line that it begins on."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from ops.csv_import.cells import CsvSourceError

_FIELD: Final = re.compile(r":([0-9]{2}[A-Z]?|NS):").match
LONGEST_FIELD: Final = 1 << 14


@dataclass(slots=True)
class Mt940Field:
    """One field with the line it begins on; texts of several lines keep them."""

    tag: str
    line: int
    lines: list[str] = field(default_factory=list)


def mt940_fields(lines: Iterator[str], name: str) -> Iterator[Mt940Field]:
    """Yield the fields of all messages; what stands around a message is left out."""
    latest: Mt940Field | None = None
    for number, text in enumerate(lines, 1):
        line = text.rstrip("\r\n")
        if "{4:" in line:
            line = line.rpartition("{4:")[2]
        found = _FIELD(line)
        if found is not None:
            if latest is not None:
                yield latest
            latest = Mt940Field(found[1], number, [line[found.end() :]])
        elif line.rstrip() in {"-", "-}"} or line.startswith(("-}", "{")):
            if latest is not None:
                yield latest
            latest = None
        elif latest is not None and line.strip():
            latest.lines.append(line)
            if sum(map(len, latest.lines)) > LONGEST_FIELD:
                raise CsvSourceError(f"{name}: line {latest.line} begins a field of over {LONGEST_FIELD:,} characters")
    if latest is not None:
        yield latest
