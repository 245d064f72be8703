"""Provenance: where a trained model comes from."""

from collections.abc import Mapping
from dataclasses import dataclass

from scorer.release.manifest import Bootstrap, FoldSummaries, Forced


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a model comes from: what the manifest says beside what was measured."""

    as_of: str
    seed: int
    git_commit: str
    mart_fingerprint: str
    folds: FoldSummaries
    label_sources: Mapping[str, int]
    forced: Forced | None = None
    bootstrap: Bootstrap | None = None
