"""File bytes: what a plain or gzipped file holds, unpacked, and how far it is read."""

import gzip
import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, Final, cast

from ops.csv_import.cells import CsvSourceError

_GZIP: Final = b"\x1f\x8b"


class ReadPosition:
    """How far the file that was opened last is read, gzip by its packed bytes."""

    def __init__(self) -> None:
        self._stream: BinaryIO | None = None
        self._size = 0

    def watch(self, stream: BinaryIO) -> None:
        """Follow an open file."""
        self._stream, self._size = stream, os.fstat(stream.fileno()).st_size

    def share(self) -> float | None:
        """Return the share that was read, None before the first byte or once the file is closed."""
        if self._stream is None or self._stream.closed or not self._size:
            return None
        return min(self._stream.tell() / self._size, 1.0)


def fingerprint(path: Path) -> str:
    """Return the first 12 hex digits of the SHA-256 of what the file holds, unpacked."""
    digest = sha256()
    with open_bytes(path) as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()[:12]


def is_packed(path: Path) -> bool:
    """Whether the first bytes of a file say gzip."""
    with path.open("rb") as raw:
        return raw.read(2) == _GZIP


@contextmanager
def open_bytes(path: Path, position: ReadPosition | None = None) -> Iterator[BinaryIO]:
    """Open a file, unpacking it where its first bytes say gzip, whatever its name says; raises CsvSourceError."""
    try:
        with path.open("rb") as raw:
            if position is not None:
                position.watch(raw)
            is_packed = raw.read(2) == _GZIP
            raw.seek(0)
            if not is_packed:
                yield raw
                return
            with gzip.open(raw) as unpacked:
                yield cast(BinaryIO, unpacked)
    except (EOFError, gzip.BadGzipFile, zlib.error):
        raise CsvSourceError(f"{path.name} is gzip, but cut short or broken: fetch it again") from None
    except OSError as error:
        raise CsvSourceError(f"cannot read {path}: {(error.strerror or 'not a file').lower()}") from None
