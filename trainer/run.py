"""Run: a table to a release in the registry."""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

import msgspec

from scorer.release.manifest import MANIFEST, Bootstrap, Forced, Manifest, read_manifest
from scorer.release.release import Release
from trainer.dataset.folds import CutOffs, Split, choose_cut_offs, split
from trainer.dataset.lexicon import read_vocabulary
from trainer.dataset.synthetic import forget_merchants, trust_of
from trainer.dataset.table import TrainingTable, check
from trainer.evaluation.gate import Verdict
from trainer.evaluation.gate_mode import Mode
from trainer.evaluation.rules_baseline import AskRules
from trainer.fit.train import SEED, train
from trainer.fit.trained import Trained
from trainer.release.build import release_files
from trainer.release.provenance import Provenance
from trainer.release.registry import Registry

UNJUDGED: Final = "judged on invented rows: how it does on real ones nobody knows, so it may only run in shadow"


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of one training; ``cut_offs`` of None lets the data decide.

    ``champion`` is the release that the rollout names, None where it names none.
    """

    as_of: datetime
    mode: Mode = Mode.STRICT
    seed: int = SEED
    cut_offs: CutOffs | None = None
    forced: Forced | None = None
    git_commit: str = "unknown"
    champion: str | None = None


@dataclass(frozen=True, slots=True)
class Produced:
    """A release that was written, and where."""

    manifest: Manifest
    place: str


def produce(
    table: TrainingTable,
    request: Request,
    registry: Registry,
    *,
    invented: TrainingTable | None = None,
    ask_rules: AskRules | None = None,
) -> Produced:
    """Train, judge and write a release, refused ones too: they may run in shadow.

    The model is compared with the rollout's champion, else with the newest release that its gate passed.
    ``invented`` rows help where real ones are few; ``ask_rules`` gives the rules' answers to compare with. Raises
    TrainingDataError, ReleaseRefused, ReleaseError, RegistryError and what ``ask_rules`` raises.
    """
    check(table)
    folds = split(table, request.cut_offs or choose_cut_offs(table.occurred_at), as_of=int(request.as_of.timestamp()))
    real, count = len(folds.train), 0 if invented is None else len(invented)
    trust = trust_of(real, count)
    champion, mixed = registry.champion(request.champion), invented if trust else None
    trained = _train(folds, request, champion=champion, invented=mixed, ask_rules=ask_rules)
    sources = dict(sorted(Counter(source.value for source in table.sources).items()))
    bootstrap = Bootstrap(count, round(trust, 6), real) if trust else None
    return _write(trained, folds, request, registry, table=table, sources=sources, bootstrap=bootstrap)


def produce_first(
    invented: TrainingTable, request: Request, registry: Registry, *, ask_rules: AskRules | None = None
) -> Produced:
    """Write a release that no real row has gone into; its gate is inconclusive whatever it measured.

    Raises TrainingDataError, ReleaseRefused and RegistryError.
    """
    folds = split(invented, choose_cut_offs(invented.occurred_at), as_of=int(request.as_of.timestamp()))
    count = len(folds.train)
    folds = replace(folds, train=forget_merchants(folds.train))
    trained = _train(folds, request, champion=None, invented=None, ask_rules=ask_rules)
    gate = msgspec.structs.replace(
        trained.gate, verdict=Verdict.INCONCLUSIVE.value, reasons=(UNJUDGED, *trained.gate.reasons)
    )
    trained = replace(trained, gate=gate, rivalry=None)
    sources = {"invented": len(invented)}
    bootstrap = Bootstrap(count, 1.0, 0)
    return _write(trained, folds, request, registry, table=invented, sources=sources, bootstrap=bootstrap)


def _train(
    folds: Split,
    request: Request,
    *,
    champion: Release | None,
    invented: TrainingTable | None,
    ask_rules: AskRules | None,
) -> Trained:
    vocabulary, documents = read_vocabulary()
    return train(
        folds,
        vocabulary=vocabulary,
        documents=documents,
        mode=request.mode,
        seed=request.seed,
        champion=None if champion is None else champion.model,
        champion_version="" if champion is None else champion.version,
        invented=invented,
        ask_rules=ask_rules,
    )


def _write(
    trained: Trained,
    folds: Split,
    request: Request,
    registry: Registry,
    *,
    table: TrainingTable,
    sources: dict[str, int],
    bootstrap: Bootstrap | None,
) -> Produced:
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
    manifest, before = read_manifest(files[MANIFEST]), registry.written(version)
    # The same model again, whose card may name another champion (itself, say): the first of the two stands.
    if before is not None and _judged_alike(before, manifest):
        return Produced(before, registry.place(version))
    return Produced(manifest, registry.write(version, files))


def _judged_alike(one: Manifest, other: Manifest) -> bool:
    return (one.gate.verdict, one.gate.mode, one.forced) == (other.gate.verdict, other.gate.mode, other.forced)
