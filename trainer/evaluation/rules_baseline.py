"""Rules baseline: whether the model is at least as right as the rules, on the rows that both answer."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from schemas.events.feedback import LabelSource
from trainer.dataset.table import TrainingTable
from trainer.evaluation.merchants import MIN_MERCHANTS, mean_draws

NO_ANSWER: Final = -1
_INTERVAL: Final = (0.05, 0.95)  # each bound one-sided at 95 %


class RuleAnswers(NamedTuple):
    """The rules' answers to some rows: category indices int64 [rows], NO_ANSWER where no rule knows the row.

    ``is_override`` [rows] says which answers are served whatever a model says.
    """

    categories: npt.NDArray[np.int64]
    is_override: npt.NDArray[np.bool_]


class AskedRules(NamedTuple):
    """The rules' answers to some rows, as RuleAnswers has them, and which rows have a label that no rule gave."""

    categories: npt.NDArray[np.int64]
    is_override: npt.NDArray[np.bool_]
    is_counted: npt.NDArray[np.bool_]

    @property
    def answers(self) -> RuleAnswers:
        """The answers alone."""
        return RuleAnswers(self.categories, self.is_override)


AskRules = Callable[[TrainingTable], RuleAnswers]


def is_independent(fold: TrainingTable) -> npt.NDArray[np.bool_]:
    """Return which rows have a label that no rule gave: with the others the rules only agree with themselves."""
    return np.array([source is not LabelSource.RULE for source in fold.sources], dtype=np.bool_)


@dataclass(frozen=True, slots=True)
class RulesBaseline:
    """Accuracy of rules and model on the rows that both answer, and model minus rules with its bounds.

    ``answered`` is the share of all rows that the rules answer. Rows whose label a rule gave are left out of the
    comparison: there the rules agree with themselves. Each bound is one-sided at 95 %, over merchants; both are None
    where the rows are of too few merchants to say anything.
    """

    answered: float
    rows: int
    merchants: int
    rules_accuracy: float
    model_accuracy: float
    low: float | None
    high: float | None

    @property
    def difference(self) -> float:
        """Accuracy of the model minus accuracy of the rules."""
        return self.model_accuracy - self.rules_accuracy


def compare_rules(
    rules: npt.NDArray[np.int64],
    *,
    best: npt.NDArray[np.int64],
    answers: npt.NDArray[np.bool_],
    fold: TrainingTable,
    seed: int,
) -> RulesBaseline:
    """Compare on the rows of a fold; ``answers`` says where the model may answer at all (its category is not muted)."""
    both = (rules != NO_ANSWER) & answers & is_independent(fold)
    places = np.flatnonzero(both)
    keys: Sequence[str] = [fold.keys[place] for place in places.tolist()]
    merchants = len(set(keys))
    answered = float((rules != NO_ANSWER).mean())
    if not places.size:
        return RulesBaseline(answered, 0, 0, 0.0, 0.0, None, None)
    truth = fold.labels[places]
    ours, theirs = (best[places] == truth).astype(np.float64), (rules[places] == truth).astype(np.float64)
    low = high = None
    if merchants >= MIN_MERCHANTS:
        low, high = map(float, np.quantile(mean_draws(ours - theirs, keys, seed=seed), _INTERVAL))
    return RulesBaseline(answered, int(places.size), merchants, float(theirs.mean()), float(ours.mean()), low, high)
