"""Fit model: rows to text weights and trees, in their order; neither calibration nor judgement."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from schemas.taxonomy import CATEGORIES
from scorer.model.calibration import Calibration
from scorer.model.gbm import load_trees
from scorer.model.lexicon import Document, Vocabulary
from scorer.model.model import Model
from scorer.model.text_model import TextModel
from scorer.model.token_hashing import hash_texts
from trainer.dataset.merchant_priors import priors_at_cutoff
from trainer.dataset.table import TrainingTable
from trainer.fit import text_fit
from trainer.fit.continued_text import continue_text
from trainer.fit.cross_fitting import TextFit, build_booster_rows, fit_text
from trainer.fit.gbm import DEFAULT_SIZE, BoosterSize, fit_booster
from trainer.fit.gbm_onnx import to_onnx
from trainer.fit.known_words import learn_words
from trainer.fit.text_design import build_design

WARM_WEIGHT: Final = 0.8  # of a K-fold row, beside 1 of a forward-chained one (docs/EXPERIMENTS.md has the numbers)
COLD_START_WEIGHT: Final = 0.3  # the same of a cold-start row
_COUNT: Final = len(CATEGORIES)


@dataclass(frozen=True, slots=True)
class Fitted:
    """A model whose raw scores are not calibrated yet, and its trees in both formats."""

    model: Model
    booster_text: str
    trees_onnx: bytes
    text_fit: TextFit


def fit_model(
    rows: TrainingTable,
    vocabulary: Vocabulary,
    documents: Sequence[Document],
    *,
    cut_off: int,
    seed: int,
    warm_weight: float = WARM_WEIGHT,
    cold_start_weight: float = COLD_START_WEIGHT,
    size: BoosterSize = DEFAULT_SIZE,
    past: TextFit | None = None,
    past_text: TextModel | None = None,
) -> Fitted:
    """Fit text weights and trees; ``cut_off`` (seconds since 1970) freezes the merchant priors.

    Where ``past`` is the text part of a training on earlier rows, these rows keep its scores; ``past_text`` is the text
    model that it led to.
    """
    hashed = hash_texts([document.text for document in documents])
    design = build_design(rows, hashed)
    if past is None:
        fitted = fit_text(design, rows, with_kfold=warm_weight > 0, with_cold_start=cold_start_weight > 0)
    else:
        fitted = continue_text(past, design, rows)
    text = text_fit.to_model(design, fitted.coefficients, documents, hashed, past=past_text)
    booster_rows = build_booster_rows(
        rows,
        fitted.scores,
        text,
        vocabulary,
        warm_weight=warm_weight,
        cold_start_weight=cold_start_weight,
    )
    booster_text = fit_booster(
        booster_rows.features,
        booster_rows.labels,
        booster_rows.weights,
        booster_rows.features[:, :_COUNT],
        seed=seed,
        size=size,
    )
    trees_onnx = to_onnx(booster_text)
    priors = priors_at_cutoff(rows.keys, rows.labels, observed_at=rows.observed_at, cut_off=cut_off)
    known_words = learn_words(rows.norms, [document.text for document in documents])
    model = Model(text, known_words, vocabulary, priors, load_trees(trees_onnx), Calibration.none())
    return Fitted(model, booster_text, trees_onnx, fitted)
