"""Folder lock: one program at a time works in a folder; who comes second hears who holds it."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ops.errors import OpsError


class FolderHeldError(OpsError):
    """Another program works in the folder."""


@contextmanager
def hold(folder: Path, *, what: str) -> Iterator[None]:
    """Hold the folder until the context ends, however the process ends; raises FolderHeldError with the holder.

    ``what`` is the program's name in that line. The file stays, since two programs may hold two files of one name.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            lock.seek(0)
            holder = lock.read().strip() or "another program"
            raise FolderHeldError(
                f"{folder} is held by {holder}: stop that one (ctrl-C, or kill its pid), or work in another folder"
            ) from error
        lock.truncate(0)
        lock.write(f"{what}, pid {os.getpid()}\n")
        lock.flush()
        try:
            yield
        finally:
            lock.truncate(0)
