"""Decision log: a file with every verdict of a judge, those that move nothing included, one JSON object a line."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import msgspec
from msgspec import Struct

from ops.errors import OpsError
from ops.rollout.evaluate import Look
from schemas.events.rollout import Evidence, Verdict
from scorer.rollout.definitions import CURRENT
from scorer.rollout.policy import Policy


class Entry(Struct, frozen=True, kw_only=True):
    """One look: when, at which record, what was said and everything that it was built from."""

    looked_at: datetime
    rollout_version: int
    verdict: Verdict
    evidence: Evidence


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
    entry = Entry(
        looked_at=now,
        rollout_version=look.record.version,
        verdict=look.judgement.verdict,
        evidence=evidence_of(policy, look),
    )
    try:
        with path.open("ab") as file:
            file.write(msgspec.json.encode(entry) + b"\n")
    except OSError as error:
        raise OpsError(f"{path} cannot be written: {(error.strerror or str(error)).lower()}") from error


def read_entries(path: Path) -> Iterator[Entry]:
    """Yield every line; raises OpsError where the file cannot be read or a line is none."""
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise OpsError(f"{path} cannot be read: {(error.strerror or str(error)).lower()}") from error
    for number, line in enumerate(lines, start=1):
        try:
            yield msgspec.json.decode(line, type=Entry)
        except msgspec.MsgspecError as error:
            raise OpsError(f"{path}, line {number}: is no verdict: {error}") from error
