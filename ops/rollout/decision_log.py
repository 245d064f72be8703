"""Decision log: a file with every verdict of a judge, those that move nothing included, one JSON object a line.

Each line holds the SHA-256 of the line before it. Lines without one may only come first: they were written before the
log was a chain.
"""

import fcntl
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Final

import msgspec
from msgspec import Struct

from ops.errors import OpsError
from ops.rollout.evaluate import Look
from schemas.events.rollout import Evidence, Verdict
from schemas.hash_chain import GENESIS_HASH, ChainLink, Sha256, hash_bytes, link_error
from scorer.rollout.definitions import CURRENT
from scorer.rollout.policy import Policy

_READ_BYTES: Final = 1 << 16


class Entry(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One look: when, at which record, what was said and everything that it was built from."""

    looked_at: datetime
    rollout_version: int
    verdict: Verdict
    evidence: Evidence
    prev_hash: Sha256 | None = None


def evidence_of(policy: Policy, look: Look) -> Evidence:
    """Return what a verdict was built from."""
    return Evidence(
        policy=policy.name,
        window_seconds=int(policy.window_seconds),
        observations=look.standing.to_numbers(),
        reasons=list(look.judgement.reasons),
        terms=policy.to_terms(),
        definitions=CURRENT,
        criteria=look.standing.criteria,
        categories=look.standing.categories,
    )


def write_entry(path: Path, policy: Policy, look: Look, *, now: datetime) -> None:
    """Append one look; one that could not even read the records is no verdict on them."""
    if look.record is None:
        return
    try:
        with path.open("a+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)  # of two judges neither links to what is no longer the last line
            last, is_whole = _last_line(file)
            entry = Entry(
                looked_at=now,
                rollout_version=look.record.version,
                verdict=look.judgement.verdict,
                evidence=evidence_of(policy, look),
                prev_hash=GENESIS_HASH if last is None else hash_bytes(last),
            )
            file.write((b"" if is_whole else b"\n") + msgspec.json.encode(entry) + b"\n")
    except OSError as error:
        raise OpsError(f"{path} cannot be written: {(error.strerror or str(error)).lower()}") from error


def read_entries(path: Path) -> Iterator[Entry]:
    """Yield every line; raises OpsError where the file cannot be read or a line is none."""
    for number, line in enumerate(_lines(path), start=1):
        try:
            yield msgspec.json.decode(line, type=Entry)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise OpsError(f"{path}, line {number}: is no verdict: {error}") from error


def chain_faults(path: Path) -> Iterator[str]:
    """Yield which lines do not hold the hash of the line before them; raises OpsError as ``read_entries`` does."""
    previous: ChainLink | None = None
    is_chain = False
    for number, (line, entry) in enumerate(zip(_lines(path), read_entries(path), strict=True), start=1):
        link = ChainLink(number, entry.prev_hash or "", hash_bytes(line))
        is_chain = is_chain or entry.prev_hash is not None
        if is_chain and (fault := link_error("line", previous, link, first=1)) is not None:
            yield fault
        previous = link


def _lines(path: Path) -> list[bytes]:
    try:
        return path.read_bytes().removesuffix(b"\n").split(b"\n") if path.stat().st_size else []
    except OSError as error:
        raise OpsError(f"{path} cannot be read: {(error.strerror or str(error)).lower()}") from error


def _last_line(file: BinaryIO) -> tuple[bytes | None, bool]:
    """Return the last line, None where there is none, and whether its end was written too; read from the end."""
    at = file.seek(0, os.SEEK_END)
    if not at:
        return None, True
    tail = b""
    while at and tail.rfind(b"\n", 0, -1) < 0:
        size = min(at, _READ_BYTES)
        at = file.seek(at - size)
        tail = file.read(size) + tail
    is_whole = tail.endswith(b"\n")
    return tail.removesuffix(b"\n").rpartition(b"\n")[2], is_whole
