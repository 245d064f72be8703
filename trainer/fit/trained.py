"""Trained: a model with all that its release and its card say of it."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from scorer.model.model import Model
from scorer.model.thresholds import Thresholds
from scorer.release.manifest import Gate
from trainer.evaluation.ablation import AblationResult
from trainer.evaluation.champion_comparison import ChampionComparison
from trainer.evaluation.evaluate import Slice
from trainer.evaluation.rules_baseline import RulesBaseline
from trainer.evaluation.scored_fold import ScoredFold


@dataclass(frozen=True, slots=True)
class Trained:
    """A model with all that its release and its card say of it."""

    model: Model
    booster_text: str
    trees_onnx: bytes
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
