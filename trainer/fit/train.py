"""Train: a labelled table to a judged model; the same table, cut-offs and seed give the same model."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from schemas.taxonomy import CATEGORIES
from scorer.model.calibration import Calibration
from scorer.model.gbm import load_trees
from scorer.model.lexicon import Document, Vocabulary
from scorer.model.model import Model
from scorer.model.thresholds import MUTED
from scorer.model.token_hashing import hash_texts
from trainer.dataset.folds import Split
from trainer.dataset.merchant_priors import freeze
from trainer.dataset.synthetic import mix
from trainer.dataset.table import TrainingTable
from trainer.evaluation.ablation import withhold
from trainer.evaluation.calibration_effect import quality, worsened
from trainer.evaluation.category_report import intervals
from trainer.evaluation.champion_comparison import compare
from trainer.evaluation.evaluate import confusion, reliability, views, with_intervals
from trainer.evaluation.gate import judge
from trainer.evaluation.gate_mode import Mode
from trainer.evaluation.mute import mute
from trainer.evaluation.nonsense import fragments_bar
from trainer.evaluation.rules_baseline import AskRules, compare_rules
from trainer.evaluation.scored_fold import Judged
from trainer.fit import text_fit
from trainer.fit.calibrate import calibrate
from trainer.fit.choose_thresholds import WANTED_PRECISION, choose
from trainer.fit.cross_fitting import lessons, score_rows
from trainer.fit.gbm import SIZE, Size, boost
from trainer.fit.gbm_onnx import to_onnx
from trainer.fit.known_words import learn_words
from trainer.fit.trained import Trained

SEED: Final = 7
REGULAR_WEIGHT: Final = 0.8  # of a row as a regular's, beside 1 as it came (docs/MODEL.md has the numbers)
STRANGER_WEIGHT: Final = 0.3
_COUNT: Final = len(CATEGORIES)


def train(
    folds: Split,
    *,
    vocabulary: Vocabulary,
    documents: Sequence[Document],
    mode: Mode,
    seed: int = SEED,
    wanted_precision: float = WANTED_PRECISION,
    champion: Model | None = None,
    champion_version: str = "",
    invented: TrainingTable | None = None,
    ask_rules: AskRules | None = None,
) -> Trained:
    """Train on the first fold, calibrate and set thresholds on the second, judge on the third.

    ``invented`` rows are mixed into the first fold with the weight that its size leaves them. ``ask_rules`` gives the
    rules' answers to rows of the third, for the gate to compare with.
    """
    cut_off = folds.cut_offs.calibrate_from
    learnt = folds.train if invented is None else mix(folds.train, invented)
    fitted = fit_model(learnt, vocabulary, documents, cut_off=cut_off, seed=seed)
    held = folds.calibrate
    held_raw = fitted.model.raw(held.descriptors, held.numeric)
    calibrated = calibrate(held_raw, held)
    calibration = calibrated.calibration
    model = replace(fitted.model, calibration=calibration)
    thresholds = choose(
        calibrated.cross_fitted,
        held.labels,
        held.keys,
        is_known=held_raw.is_known,
        evidence=held_raw.evidence,
        fragments=fragments_bar(model, held, seed=seed),
        wanted=wanted_precision,
    )

    late = folds.gate
    raw = model.raw(late.descriptors, late.numeric)
    shares = calibration.apply(raw)
    best, bars = shares.argmax(axis=1), thresholds.of_rows(raw.is_known, raw.evidence)
    before, after = quality(Calibration.none().apply(raw), late.labels), quality(shares, late.labels)
    found = intervals(best, late.labels, late.keys, seed=seed)
    whole, *others = views(shares, late, folds.train, bars)
    rivalry = None
    if champion is not None:
        rivalry = compare(
            champion_version,
            champion=champion.calibration.apply(champion.raw(late.descriptors, late.numeric)).argmax(axis=1),
            best=best,
            labels=late.labels,
            keys=late.keys,
            seed=seed,
        )
    rules = None
    if ask_rules is not None:
        may_answer = bars[np.arange(len(best)), best] < MUTED
        rules = compare_rules(ask_rules(late), best=best, answers=may_answer, fold=late, seed=seed)
    gate = judge(
        with_intervals(whole, found),
        mode=mode,
        seen=folds.categories,
        thresholds=thresholds,
        rivalry=rivalry,
        rules=rules,
        calibration=worsened(before, after),
    )
    thresholds = mute(thresholds, gate)
    whole, *others = views(shares, late, folds.train, thresholds.of_rows(raw.is_known, raw.evidence))
    return Trained(
        model=model,
        booster_text=fitted.booster_text,
        trees_onnx=fitted.trees_onnx,
        thresholds=thresholds,
        gate=gate,
        views=(with_intervals(whole, found), *others),
        before=before,
        after=after,
        reliability=tuple(reliability(shares, late.labels)),
        confusion=confusion(best, late.labels),
        judged=Judged(shares, late.labels, late.keys, late.numeric, raw.is_known, raw.evidence),
        withheld=withhold(model, late, known=frozenset(folds.train.keys)),
        rivalry=rivalry,
        rules=rules,
    )


@dataclass(frozen=True, slots=True)
class Fitted:
    """A model whose raw scores are not calibrated yet, and its trees in both formats."""

    model: Model
    booster_text: str
    trees_onnx: bytes


def fit_model(
    rows: TrainingTable,
    vocabulary: Vocabulary,
    documents: Sequence[Document],
    *,
    cut_off: int,
    seed: int,
    regular_weight: float = REGULAR_WEIGHT,
    stranger_weight: float = STRANGER_WEIGHT,
    size: Size = SIZE,
) -> Fitted:
    """Fit text weights and trees; ``cut_off`` (seconds since 1970) freezes the merchant priors."""
    hashed = hash_texts([document.text for document in documents])
    made = text_fit.design(rows, hashed)
    scores, label_weights = score_rows(made, rows, with_regulars=regular_weight > 0, with_strangers=stranger_weight > 0)
    text = text_fit.to_model(made, label_weights, documents, hashed)
    taught = lessons(
        rows,
        scores,
        text,
        vocabulary,
        regular_weight=regular_weight,
        stranger_weight=stranger_weight,
    )
    booster_text = boost(
        taught.features,
        taught.labels,
        taught.weights,
        taught.features[:, :_COUNT],
        seed=seed,
        size=size,
    )
    trees_onnx = to_onnx(booster_text)
    priors = freeze(rows.keys, rows.labels, observed_at=rows.observed_at, cut_off=cut_off)
    known_words = learn_words(rows.norms, [document.text for document in documents])
    model = Model(text, known_words, vocabulary, priors, load_trees(trees_onnx), Calibration.none())
    return Fitted(model, booster_text, trees_onnx)
