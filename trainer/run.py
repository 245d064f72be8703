"""Run: a table to a release in the registry."""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

import msgspec

from scorer.model.model import Model
from scorer.release.manifest import MANIFEST, Bootstrap, Forced, Manifest, read_manifest
from scorer.release.release import Release
from trainer.dataset.folds import FoldBoundaries, Folds, choose_boundaries, known_rows, split_by_time
from trainer.dataset.lexicon import read_vocabulary
from trainer.dataset.synthetic import drop_merchant_keys, synthetic_weight
from trainer.dataset.table import TrainingTable, check
from trainer.evaluation.gate import GateVerdict
from trainer.evaluation.gate_mode import GateMode
from trainer.evaluation.rules_baseline import AskRules
from trainer.fit.refit import refit, with_refit
from trainer.fit.train import SEED, train
from trainer.fit.trained import Trained
from trainer.release.build import release_files
from trainer.release.judged import judged_model
from trainer.release.provenance import Provenance
from trainer.release.refit_guard import check_refit
from trainer.release.registry import Registry

COLD_START_NOTE: Final = "judged on synthetic rows: how it does on real ones is not known, so it may only run in shadow"


@dataclass(frozen=True, slots=True)
class TrainingRequest:
    """What is asked of one training; ``boundaries`` of None lets the data decide.

    ``champion`` is the release that the rollout names, None where it names none.
    """

    as_of: datetime
    mode: GateMode = GateMode.STRICT
    seed: int = SEED
    boundaries: FoldBoundaries | None = None
    forced: Forced | None = None
    git_commit: str = "unknown"
    champion: str | None = None


@dataclass(frozen=True, slots=True)
class TrainedRelease:
    """A release that was written, and where."""

    manifest: Manifest
    location: str


def train_release(
    table: TrainingTable,
    request: TrainingRequest,
    registry: Registry,
    *,
    synthetic: TrainingTable | None = None,
    ask_rules: AskRules | None = None,
) -> TrainedRelease:
    """Train, judge and write a release, refused ones too: they may run in shadow.

    The model is compared with the rollout's champion, else with the newest release that its gate passed: with the
    model of it that a gate judged. Then the recipe is fitted again on all rows, and served so unless that went wrong.
    ``synthetic`` rows help where real ones are few; ``ask_rules`` gives the rules' answers to compare with. Raises
    TrainingDataError, ReleaseRefused, ReleaseError, RegistryError and what ``ask_rules`` raises.
    """
    check(table)
    as_of = int(request.as_of.timestamp())
    folds = split_by_time(table, request.boundaries or choose_boundaries(table.occurred_at), as_of=as_of)
    real, count = len(folds.train), 0 if synthetic is None else len(synthetic)
    weight = synthetic_weight(real, count)
    champion, mixed = registry.champion(request.champion), synthetic if weight else None
    judged = None if champion is None else judged_model(champion, registry.read(champion.version))
    trained = _train(folds, request, champion=champion, judged=judged, synthetic=mixed, ask_rules=ask_rules)
    trained = _refit(trained, folds, known_rows(table, as_of=as_of), request, synthetic=mixed)
    sources = dict(sorted(Counter(source.value for source in table.sources).items()))
    bootstrap = Bootstrap(count, round(weight, 6), real) if weight else None
    return _write(trained, folds, request, registry, table=table, sources=sources, bootstrap=bootstrap)


def train_cold_start(
    synthetic: TrainingTable, request: TrainingRequest, registry: Registry, *, ask_rules: AskRules | None = None
) -> TrainedRelease:
    """Write a release that no real row has gone into; its gate is inconclusive whatever it measured.

    Raises TrainingDataError, ReleaseRefused and RegistryError.
    """
    folds = split_by_time(synthetic, choose_boundaries(synthetic.occurred_at), as_of=int(request.as_of.timestamp()))
    count = len(folds.train)
    folds = replace(folds, train=drop_merchant_keys(folds.train))
    trained = _train(folds, request, champion=None, judged=None, synthetic=None, ask_rules=ask_rules)
    # Invented rows prove nothing of the rules: no rule is doubted on their word.
    thresholds = msgspec.structs.replace(trained.thresholds, rule_floor=None)
    trained = replace(trained, thresholds=thresholds, served=())
    gate = msgspec.structs.replace(
        trained.gate, verdict=GateVerdict.INCONCLUSIVE.value, reasons=(COLD_START_NOTE, *trained.gate.reasons)
    )
    trained = replace(trained, gate=gate, champion_comparison=None)
    sources = {"invented": len(synthetic)}
    bootstrap = Bootstrap(count, 1.0, 0)
    return _write(trained, folds, request, registry, table=synthetic, sources=sources, bootstrap=bootstrap)


def _train(
    folds: Folds,
    request: TrainingRequest,
    *,
    champion: Release | None,
    judged: Model | None,
    synthetic: TrainingTable | None,
    ask_rules: AskRules | None,
) -> Trained:
    """Train on the folds; ``judged`` is the model of ``champion`` that is compared."""
    vocabulary, documents = read_vocabulary()
    return train(
        folds,
        vocabulary=vocabulary,
        documents=documents,
        mode=request.mode,
        seed=request.seed,
        champion=judged,
        champion_version="" if champion is None else champion.version,
        synthetic=synthetic,
        ask_rules=ask_rules,
    )


def _refit(
    trained: Trained,
    folds: Folds,
    known: TrainingTable,
    request: TrainingRequest,
    *,
    synthetic: TrainingTable | None,
) -> Trained:
    vocabulary, documents = read_vocabulary()
    refitted = refit(
        trained,
        folds,
        known,
        vocabulary=vocabulary,
        documents=documents,
        as_of=int(request.as_of.timestamp()),
        seed=request.seed,
        synthetic=synthetic,
    )
    return with_refit(trained, refitted, check_refit(trained, refitted, known))


def _write(
    trained: Trained,
    folds: Folds,
    request: TrainingRequest,
    registry: Registry,
    *,
    table: TrainingTable,
    sources: dict[str, int],
    bootstrap: Bootstrap | None,
) -> TrainedRelease:
    provenance = Provenance(
        as_of=request.as_of.astimezone(UTC).isoformat(timespec="seconds"),
        seed=request.seed,
        git_commit=request.git_commit,
        mart_fingerprint=table.fingerprint(),
        folds=folds.describe(),
        label_sources=sources,
        forced=request.forced,
        bootstrap=bootstrap,
    )
    version, files = release_files(trained, provenance)
    manifest, before = read_manifest(files[MANIFEST]), registry.find_manifest(version)
    # The same model again, whose card may name another champion (itself, say): the first of the two stands.
    if before is not None and _same_gate(before, manifest):
        return TrainedRelease(before, registry.location_of(version))
    return TrainedRelease(manifest, registry.write(version, files))


def _same_gate(one: Manifest, other: Manifest) -> bool:
    return (one.gate.verdict, one.gate.mode, one.forced) == (other.gate.verdict, other.gate.mode, other.forced)
