"""Nonsense: invented wordings put to a model, to see how sure it is of what cannot be known.

A misspelt word is known by its 4-grams, and so is an invented one that happens to look like a word. How sure a model
gets of the latter is measured, and answers to wordings without a known word must be surer.
"""

from typing import Final

import numpy as np

from schemas.text.descriptor import Descriptor
from scorer.model.known_words import WordingEvidence
from scorer.model.model import Model
from trainer.dataset.table import TrainingTable

LINES: Final = 4_000
_MAX_WORDS: Final = 3
_MAX_PAIRS: Final = 5  # of letters, in a word
_FALLBACK: Final = ("xyzzy",)  # where no wording has a word to take letters from


def nonsense(norms: tuple[str, ...], *, count: int, seed: int) -> list[str]:
    """Return lines of one to three words made of pairs of letters of the words of ``norms``: they can be spoken."""
    words = sorted({word for norm in set(norms) for word in norm.split() if len(word) > 1 and word.isalpha()})
    pairs = [word[place : place + 2] for word in words or _FALLBACK for place in range(0, len(word) - 1, 2)]
    dice = np.random.default_rng(seed)
    lines = []
    for _ in range(count):
        sizes = dice.integers(1, _MAX_PAIRS + 1, size=int(dice.integers(1, _MAX_WORDS + 1)))
        drawn = ("".join(pairs[place] for place in dice.integers(len(pairs), size=size)) for size in sizes)
        lines.append(" ".join(drawn))
    return lines


def fragments_threshold(model: Model, rows: TrainingTable, *, seed: int, count: int = LINES) -> float:
    """Return the threshold of wordings known by fragments only: halfway from the surest answer to nonsense to 1.

    The nonsense has letters, amounts, times, codes and channels of ``rows``, which hold at least one row.
    """
    lines = nonsense(rows.norms, count=count, seed=seed)
    numeric = rows.numeric[np.random.default_rng(seed).integers(len(rows), size=count)]
    raw = model.raw([Descriptor(line, "", line) for line in lines], numeric)
    by_fragments = raw.rows(raw.evidence == WordingEvidence.FRAGMENTS)
    surest = float(model.calibration.apply(by_fragments).max(initial=0.0))
    return (1.0 + surest) / 2.0
