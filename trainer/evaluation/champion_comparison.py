"""Champion comparison: a paired bootstrap over merchants of a new model and the champion, on the same rows."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from trainer.evaluation.evaluate import macro_f1
from trainer.evaluation.merchants import f1_draws

_LOWER_QUANTILE: Final = 0.05  # one-sided bound at 95 %


@dataclass(frozen=True, slots=True)
class ChampionComparison:
    """The difference of macro-F1, new model minus champion, with its lower bound at 95 %."""

    champion: str
    difference: float
    lower_bound: float


def compare_with_champion(
    name: str,
    *,
    champion: npt.NDArray[np.int64],
    best: npt.NDArray[np.int64],
    labels: npt.NDArray[np.int64],
    keys: tuple[str, ...],
    seed: int,
) -> ChampionComparison:
    """Compare two models' answers on the same rows by a paired bootstrap over merchants."""
    count = 1 + max(int(array.max()) for array in (labels, best, champion))
    ours, theirs = (np.nanmean(f1_draws(said, labels, keys, count, seed=seed), axis=1) for said in (best, champion))
    difference = macro_f1(best, labels) - macro_f1(champion, labels)
    return ChampionComparison(name, difference, float(np.quantile(ours - theirs, _LOWER_QUANTILE)))
