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
from trainer.fit.gbm import SIZE, Size
from trainer.fit.train import REGULAR_WEIGHT, STRANGER_WEIGHT


class Made(NamedTuple):
    """What a variant learns from, and how."""

    table: TrainingTable
    vocabulary: Vocabulary
    documents: Sequence[Document]
    regular_weight: float
    stranger_weight: float
    size: Size


@dataclass(frozen=True, slots=True)
class Variant:
    """The parts that a model has; ``words`` are trade words, wordings of codes and tags, and definitions."""

    name: str
    brands: bool = True
    words: bool = True
    history: bool = True
    normalisation: bool = True
    written: bool = True
    regular_weight: float = REGULAR_WEIGHT
    stranger_weight: float = STRANGER_WEIGHT
    size: Size = SIZE

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
            self.regular_weight,
            self.stranger_weight,
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
    Variant("without regulars", regular_weight=0.0),
    Variant("without strangers", stranger_weight=0.0),
)
SIZES = (
    Variant("regulars' weight .4", regular_weight=0.4),
    Variant("strangers' weight .15", stranger_weight=0.15),
    Variant("strangers' weight .6", stranger_weight=0.6),
    Variant("8 leaves", size=Size(leaves=8)),
    Variant("15 leaves", size=Size(leaves=15)),
    Variant("60 trees of 15 leaves a category", size=Size(rounds=60, leaves=15)),
    Variant("20 trees a category at .2", size=Size(rounds=20, learning_rate=0.2)),
)
