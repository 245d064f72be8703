"""Bound simulation: calibration folds of which the true precision of every threshold is known.

Merchants are clustered as measured on the purchase cards: most have a few rows and some have hundreds, and rows of one
merchant are right together, more than measured and the more the less sure the model is (docs/EXPERIMENTS.md has the
numbers).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from schemas.taxonomy import CATEGORIES
from scorer.model.known_words import WordingEvidence
from trainer.fit.calibrate import CROSS_FITS
from trainer.fit.fixed_sequence import CANDIDATE_THRESHOLDS
from trainer.fit.held_rows import HeldRows

SIZE_SPREAD: Final = 1.3  # of the logarithm of a merchant's rows: a row's merchant has 35 in the mean
TRUTH_MERCHANTS: Final = 400_000
_Floats = npt.NDArray[np.float64]
Precision = Callable[[_Floats], _Floats]  # of answers, by their confidence


@dataclass(frozen=True, slots=True)
class Population:
    """Categories, each with how precise its answers are by confidence; ``merchants`` a fold has of each."""

    precisions: tuple[Precision, ...]
    merchants: int

    def draw(self, random: np.random.Generator) -> HeldRows:
        """Return a calibration fold; every merchant has a history, and every wording is known."""
        count = self.merchants * len(self.precisions)
        named = np.repeat(np.arange(len(self.precisions)), self.merchants)
        confidence, sizes = _confidences(random, count), _sizes(random, count)
        mean = np.concatenate(
            [
                precision(part)
                for precision, part in zip(self.precisions, np.split(confidence, len(self.precisions)), strict=True)
            ]
        )
        weight = 1.0 / (0.02 + 0.4 * (1.0 - confidence)) - 1.0  # a beta's, of that correlation within a merchant
        right_share = random.beta(mean * weight, (1.0 - mean) * weight)
        merchant = np.repeat(np.arange(count), sizes)
        rows = len(merchant)
        shares = np.zeros((rows, len(CATEGORIES)))
        shares[np.arange(rows), named[merchant]] = confidence[merchant]
        other = len(CATEGORIES) - 1
        labels = np.where(random.random(rows) < right_share[merchant], named[merchant], other)
        known, words = np.ones(rows, dtype=np.bool_), np.full(rows, WordingEvidence.WORDS, np.uint8)
        return HeldRows(shares, labels, merchant, merchant % CROSS_FITS, known, words)

    def truth(self) -> "Truth":
        """Return how precise the answers of each category are from each candidate on, and how many they are."""
        random = np.random.default_rng(1)
        confidence, sizes = _confidences(random, TRUTH_MERCHANTS), _sizes(random, TRUTH_MERCHANTS)
        kept = confidence[:, None] >= np.array(CANDIDATE_THRESHOLDS)
        answered = sizes @ kept
        right = np.array([(sizes * precision(confidence)) @ kept for precision in self.precisions])
        return Truth(right / TRUTH_MERCHANTS, answered / TRUTH_MERCHANTS)


@dataclass(frozen=True, slots=True)
class Truth:
    """True shares by category and candidate: ``right`` [categories, candidates], ``answered`` [candidates]."""

    right: _Floats
    answered: _Floats

    def precision(self, category: int, threshold: float) -> float:
        """Return how precise a category's answers are from a candidate on."""
        place = CANDIDATE_THRESHOLDS.index(threshold)
        return float(self.right[category, place] / self.answered[place])

    def of_everything(self, thresholds: _Floats) -> float | None:
        """Return how precise all answers are from thresholds [categories] on, None if none is within reach."""
        places = [(c, CANDIDATE_THRESHOLDS.index(value)) for c, value in enumerate(thresholds) if value <= 1.0]
        answered = sum(float(self.answered[place]) for _, place in places)
        return sum(float(self.right[place]) for place in places) / answered if answered else None


def _confidences(random: np.random.Generator, merchants: int) -> _Floats:
    return 0.35 + 0.64 * random.beta(2.5, 1.0, merchants)


def _sizes(random: np.random.Generator, merchants: int) -> npt.NDArray[np.int64]:
    return np.maximum(1, random.lognormal(1.0, SIZE_SPREAD, merchants).astype(np.int64))
