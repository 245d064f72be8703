"""Fixed sequence: the lowest threshold that is proven, testing from a safe one downwards until the first that fails.

Where tests begin and in which order they come is fixed by confidences and merchants, never by which answers are right;
so the choice errs as often as one test alone (fixed-sequence testing, as in Learn then Test: Angelopoulos, Bates,
Candès, Jordan and Lei, arXiv:2110.01052). The highest thresholds leave too few rows to prove anything, and to begin
with them would end there: the first test is where the bound would be highest if answers were right as often as they
are confident, by a bound that nearly all draws of labels reach, so that many rows count beside much confidence.
"""

from dataclasses import dataclass
from math import ceil, log
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from trainer.fit.precision_bound import AnswerCounts, GradedAnswers, correlations, count_answers, lower_bound

CANDIDATE_THRESHOLDS: Final = (
    *(0.40, 0.50, 0.55, 0.60, 0.65, 0.70, 0.75, 0.80),
    *(0.85, 0.90, 0.925, 0.95, 0.97, 0.98, 0.99),
)
FORESEEN: Final = 0.995  # of the bound that says where tests begin: .90 in nine of ten draws, at normal tails
_DOWNWARDS: Final = np.array(CANDIDATE_THRESHOLDS[::-1])


class Proof(NamedTuple):
    """A threshold, the lower bound of precision from it on, and what was counted there."""

    value: float
    bound: float
    counts: AnswerCounts


@dataclass(frozen=True, slots=True)
class FixedSequence:
    """How tests are made: confidence of each bound, wanted precision, how many times as many labels count.

    ``correlation`` is that of all answers, from each candidate on, the highest first.
    """

    level: float
    target: float
    labels: float
    correlation: npt.NDArray[np.float64]

    def count(self, answers: GradedAnswers) -> AnswerCounts:
        """Count the answers from each candidate on, the highest first."""
        return count_answers(answers, _DOWNWARDS, self.correlation, labels=self.labels)

    def count_at(self, answers: GradedAnswers, threshold: float) -> AnswerCounts:
        """Count the answers from one candidate on."""
        return self.count(answers).at(int(np.flatnonzero(threshold == _DOWNWARDS)[0]))


def sequence_of(answers: GradedAnswers, *, level: float, target: float, labels: float = 1.0) -> FixedSequence:
    """Return how all of the ``answers``, and parts of them, are tested."""
    return FixedSequence(level, target, labels, correlations(answers, _DOWNWARDS))


def merchants_needed(level: float, target: float) -> int:
    """Return how many merchants prove the target where each counts as one row and all are right."""
    return ceil(log(1.0 - level) / log(target))


def lowest_proven(answers: GradedAnswers, sequence: FixedSequence) -> Proof | None:
    """Return the lowest threshold from which the answers are proven to be precise enough; None if none is."""
    counts, level, target = sequence.count(answers), sequence.level, sequence.target
    # More rows from a threshold on than from the one above it, so these are the last ones.
    tested = np.flatnonzero(counts.merchants >= merchants_needed(level, target))
    if not tested.size:
        return None
    foreseen = lower_bound(counts.confident, counts.rows, counts.foreseen_effect, confidence=FORESEEN)[tested]
    first = int(foreseen.argmax())
    bounds = lower_bound(counts.right, counts.rows, counts.effect, confidence=level)[tested]
    fails = np.flatnonzero(bounds[first:] < target)
    last = first + (int(fails[0]) if fails.size else len(bounds) - first) - 1
    if last < first:
        return None
    return Proof(float(_DOWNWARDS[tested[last]]), float(bounds[last]), counts.at(int(tested[last])))
