"""Verify: every way in which a release could be broken, each said in one line."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

import numpy as np

from schemas.taxonomy import CATEGORIES
from schemas.text.descriptor import build_descriptor
from scorer.errors import ReleaseError
from scorer.features.features import numerics
from scorer.release import golden
from scorer.release.manifest import BOOSTER, GOLDEN
from scorer.release.release import Release, build_release
from trainer.evaluation.gate import ECE_ROWS, MAX_ECE
from trainer.fit.gbm import raw_scores
from trainer.release.verify_refit import refit_faults

MAX_GAP: Final = 1e-5


class VerificationOutcome(IntEnum):
    """The exit codes."""

    FINE = 0
    BROKEN = 1
    NOTHING = 2


@dataclass(frozen=True, slots=True)
class VerificationResult:
    """What a verification came to; ``faults`` is empty where all is fine."""

    outcome: VerificationOutcome
    version: str | None
    faults: tuple[str, ...]


def verify(files: Mapping[str, bytes], *, name: str) -> VerificationResult:
    """Return the findings on a release's files: all that loading checks, and what only the trainer can."""
    try:
        release = build_release(files, name=name, expected_version=name)
    except ReleaseError as error:
        return VerificationResult(VerificationOutcome.BROKEN, name, error.faults)
    faults = (
        *_booster_faults(release, files),
        *_metric_faults(release),
        *_ece_faults(release),
        *refit_faults(release, files),
    )
    return VerificationResult(VerificationOutcome.BROKEN if faults else VerificationOutcome.FINE, name, faults)


def _booster_faults(release: Release, files: Mapping[str, bytes]) -> list[str]:
    """Return whether LightGBM itself, with the text beside it, answers the golden rows as ONNX Runtime does."""
    model = release.model
    transactions = [row.transaction for row in golden.from_bytes(files[GOLDEN])]
    descriptors = [build_descriptor(transaction) for transaction in transactions]
    numeric = numerics(transactions, descriptors, mcc=model.vocabulary.mcc)
    features = model.features(descriptors, numeric)
    raw = model.raw(descriptors, numeric)
    by_onnx = raw.scores - features[:, : len(CATEGORIES)]
    try:
        by_trees = raw_scores(files[BOOSTER].decode(), features)
    except ValueError as error:
        return [f"booster.txt: {error}"]
    except Exception as error:  # LightGBM's own, which tells of its lines of code and not of the file
        return [f"booster.txt: it cannot be read or asked ({type(error).__name__})"]
    if by_trees.shape != (len(descriptors), len(CATEGORIES)):
        return [f"booster.txt: gives {by_trees.shape[-1]} scores, the taxonomy has {len(CATEGORIES)}"]
    if not np.allclose(by_trees, by_onnx, rtol=0, atol=MAX_GAP) and np.allclose(
        np.sort(by_trees, axis=1), np.sort(by_onnx, axis=1), rtol=0, atol=MAX_GAP
    ):
        return ["booster.txt: its class order differs from the taxonomy's and from booster.onnx"]
    other = raw._replace(scores=(features[:, : len(CATEGORIES)] + by_trees).astype(np.float32))
    gap = float(np.abs(model.calibration.apply(raw) - model.calibration.apply(other)).max())
    return [] if gap <= MAX_GAP else [f"booster.onnx and booster.txt differ by {gap:.2g} on the golden rows"]


def _metric_faults(release: Release) -> list[str]:
    return [
        f"manifest.json: {name} is not finite"
        for name, value in release.manifest.metrics.items()
        if not np.isfinite(value)
    ]


def _ece_faults(release: Release) -> list[str]:
    ece, rows = release.manifest.metrics.get("ece", float("nan")), release.manifest.folds.gate.rows
    if not np.isfinite(ece):
        return ["manifest.json: the calibration error on the gate fold is not known"]
    if rows >= ECE_ROWS and ece > MAX_ECE:
        return [f"calibration error {ece:.3f} on {rows} gate rows is over the budget of {MAX_ECE}"]
    return []
