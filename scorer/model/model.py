"""Model: normalised text, merchant facts and numbers to calibrated probabilities, in one vectorised pass."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from schemas.events.transaction import Transaction
from schemas.taxonomy import CATEGORIES
from schemas.text.descriptor import Descriptor
from scorer.features.features import FEATURE_NAMES, Floats, assemble, log_probabilities, numerics, on_grid
from scorer.model.calibration import Calibration, Probabilities, RawScores
from scorer.model.gbm import Trees
from scorer.model.known_words import KnownWords
from scorer.model.lexicon import Vocabulary
from scorer.model.merchant_priors import MerchantPriors
from scorer.model.text_model import TextModel
from scorer.model.token_hashing import hash_marks, hash_texts_and_words
from scorer.model.wordings import WordingCache, Wordings

_COUNT = len(CATEGORIES)
_SUPPORT = FEATURE_NAMES.index("support")
_WORD_BITS = 63  # of an int64 that is no sign
_BITS = 1 << np.arange(_WORD_BITS, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Model:
    """All that turns a transaction into probabilities; ``text`` gives label scores, then vocabulary evidence."""

    text: TextModel
    known_words: KnownWords
    vocabulary: Vocabulary
    priors: MerchantPriors
    trees: Trees
    calibration: Calibration
    cache: WordingCache | None = field(default=None, compare=False)  # of a release that serves

    def probabilities(self, transactions: Sequence[Transaction], descriptors: Sequence[Descriptor]) -> Probabilities:
        """Return float64 [rows, categories] of transactions as they come from the topic."""
        return self.calibration.apply(self.score(transactions, descriptors))

    def score(self, transactions: Sequence[Transaction], descriptors: Sequence[Descriptor]) -> RawScores:
        """Return the raw scores of transactions as they come from the topic."""
        numeric = numerics(transactions, descriptors, mcc=self.vocabulary.mcc)
        return self.raw(descriptors, numeric)

    def raw(self, descriptors: Sequence[Descriptor], numeric: Floats) -> RawScores:
        """Return the text's log-probabilities plus what the trees add, and what is known of merchant and wording."""
        wordings = self._wordings(descriptors)
        features = _assemble(wordings, numeric)
        scores = features[:, :_COUNT] + self.trees.raw(features)
        return RawScores(scores, features[:, _SUPPORT] > 0, wordings.evidence)

    def features(self, descriptors: Sequence[Descriptor], numeric: Floats) -> Floats:
        """Return the features float32 [rows, len(FEATURE_NAMES)] of rows whose numerics are known."""
        return _assemble(self._wordings(descriptors), numeric)

    def _wordings(self, descriptors: Sequence[Descriptor]) -> Wordings:
        return self._compute(descriptors) if self.cache is None else self.cache.find(descriptors, self._compute)

    def _compute(self, descriptors: Sequence[Descriptor]) -> Wordings:
        """Return what the wordings say by themselves; a row depends on no other row."""
        norms = [descriptor.norm for descriptor in descriptors]
        marks = hash_marks([descriptor.written for descriptor in descriptors])
        hashed, words = hash_texts_and_words(norms)
        scores = self.text.scores(hashed, marks)
        prior, support = self.priors.look_up([descriptor.merchant_key for descriptor in descriptors])
        brands = self.vocabulary.find_brands(norms)
        asked = (on_grid(np.log1p(support)) <= 0) & (brands < 0)
        return Wordings.of(
            text=log_probabilities(scores[:, :_COUNT]),
            vocabulary=scores[:, _COUNT:],
            prior=prior,
            support=support,
            brands=brands,
            evidence=self.known_words.evidence(norms, words=words, asked=asked),
        )


def _assemble(wordings: Wordings, numeric: Floats) -> Floats:
    return assemble(
        text=wordings.text,
        vocabulary=wordings.vocabulary,
        brands=wordings.brands,
        prior=wordings.prior,
        support=wordings.support,
        numeric=numeric,
    )


@dataclass(frozen=True, slots=True)
class ModelAnswers:
    """What a release says of a batch; ``best`` and ``top3`` are category indices, most probable first."""

    probabilities: npt.NDArray[np.float64]  # [rows, categories]
    best: npt.NDArray[np.int64]  # [rows]
    confidence: npt.NDArray[np.float64]  # [rows], the probability of the best
    bars: npt.NDArray[np.float64]  # [rows], the threshold of the best
    accepted: npt.NDArray[np.bool_]  # [rows], the confidence reaches the bar
    top3: npt.NDArray[np.int64]  # [rows, 3], or 2 where there are no more categories
    evidence: npt.NDArray[np.uint8]  # [rows], what is known of the wording
    # [rows], bit i where category i is too improbable for a rule's answer to be served; of more than 63 categories they
    # are Python's integers
    doubted: npt.NDArray[np.int64] | npt.NDArray[np.object_]


def answer(
    probabilities: Probabilities,
    bars: npt.NDArray[np.float64],
    evidence: npt.NDArray[np.uint8],
    rule_floors: npt.NDArray[np.float64],
) -> ModelAnswers:
    """Rank the categories of each row and hold the best against its bar; of equals the first in class order.

    Probabilities and bars are float64 [rows, categories]; ``rule_floors`` [categories] is the least probability at
    which a rule's answer of the category may be served.
    """
    top3 = np.argsort(-probabilities, axis=1, kind="stable")[:, :3]
    best = top3[:, 0]
    there = (np.arange(len(best)), best)
    confidence = probabilities[there]
    doubted = as_bits(probabilities < rule_floors)
    return ModelAnswers(
        probabilities, best, confidence, bars[there], confidence >= bars[there], top3, evidence, doubted
    )


def as_bits(flags: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64] | npt.NDArray[np.object_]:
    """Return flags [rows, categories] as one number a row, with bit i for category i."""
    if flags.shape[1] <= _WORD_BITS:
        words: npt.NDArray[np.int64] = flags @ _BITS[: flags.shape[1]]
        return words
    packed = np.packbits(flags, axis=1, bitorder="little")
    found = np.empty(len(flags), dtype=np.object_)
    found[:] = [int.from_bytes(row, "little") for row in map(bytes, packed)]
    return found
