"""Tree faults: why a model's trees cannot be served."""

from typing import Final

import numpy as np

from schemas.taxonomy import CATEGORIES
from schemas.text.descriptor import build_descriptor
from scorer.features.features import numerics
from scorer.model.model import Model
from trainer.fit.gbm import MAX_RAW_SCORE, raw_scores
from trainer.release.golden_rows import golden_transactions

MAX_GAP: Final = 1e-5  # between ONNX Runtime and LightGBM, in probability


def tree_faults(model: Model, booster_text: str) -> list[str]:
    """Return why trees cannot be served: diverged, or not the same in ONNX Runtime as in LightGBM."""
    transactions = golden_transactions()
    descriptors = [build_descriptor(transaction) for transaction in transactions]
    numeric = numerics(transactions, descriptors, mcc=model.vocabulary.mcc)
    features = model.features(descriptors, numeric)
    by_booster = features[:, : len(CATEGORIES)] + raw_scores(booster_text, features)
    if not np.isfinite(by_booster).all() or np.abs(by_booster).max() > MAX_RAW_SCORE:
        return [f"the trees diverged: a raw score is outside -{MAX_RAW_SCORE:.0f} to {MAX_RAW_SCORE:.0f}"]
    by_onnx = model.raw(descriptors, numeric)
    other = by_onnx._replace(scores=by_booster.astype(np.float32))
    gap = float(np.abs(model.calibration.apply(by_onnx) - model.calibration.apply(other)).max())
    return [] if gap <= MAX_GAP else [f"ONNX Runtime and LightGBM differ by {gap:.2g}"]
