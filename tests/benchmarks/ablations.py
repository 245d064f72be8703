"""Variants: the model with a part taken away, or a size chosen otherwise, to see what each is worth."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from schemas.crosswalks.crosswalk import brands
from schemas.text.descriptor import merchant_key
from schemas.text.folding import fold
from scorer.model.lexicon import Document, Vocabulary
from tests.benchmarks.model import descriptions
from trainer.dataset.lexicon import read_vocabulary
from trainer.dataset.table import TrainingTable
from trainer.fit.fit_model import COLD_START_WEIGHT, WARM_WEIGHT
from trainer.fit.gbm import DEFAULT_SIZE, BoosterSize


class Made(NamedTuple):
    """What a variant learns from, and how."""

    table: TrainingTable
    vocabulary: Vocabulary
    documents: Sequence[Document]
    warm_weight: float
    cold_start_weight: float
    size: BoosterSize


@dataclass(frozen=True, slots=True)
class Variant:
    """The parts that a model has; ``words`` are trade words, wordings of codes and tags, and definitions."""

    name: str
    brands: bool = True
    words: bool = True
    history: bool = True
    normalisation: bool = True
    written: bool = True
    warm_weight: float = WARM_WEIGHT
    cold_start_weight: float = COLD_START_WEIGHT
    size: BoosterSize = DEFAULT_SIZE

    def of(self, table: TrainingTable) -> Made:
        """Return the table and the vocabulary without what the variant lacks."""
        vocabulary, known = read_vocabulary()
        names = len(brands())  # their documents come first, one each
        if not self.normalisation:
            table = _folded_only(table)
        if not self.written:
            table = replace(table, written=("",) * len(table))
        if not self.history:  # a merchant without a name has none
            table = replace(table, keys=("",) * len(table))
        return Made(
            table,
            vocabulary if self.brands else Vocabulary({}, vocabulary.mcc),
            known[0 if self.brands else names : None if self.words else names],
            self.warm_weight,
            self.cold_start_weight,
            self.size,
        )


def _folded_only(table: TrainingTable) -> TrainingTable:
    """Return the table with descriptions that were folded and nothing else."""
    norms = tuple(map(fold, descriptions(table)))
    return replace(table, norms=norms, keys=tuple(merchant_key(norm) for norm in norms))


IN_USE = Variant("the whole model")
PARTS = (
    IN_USE,
    Variant("without normalisation", normalisation=False),
    Variant("without the description as written", written=False),
    Variant("without brands", brands=False),
    Variant("without trade words", words=False),
    Variant("without both", brands=False, words=False),
    Variant("without merchant history", history=False),
    Variant("without K-fold rows", warm_weight=0.0),
    Variant("without cold-start rows", cold_start_weight=0.0),
)
SIZES = (
    Variant("K-fold weight .4", warm_weight=0.4),
    Variant("cold-start weight .15", cold_start_weight=0.15),
    Variant("cold-start weight .6", cold_start_weight=0.6),
    Variant("8 leaves", size=BoosterSize(leaves=8)),
    Variant("15 leaves", size=BoosterSize(leaves=15)),
    Variant("60 trees of 15 leaves a category", size=BoosterSize(rounds=60, leaves=15)),
    Variant("20 trees a category at .2", size=BoosterSize(rounds=20, learning_rate=0.2)),
)
