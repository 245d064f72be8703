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
from ops.training.checks import find_blockers
from ops.training.synthetic_data import synthetic_history
from ops.warehouse.mart_fingerprint import read_fingerprint
from rules.engine import RuleEngine
from scorer.release.manifest import Forced
from trainer.blockers import Blocker, BlockerReason
from trainer.dataset.mart import read_mart
from trainer.dataset.synthetic import REAL_ROWS_WITHOUT_SYNTHETIC
from trainer.errors import ReleaseRefused, TrainingBlocked, TrainingDataError, WarehouseError
from trainer.release.registry import Registry
from trainer.run import TrainedRelease, TrainingRequest, train_cold_start, train_release
from trainer.run_log import record_blocked, record_release


@dataclass(frozen=True, slots=True)
class Training:
    """A release that was written, from how many rows and in how many seconds.

    ``unrecorded`` says why the warehouse has no row of it, None where it has.
    """

    release: TrainedRelease
    rows: int
    seconds: float
    unrecorded: str | None = None


def train_from_mart(
    dsn: str,
    target: Path,
    request: TrainingRequest,
    registry: Registry,
    *,
    rules: RuleEngine,
    force: str | None,
    with_synthetic: bool = True,
    when_read: Callable[[], None] = lambda: None,
) -> Training:
    """Train on the mart as it was known at ``request.as_of`` and write a release.

    ``target`` is the folder of dbt's artefacts; ``rules`` are those that the gate compares the model with; ``force`` is
    the reason to train against what the artefacts say, which the release keeps; ``with_synthetic`` whether synthetic
    rows help where real ones are few; ``when_read`` is called once the mart may be built again. Raises TrainingBlocked
    and whatever ``trainer.run.train_release`` raises; the warehouse keeps why there is no release.
    """
    started_at = _now()
    forced = _check(dsn, target, force, as_of=request.as_of, started_at=started_at)
    table = read_mart(dsn, as_of=request.as_of)
    when_read()
    are_few = with_synthetic and 0 < len(table) < REAL_ROWS_WITHOUT_SYNTHETIC
    synthetic = synthetic_history(until=request.as_of, beside_real=True).table if are_few else None
    asked = replace(request, forced=forced, git_commit=_git_commit(), champion=read_champion(dsn))
    try:
        release = train_release(
            table, asked, registry, synthetic=synthetic, ask_rules=ask_rules_of_warehouse(dsn, rules)
        )
    except (TrainingDataError, ReleaseRefused) as error:
        unfit = Blocker(BlockerReason.UNFIT, str(error), "`ledgermind train` once there are other rows")
        record_blocked(dsn, [unfit], as_of=request.as_of, started_at=started_at)
        raise
    finished_at = _now()
    record_release(dsn, release.manifest, started_at=started_at, finished_at=finished_at)
    return Training(release, len(table), (finished_at - started_at).total_seconds())


def bootstrap_release(dsn: str, request: TrainingRequest, registry: Registry, *, rules: RuleEngine) -> Training:
    """Write a first release from the shipped vocabulary and a simulation alone; it may run in shadow, never serve.

    The warehouse need not be there: who begins may have none.
    """
    started_at = _now()
    synthetic = synthetic_history(until=request.as_of, beside_real=False)
    asked = replace(request, git_commit=_git_commit())
    release = train_cold_start(synthetic.table, asked, registry, ask_rules=ask_rules_of(synthetic.transactions, rules))
    finished_at, unrecorded = _now(), None
    try:
        record_release(dsn, release.manifest, started_at=started_at, finished_at=finished_at)
    except WarehouseError as error:
        unrecorded = str(error)
    return Training(release, len(synthetic.table), (finished_at - started_at).total_seconds(), unrecorded)


def _check(dsn: str, target: Path, force: str | None, *, as_of: datetime, started_at: datetime) -> Forced | None:
    """Return who forced the training and why, None where nothing stood against it; raises TrainingBlocked."""
    blockers = find_blockers(target, as_of=as_of, fingerprint=read_fingerprint(dsn))
    if not blockers:
        return None
    if force:
        return Forced(getpass.getuser(), force, tuple(blocker.finding for blocker in blockers))
    record_blocked(dsn, blockers, as_of=as_of, started_at=started_at)
    raise TrainingBlocked(blockers)


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
