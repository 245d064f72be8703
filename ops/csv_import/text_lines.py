"""Text lines: the bytes of a file decoded line by line; a byte that the encoding lacks is named by its line."""

import io
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import BinaryIO, Final

from ops.csv_import.cells import CsvSourceError
from ops.csv_import.encoding import WRONG_CODEC, advise, marked, reads_as_utf8
from ops.csv_import.file_bytes import ReadPosition, open_bytes
from ops.csv_import.kinds import HEAD_BYTES, foreign_kind, unmarked_utf16

MAX_LINE: Final = 1 << 20
_ADVICE_BYTES: Final = 1 << 16


def read_first_line(path: Path, *, encoding: str) -> str:
    """Return the first line of a file, empty where there is none; raises CsvSourceError."""
    with open_bytes(path) as stream:
        return next(decoded_lines(stream, path, encoding), "")


def read_lines(path: Path, *, encoding: str, position: ReadPosition | None = None) -> Iterator[str]:
    """Yield the lines of a text file with their ends; raises CsvSourceError where it is not in ``encoding``."""
    with open_bytes(path, position) as stream:
        yield from decoded_lines(stream, path, encoding)


def file_encoding(path: Path, given: str) -> str:
    """Return the encoding that a file is read in: that of its mark, else the one that was given."""
    with open_bytes(path) as stream:
        return marked(stream.read(HEAD_BYTES)) or given


def decoded_lines(stream: BinaryIO, path: Path, encoding: str) -> Generator[str, None, None]:
    """Yield decoded lines with their ends; a wrong byte is named by its line."""
    foreign = foreign_kind(stream)
    if foreign is not None:
        raise CsvSourceError(f"{path.name} is {foreign}")
    head = stream.read(HEAD_BYTES)
    stream.seek(0)
    codec = marked(head) or encoding
    if codec.startswith("utf-8") and (wide := unmarked_utf16(head)):
        raise CsvSourceError(f"{path.name} is UTF-16 without a mark: give --encoding {wide}")
    is_one_byte = not codec.lower().replace("_", "-").startswith("utf")
    if is_one_byte and reads_as_utf8(stream):
        raise CsvSourceError(f"{path.name} is utf-8, not {codec}: leave --encoding out")
    text = io.TextIOWrapper(stream, encoding=codec, newline="")
    number = 0
    try:
        while line := text.readline(MAX_LINE + 1):
            number += 1
            if len(line) > MAX_LINE:
                raise CsvSourceError(f"{path.name}: line {number} is over a megabyte: this is not a CSV file")
            if is_one_byte and not line.isascii() and WRONG_CODEC(line):
                raise CsvSourceError(f"{path.name}: line {number} is not {codec}{_advice(path, number)}")
            yield line
    except UnicodeError:
        number = _line_of_wrong_byte(path, codec)
        raise CsvSourceError(f"{path.name}: line {number} is not {codec}{_advice(path, number)}") from None
    finally:
        text.detach()


def _line_of_wrong_byte(path: Path, codec: str) -> int:
    """Return the line of the first byte that ``codec`` cannot read."""
    number = 0
    with open_bytes(path) as stream:
        text = io.TextIOWrapper(stream, encoding=codec, newline="", errors="surrogateescape")
        try:
            for number, line in enumerate(text, 1):
                if any("\udc80" <= character <= "\udcff" for character in line):
                    return number
        except UnicodeError:
            return number + 1
        finally:
            text.detach()
    return 1


def _advice(path: Path, line: int) -> str:
    """Return which encoding reads the file from the line that another did not."""
    with open_bytes(path) as stream:
        for _ in range(line - 1):
            stream.readline(MAX_LINE)
        sample = stream.read(_ADVICE_BYTES)
        stream.seek(0)
        better = advise(sample or stream.read(_ADVICE_BYTES))
    return f": give --encoding {better}" if better else ": save it as UTF-8 in the program that wrote it"
