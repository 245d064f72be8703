"""Produce: a table to a release in the registry."""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime

from scorer.manifest import MANIFEST, Forced, Manifest, read_manifest
from trainer.documents import read_vocabulary
from trainer.mode import Mode
from trainer.registry import Registry
from trainer.split import CutOffs, choose_cut_offs, split
from trainer.table import TrainingTable, check
from trainer.train import SEED, train
from trainer.write_release import Provenance, release_files


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of one training; ``cut_offs`` of None lets the data decide."""

    as_of: datetime
    mode: Mode = Mode.STRICT
    seed: int = SEED
    cut_offs: CutOffs | None = None
    forced: Forced | None = None
    git_commit: str = "unknown"


@dataclass(frozen=True, slots=True)
class Produced:
    """A release that was written, and where."""

    manifest: Manifest
    place: str


def produce(table: TrainingTable, request: Request, registry: Registry) -> Produced:
    """Train, judge and write a release, refused ones too: they may run in shadow.

    The champion it is held against is the promoted release of the registry, else the newest whose gate said PASS.
    Raises TrainingDataError, ReleaseRefused, ReleaseError and RegistryError.
    """
    check(table)
    folds = split(table, request.cut_offs or choose_cut_offs(table.occurred_at), as_of=int(request.as_of.timestamp()))
    vocabulary, documents = read_vocabulary()
    champion = registry.champion()
    trained = train(
        folds,
        vocabulary=vocabulary,
        documents=documents,
        mode=request.mode,
        seed=request.seed,
        champion=None if champion is None else champion.model,
        champion_version="" if champion is None else champion.version,
    )
    provenance = Provenance(
        as_of=request.as_of.astimezone(UTC).isoformat(timespec="seconds"),
        seed=request.seed,
        git_commit=request.git_commit,
        mart_fingerprint=table.fingerprint(),
        folds=folds.describe(),
        label_sources=dict(sorted(Counter(source.value for source in table.sources).items())),
        forced=request.forced,
    )
    version, files = release_files(trained, provenance)
    place = registry.write(version, files)
    return Produced(read_manifest(files[MANIFEST]), place)
