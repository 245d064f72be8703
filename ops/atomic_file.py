"""Atomic file: lines written to a file that appears only when it is whole, or to standard output."""

import gzip
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from ops.errors import OpsError

STANDARD = Path("-")


class TextFileError(OpsError):
    """A file cannot be read or written."""

    exit_code = 2


@contextmanager
def write_whole(path: Path) -> Iterator[BinaryIO]:
    """Open ``path`` for bytes, gzipped where it ends in .gz; ``-`` is standard output.

    The file takes its name when the block ends well; else nothing is left. Raises TextFileError.
    """
    if path == STANDARD:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("wb") as raw:
            if path.suffix == ".gz":
                # No name and no time inside, so that the same lines make the same file.
                with gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0, compresslevel=6) as packed:
                    yield cast(BinaryIO, packed)
            else:
                yield raw
        part.replace(path)
    except OSError as error:
        raise TextFileError(f"cannot write {path}: {(error.strerror or str(error)).lower()}") from None
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def read_bytes(path: Path) -> Iterator[BinaryIO]:
    """Open ``path`` for reading, unpacking gzip; ``-`` is standard input. Raises TextFileError."""
    if path == STANDARD:
        yield sys.stdin.buffer
        return
    try:
        with path.open("rb") as raw:
            packed = raw.read(2) == b"\x1f\x8b"
            raw.seek(0)
            if packed:
                with gzip.open(raw) as unpacked:
                    yield cast(BinaryIO, unpacked)
            else:
                yield raw
    except (OSError, EOFError) as error:
        reason = (error.strerror or str(error)).lower() if isinstance(error, OSError) else "it is cut short"
        raise TextFileError(f"cannot read {path}: {reason}") from None
