"""Ablation: macro-F1 of a trained model without one group of features, on the rows that it is judged on."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from schemas.taxonomy import CATEGORIES
from scorer.features.features import FEATURE_NAMES, Floats
from scorer.model.calibration import RawScores
from scorer.model.known_words import WordingEvidence
from scorer.model.model import Model
from trainer.dataset.table import TrainingTable
from trainer.evaluation.evaluate import macro_f1

# kind of evidence → how the names of its features begin; the text itself is where the trees start from
FEATURE_GROUPS: Final = {
    "brand vocabulary and codes": ("vocabulary ", "brand_known", "mcc "),
    "the merchant's history": ("prior ", "support"),
    "channel": ("channel ",),
    "amount and time": ("log_amount", "sign", "cents", "is_round", "is_just_below", "hour", "weekday", "day"),
}
_SUPPORT: Final = FEATURE_NAMES.index("support")


@dataclass(frozen=True, slots=True)
class AblationResult:
    """Macro-F1 without one group of features: on all rows, and on unseen merchants (None where there are none)."""

    kind: str
    macro_f1: float
    unseen_macro_f1: float | None


def ablate(model: Model, rows: TrainingTable, *, known: frozenset[str]) -> tuple[AblationResult, ...]:
    """Return macro-F1 with every feature, and without each group in turn; ``known`` are the merchants of the training.

    A feature that is left out is what it is where nothing is known, 0; of amounts and times, their median. The trees
    were fitted with it, so a model that never had it could do better than the line says.
    """
    features = model.features(rows.descriptors, rows.numeric)
    unseen = np.array([key not in known for key in rows.keys], dtype=np.bool_)
    found = [_measure("everything", model, features, rows, unseen)]
    for kind, begins in FEATURE_GROUPS.items():
        columns = [place for place, name in enumerate(FEATURE_NAMES) if name.startswith(begins)]
        without = features.copy()
        without[:, columns] = np.median(features[:, columns], axis=0) if kind == "amount and time" else 0
        found.append(_measure(kind, model, without, rows, unseen))
    best = features[:, : len(CATEGORIES)].argmax(axis=1)
    return (*found, _score("all but the text", best, rows, unseen))


def _measure(
    kind: str, model: Model, features: Floats, rows: TrainingTable, unseen: npt.NDArray[np.bool_]
) -> AblationResult:
    scores = features[:, : len(CATEGORIES)] + model.trees.raw(features)
    evidence = np.full(len(scores), WordingEvidence.WORDS, dtype=np.uint8)  # what is served plays no part here
    shares = model.calibration.apply(RawScores(scores, features[:, _SUPPORT] > 0, evidence))
    return _score(kind, shares.argmax(axis=1), rows, unseen)


def _score(
    kind: str, best: npt.NDArray[np.int64], rows: TrainingTable, unseen: npt.NDArray[np.bool_]
) -> AblationResult:
    on_unseen = macro_f1(best[unseen], rows.labels[unseen]) if unseen.any() else None
    return AblationResult(kind, macro_f1(best, rows.labels), on_unseen)
