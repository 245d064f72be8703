"""Train: a labelled table to a judged model; the same table, cut-offs and seed give the same model."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import msgspec
import numpy as np

from scorer.model.calibration import Calibration
from scorer.model.lexicon import Document, Vocabulary
from scorer.model.model import Model
from scorer.model.threshold_setting import MUTED
from trainer.dataset.folds import Folds
from trainer.dataset.synthetic import add_synthetic
from trainer.dataset.table import TrainingTable
from trainer.evaluation.ablation import ablate
from trainer.evaluation.calibration_effect import quality, worsened
from trainer.evaluation.category_report import intervals
from trainer.evaluation.champion_comparison import compare_with_champion
from trainer.evaluation.evaluate import confusion, reliability, slices, with_intervals
from trainer.evaluation.gate import evaluate_gate
from trainer.evaluation.gate_mode import GateMode
from trainer.evaluation.mute import mute
from trainer.evaluation.nonsense import fragments_threshold
from trainer.evaluation.rules_baseline import AskedRules, AskRules, compare_rules, is_independent
from trainer.evaluation.scored_fold import ScoredFold
from trainer.evaluation.served import ServedPrecision, served_precision, who_answers
from trainer.fit.calibrate import calibrate
from trainer.fit.choose_rule_floor import floor_of
from trainer.fit.choose_thresholds import TARGET_PRECISION
from trainer.fit.fit_model import fit_model
from trainer.fit.held_rows import held_rows
from trainer.fit.more_labels import foresee_labels
from trainer.fit.proven_thresholds import prove_thresholds
from trainer.fit.trained import Trained

SEED: Final = 7


def train(
    folds: Folds,
    *,
    vocabulary: Vocabulary,
    documents: Sequence[Document],
    mode: GateMode,
    seed: int = SEED,
    target_precision: float = TARGET_PRECISION,
    champion: Model | None = None,
    champion_version: str = "",
    synthetic: TrainingTable | None = None,
    ask_rules: AskRules | None = None,
) -> Trained:
    """Train on the first fold, calibrate and set thresholds on the second, judge on the third.

    ``synthetic`` rows are mixed into the first fold with the weight that its size leaves them. ``ask_rules`` gives the
    rules' answers: to rows of the second, for the rule floor, and of the third, for the gate to compare with.
    """
    cut_off = folds.boundaries.calibrate_from
    learnt = folds.train if synthetic is None else add_synthetic(folds.train, synthetic)
    fitted = fit_model(learnt, vocabulary, documents, cut_off=cut_off, seed=seed)
    held = folds.calibrate
    held_raw = fitted.model.raw(held.descriptors, held.numeric)
    calibrated = calibrate(held_raw, held)
    calibration = calibrated.calibration
    model = replace(fitted.model, calibration=calibration)
    fragments = fragments_threshold(model, held, seed=seed)
    proving = held_rows(calibrated.cross_fitted, held, held_raw)
    proven = prove_thresholds(proving, fragments=fragments, target_precision=target_precision)
    thresholds = proven.thresholds

    gate_fold = folds.gate
    raw = model.raw(gate_fold.descriptors, gate_fold.numeric)
    shares = calibration.apply(raw)
    best, row_thresholds = shares.argmax(axis=1), thresholds.of_rows(raw.is_known, raw.evidence)
    before, after = quality(Calibration.none().apply(raw), gate_fold.labels), quality(shares, gate_fold.labels)
    found = intervals(best, gate_fold.labels, gate_fold.keys, seed=seed)
    whole, *others = slices(shares, gate_fold, folds.train, row_thresholds)
    comparison = None
    if champion is not None:
        comparison = compare_with_champion(
            champion_version,
            champion=champion.calibration.apply(champion.raw(gate_fold.descriptors, gate_fold.numeric)).argmax(axis=1),
            best=best,
            labels=gate_fold.labels,
            keys=gate_fold.keys,
            seed=seed,
        )
    said = rules = None
    if ask_rules is not None:
        said, may_answer = ask_rules(gate_fold), row_thresholds[np.arange(len(best)), best] < MUTED
        rules = compare_rules(said.categories, best=best, answers=may_answer, fold=gate_fold, seed=seed)
    gate = evaluate_gate(
        with_intervals(whole, found),
        mode=mode,
        seen=folds.categories,
        thresholds=thresholds,
        champion=comparison,
        rules=rules,
        calibration=worsened(before, after),
    )
    thresholds = mute(thresholds, gate)
    row_thresholds = thresholds.of_rows(raw.is_known, raw.evidence)
    whole, *others = slices(shares, gate_fold, folds.train, row_thresholds)
    served: tuple[ServedPrecision, ...] = ()
    on_held: AskedRules | None = None
    if ask_rules is not None and said is not None:
        on_held = AskedRules(*ask_rules(held), is_independent(held))
        floor = floor_of(proven, proving, thresholds, on_held, target_precision=target_precision)
        thresholds = msgspec.structs.replace(thresholds, rule_floor=floor)
        answering = who_answers(shares, row_thresholds, gate_fold.labels, said)
        served = served_precision(answering, gate_fold, floor, seed=seed)
    scored = ScoredFold(shares, gate_fold.labels, gate_fold.keys, gate_fold.numeric, raw.is_known, raw.evidence)
    return Trained(
        model=model,
        booster_text=fitted.booster_text,
        trees_onnx=fitted.trees_onnx,
        text_fit=fitted.text_fit,
        thresholds=thresholds,
        gate=gate,
        slices=(with_intervals(whole, found), *others),
        before=before,
        after=after,
        reliability=tuple(reliability(shares, gate_fold.labels)),
        confusion=confusion(best, gate_fold.labels),
        scored_fold=scored,
        ablation=ablate(model, gate_fold, known=frozenset(folds.train.keys)),
        champion_comparison=comparison,
        rules=rules,
        served=served,
        asked=on_held,
        more_labels=foresee_labels(proving, thresholds, scored, fragments=fragments, muted=gate.muted),
    )
