"""Name each line of prose in Markdown that is longer than 140 characters; ``--fix`` breaks it where one would read on.

Tables and blocks of code stay as wide as they are: Markdown cannot break their lines.
"""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from markdown_it import MarkdownIt

ROOT = Path(__file__).parents[2]
MOST = 140
MARKER = re.compile(r"\s*(?:[-*+]|\d+[.)])\s+|\s*")
# No line breaks within these.
WHOLE = re.compile(r"`[^`]*`|\[[^\]]*\]\([^)]*\)|\[[^\]]*\]")
# What would begin a list, a heading or a quotation at the beginning of a line.
BEGINS_A_BLOCK = re.compile(r"[-+*>#|=~]|\d+[.)]")
PARSER = MarkdownIt("commonmark", {"html": True}).enable("table")


def prose(text: str) -> set[int]:
    """Return the numbers, from 0, of the lines that belong to a paragraph."""
    found: set[int] = set()
    for token in PARSER.parse(text):
        if token.type == "paragraph_open" and token.map is not None:
            found.update(range(*token.map))
    return found


def long_lines(text: str) -> list[int]:
    """Return the numbers, from 1, of the lines of prose that are too long and can be broken."""
    lines = text.split("\n")
    return [number + 1 for number in sorted(prose(text)) if len(list(_parts(lines[number]))) > 1]


def broken(text: str) -> str:
    """Return the text with its long lines of prose broken; it reads as before once it is rendered."""
    long = set(long_lines(text))
    lines = text.split("\n")
    return "\n".join(
        part for number, line in enumerate(lines, 1) for part in (_parts(line) if number in long else [line])
    )


def _parts(line: str) -> Iterator[str]:
    marker = MARKER.match(line)
    indent = " " * len(marker[0]) if marker is not None else ""
    while len(line) > MOST and (place := _place(line, len(indent))) is not None:
        yield line[:place]
        line = indent + line[place + 1 :]
    yield line


def _place(line: str, begin: int) -> int | None:
    """Return the space to break a line at: after a sentence, else after a comma, else the last that fits."""
    whole = [span.span() for span in WHOLE.finditer(line)]
    spaces = [
        found.start()
        for found in re.finditer(r"(?<=\S) (?=\S)", line)
        if begin < found.start() <= MOST
        and not any(start < found.start() < end for start, end in whole)
        and not BEGINS_A_BLOCK.match(line, found.end())
    ]
    for after in (".:!?", ";,"):
        if good := [place for place in spaces if line[place - 1] in after and place > MOST // 3]:
            return good[-1]
    return spaces[-1] if spaces else None


def tracked() -> list[Path]:
    """Return the Markdown files of the repository."""
    listed = subprocess.run(["git", "ls-files", "-z", "*.md"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def main() -> int:
    """Print each long line, or break it; returns 1 where one is left."""
    left = 0
    for path in tracked():
        text = path.read_text(encoding="utf-8")
        if "--fix" in sys.argv[1:] and (fixed := broken(text)) != text:
            path.write_text(fixed, encoding="utf-8")
            text = fixed
        for number in long_lines(text):
            left += 1
            print(f"{path.relative_to(ROOT)}:{number}: longer than {MOST} characters")  # noqa: T201
    return min(left, 1)


if __name__ == "__main__":
    sys.exit(main())
