"""Training: the checks of the data, then one release from the mart, and what came of it in the warehouse."""

import getpass
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from ops.training.ask_rules import ask_rules_of, ask_rules_of_warehouse
from ops.training.champion import read_champion
from ops.training.checks import find_blocks
from ops.training.synthetic_data import invented_past
from ops.warehouse.mart_fingerprint import read_fingerprint
from rules.engine import RuleEngine
from scorer.release.manifest import Forced
from trainer.blockers import Block, BlockReason
from trainer.dataset.mart import read_mart
from trainer.dataset.synthetic import ENOUGH
from trainer.errors import ReleaseRefused, TrainingBlocked, TrainingDataError, WarehouseError
from trainer.release.registry import Registry
from trainer.run import Produced, Request, produce, produce_first
from trainer.run_log import record_blocked, record_release


@dataclass(frozen=True, slots=True)
class Training:
    """A release that was written, from how many rows and in how many seconds.

    ``unrecorded`` says why the warehouse has no row of it, None where it has.
    """

    produced: Produced
    rows: int
    seconds: float
    unrecorded: str | None = None


def train_release(
    dsn: str,
    target: Path,
    request: Request,
    registry: Registry,
    *,
    rules: RuleEngine,
    force: str | None,
    may_invent: bool = True,
    when_read: Callable[[], None] = lambda: None,
) -> Training:
    """Train on the mart as it was known at ``request.as_of`` and write a release.

    ``target`` is the folder of dbt's artefacts; ``rules`` are those that the gate compares the model with; ``force`` is
    the reason to train against what the artefacts say, which the release keeps; ``may_invent`` whether invented rows
    help where real ones are few; ``when_read`` is called once the mart may be built anew. Raises TrainingBlocked and
    whatever ``produce`` raises; the warehouse keeps why there is no release.
    """
    started_at = _now()
    forced = _check(dsn, target, force, as_of=request.as_of, started_at=started_at)
    table = read_mart(dsn, as_of=request.as_of)
    when_read()
    are_few = may_invent and 0 < len(table) < ENOUGH
    invented = invented_past(until=request.as_of, beside_real=True).table if are_few else None
    asked = replace(request, forced=forced, git_commit=_git_commit(), champion=read_champion(dsn))
    try:
        produced = produce(table, asked, registry, invented=invented, ask_rules=ask_rules_of_warehouse(dsn, rules))
    except (TrainingDataError, ReleaseRefused) as error:
        unfit = Block(BlockReason.UNFIT, str(error), "`ledgermind train` once there are other rows")
        record_blocked(dsn, [unfit], as_of=request.as_of, started_at=started_at)
        raise
    finished_at = _now()
    record_release(dsn, produced.manifest, started_at=started_at, finished_at=finished_at)
    return Training(produced, len(table), (finished_at - started_at).total_seconds())


def bootstrap_release(dsn: str, request: Request, registry: Registry, *, rules: RuleEngine) -> Training:
    """Write a first release from the shipped vocabulary and a simulation alone; it may run in shadow, never serve.

    The warehouse need not be there: who begins may have none.
    """
    started_at = _now()
    invented = invented_past(until=request.as_of, beside_real=False)
    asked = replace(request, git_commit=_git_commit())
    produced = produce_first(invented.table, asked, registry, ask_rules=ask_rules_of(invented.transactions, rules))
    finished_at, unrecorded = _now(), None
    try:
        record_release(dsn, produced.manifest, started_at=started_at, finished_at=finished_at)
    except WarehouseError as error:
        unrecorded = str(error)
    return Training(produced, len(invented.table), (finished_at - started_at).total_seconds(), unrecorded)


def _check(dsn: str, target: Path, force: str | None, *, as_of: datetime, started_at: datetime) -> Forced | None:
    """Return who forced the training and why, None where nothing stood against it; raises TrainingBlocked."""
    blocks = find_blocks(target, as_of=as_of, fingerprint=read_fingerprint(dsn))
    if not blocks:
        return None
    if force:
        return Forced(getpass.getuser(), force, tuple(block.what for block in blocks))
    record_blocked(dsn, blocks, as_of=as_of, started_at=started_at)
    raise TrainingBlocked(blocks)


def _now() -> datetime:
    return datetime.fromtimestamp(time.time(), UTC)


def _git_commit() -> str:
    """Return the commit this program was checked out at, "unknown" outside a checkout."""
    here = Path(__file__).parents[2]
    if not (here / ".git").exists():  # installed below a repository, it would name that one's commit
        return "unknown"
    try:
        found = subprocess.run(
            ["git", "rev-parse", "HEAD"], cwd=here, capture_output=True, text=True, check=True, timeout=5
        )
    except (OSError, subprocess.SubprocessError):
        return "unknown"
    return found.stdout.strip()
