"""Trained: a judged model with all that its release and its card say of it."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from scorer.model.model import Model
from scorer.model.thresholds import Thresholds
from scorer.release.manifest import Gate, Refit
from trainer.evaluation.ablation import AblationResult
from trainer.evaluation.champion_comparison import ChampionComparison
from trainer.evaluation.evaluate import Slice
from trainer.evaluation.rules_baseline import AskedRules, RulesBaseline
from trainer.evaluation.scored_fold import ScoredFold
from trainer.evaluation.served import ServedPrecision
from trainer.fit.cross_fitting import TextFit
from trainer.fit.more_labels import MoreLabels
from trainer.fit.out_of_fold import OutOfFold


@dataclass(frozen=True, slots=True)
class Refitted:
    """A model fitted on all rows, with what it would be served with and what tells whether it went wrong.

    ``ece`` and ``log_loss`` are those of the judged model's answers to the out-of-fold rows: the former to the gate
    fold's rows alone. ``learnt_log_loss`` is that of the refitted model's answers to these rows, which it learned.
    ``gate_is_known`` says which rows of the gate fold are of merchants with a history on its first day.
    """

    model: Model
    booster_text: str
    trees_onnx: bytes
    thresholds: Thresholds
    out_of_fold: OutOfFold
    expected_fallback: float
    ece: float
    log_loss: float
    learnt_log_loss: float
    gate_is_known: npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Trained:
    """The judged model with all that its release and its card say of it, and what is served in its place.

    All measures are of the judged model. ``refitted`` is None where the judged model itself is served;
    ``refit_report`` says why, None where nobody asked for a refit.
    """

    model: Model
    booster_text: str
    trees_onnx: bytes
    text_fit: TextFit  # what a refit carries on
    thresholds: Thresholds
    gate: Gate
    slices: tuple[Slice, ...]  # of the gate fold; the first is the whole fold
    before: dict[str, float]  # calibration on the gate fold before it was calibrated
    after: dict[str, float]
    reliability: tuple[tuple[float, float, float, float], ...]
    confusion: npt.NDArray[np.int64]
    scored_fold: ScoredFold
    ablation: tuple[AblationResult, ...] = ()
    champion_comparison: ChampionComparison | None = None
    rules: RulesBaseline | None = None  # None where nobody asked the rules
    served: tuple[ServedPrecision, ...] = ()  # on the gate fold, where the rules were asked
    asked: AskedRules | None = None  # what the rules answered to the calibration fold
    more_labels: tuple[MoreLabels, ...] = ()
    refitted: Refitted | None = None
    refit_report: Refit | None = None
