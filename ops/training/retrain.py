"""Retrain: from the newest data to a challenger in shadow, one step after the other, or to the reason why not."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from ops.errors import OpsError
from ops.local.postgres import connect
from ops.training.train import Training, train_from_mart
from ops.warehouse.build_lock import building
from ops.warehouse.dbt import DbtError, Warehouse, run_dbt
from ops.warehouse.freshness import StaleSourceError, read_freshness, require_trainable
from ops.warehouse.mart_fingerprint import note_tested, read_fingerprint
from ops.warehouse.migrate import require_migrated
from ops.warehouse.successors import UnknownLabelsError, require_known_labels
from rules.engine import RuleEngine
from trainer.dataset.features_job import materialise
from trainer.dataset.lexicon import read_vocabulary
from trainer.errors import ReleaseRefused, TrainingBlocked, TrainingDataError
from trainer.evaluation.gate import GateVerdict
from trainer.release.registry import Registry
from trainer.release.verify import verify
from trainer.run import TrainingRequest

LOCK: Final = "select pg_try_advisory_lock(hashtextextended('ledgermind retrain', 0))"


class RetrainStep(StrEnum):
    """What is done, in this order."""

    FEATURES = "features"
    FRESHNESS = "freshness"
    WAREHOUSE = "warehouse"
    TRAIN = "train"
    VERIFY = "verify"
    GATE = "gate"
    CHALLENGER = "challenger"


class RetrainRunningError(OpsError):
    """Another retraining of this warehouse is under way."""

    exit_code = 75  # of a failure that passes: try again later


@dataclass(frozen=True, slots=True)
class Retrained:
    """How far it came; ``reasons`` say why it ended there, and are empty where it reached its last step."""

    step: RetrainStep
    reasons: tuple[str, ...]
    training: Training | None = None

    @property
    def has_passed(self) -> bool:
        """Whether there is a new release that its gate passed."""
        return self.step is RetrainStep.CHALLENGER


class _Refused(Exception):  # noqa: N818 - an outcome that ends the steps, and no fault
    def __init__(self, step: RetrainStep, *reasons: str) -> None:
        self.step, self.reasons = step, reasons


def retrain(
    warehouse: Warehouse,
    request: TrainingRequest,
    registry: Registry,
    *,
    rules: RuleEngine,
    days: int,
    say: Callable[[str], None],
) -> Retrained:
    """Run the steps up to the gate and return where they ended; a refusal is an outcome like any other.

    ``rules`` are those that the gate compares with, ``days`` is how far back features are made; each step's result goes
    to ``say``. What is no refusal but a fault (no Postgres, no dbt, no registry) raises. Raises RetrainRunningError
    where another process is at it.
    """
    require_migrated(warehouse.dsn)
    with _alone(warehouse.dsn), ExitStack() as mart:
        training: Training | None = None
        try:
            _features(warehouse, request, days=days, say=say)
            _freshness(warehouse, request, say=say)
            # Until the mart is read, no scheduled build may replace the one that was tested.
            mart.enter_context(building(warehouse.dsn, say=say))
            _build(warehouse, request, say=say)
            training = _train(warehouse, request, registry, rules, say=say, when_read=mart.close)
            _verify(training, registry, say=say)
            _gate(training, say=say)
        except _Refused as refused:
            return Retrained(refused.step, refused.reasons, training)
        return Retrained(RetrainStep.CHALLENGER, (), training)


@contextmanager
def _alone(dsn: str) -> Iterator[None]:
    """Hold the warehouse's lock: it is let go with the connection, also when this process is killed."""
    with connect(dsn) as connection:
        connection.autocommit = True
        row = connection.execute(LOCK).fetchone()
        if row is None or not row[0]:
            raise RetrainRunningError("another retraining of this warehouse is under way: wait for its end")
        yield


def _features(warehouse: Warehouse, request: TrainingRequest, *, days: int, say: Callable[[str], None]) -> None:
    vocabulary, _ = read_vocabulary()
    run = materialise(warehouse.dsn, as_of=request.as_of, days=days, mcc=vocabulary.mcc)
    say(f"{RetrainStep.FEATURES}: {run}")


def _freshness(warehouse: Warehouse, request: TrainingRequest, *, say: Callable[[str], None]) -> None:
    artefact: Path = warehouse.target / "sources.json"
    try:
        run_dbt(warehouse, "source", "freshness", as_of=request.as_of)
    except DbtError:
        if not artefact.exists():
            raise
    states = read_freshness(artefact)
    try:
        require_trainable(states)
    except StaleSourceError as error:
        raise _Refused(RetrainStep.FRESHNESS, str(error)) from error
    say(f"{RetrainStep.FRESHNESS}: {', '.join(f'{source.source} {source.state}' for source in states)}")


def _build(warehouse: Warehouse, request: TrainingRequest, *, say: Callable[[str], None]) -> None:
    try:
        require_known_labels(warehouse.dsn)
        results = run_dbt(warehouse, "build", as_of=request.as_of)
    except UnknownLabelsError as error:
        raise _Refused(RetrainStep.WAREHOUSE, str(error)) from error
    except DbtError as error:
        if not error.failures:
            raise
        failures = [f"{node.name}: {(node.message or node.status).strip()}" for node in error.failures]
        raise _Refused(RetrainStep.WAREHOUSE, *failures) from error
    note_tested(warehouse.target, results, read_fingerprint(warehouse.dsn))
    say(f"{RetrainStep.WAREHOUSE}: {len(results.results)} models and tests, none failed")


def _train(
    warehouse: Warehouse,
    request: TrainingRequest,
    registry: Registry,
    rules: RuleEngine,
    *,
    say: Callable[[str], None],
    when_read: Callable[[], None],
) -> Training:
    try:
        training = train_from_mart(
            warehouse.dsn, warehouse.target, request, registry, rules=rules, force=None, when_read=when_read
        )
    except TrainingBlocked as error:
        raise _Refused(RetrainStep.TRAIN, *error.reasons) from error
    except (TrainingDataError, ReleaseRefused) as error:
        raise _Refused(RetrainStep.TRAIN, str(error)) from error
    version, macro_f1 = training.release.manifest.model_version, training.release.manifest.metrics["macro_f1"]
    took = f"{training.rows:,} rows in {training.seconds:.0f} s"
    say(f"{RetrainStep.TRAIN}: {version} from {took}, macro-F1 {macro_f1:.3f}")
    return training


def _verify(training: Training, registry: Registry, *, say: Callable[[str], None]) -> None:
    version = training.release.manifest.model_version
    finding = verify(registry.read(version), name=version)
    if finding.faults:
        raise _Refused(RetrainStep.VERIFY, *finding.faults)
    say(f"{RetrainStep.VERIFY}: {finding.outcome.name.lower()}")


def _gate(training: Training, *, say: Callable[[str], None]) -> None:
    gate = training.release.manifest.gate
    if gate.verdict != GateVerdict.PASS:
        raise _Refused(RetrainStep.GATE, f"{gate.verdict} ({gate.mode})", *gate.reasons)
    say(f"{RetrainStep.GATE}: {gate.verdict} ({gate.mode})" + "".join(f"; {reason}" for reason in gate.reasons))
