"""Without: the model with one of its parts taken away, to see what the part is worth."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from schemas.crosswalk import brands
from schemas.descriptor import merchant_key
from schemas.folding import fold
from scorer.vocabulary import Document, Vocabulary
from tests.benchmarks.learnt import descriptions
from trainer.documents import read_vocabulary
from trainer.table import TrainingTable
from trainer.train import STRANGER_WEIGHT


class Made(NamedTuple):
    """What a variant learns from."""

    table: TrainingTable
    vocabulary: Vocabulary
    documents: Sequence[Document]
    options: dict[str, float]


@dataclass(frozen=True, slots=True)
class Variant:
    """The parts that a model has; ``words`` are trade words, wordings of codes and tags, and definitions."""

    name: str
    brands: bool = True
    words: bool = True
    history: bool = True
    strangers: bool = True
    normalisation: bool = True

    def of(self, table: TrainingTable) -> Made:
        """Return the table and the vocabulary without what the variant lacks."""
        vocabulary, known = read_vocabulary()
        names = len(brands())  # their documents come first, one each
        if not self.normalisation:
            table = _as_written(table)
        if not self.history:  # a merchant without a name has none
            table = replace(table, keys=("",) * len(table))
        return Made(
            table,
            vocabulary if self.brands else Vocabulary({}, vocabulary.mcc),
            known[0 if self.brands else names : None if self.words else names],
            {"stranger_weight": STRANGER_WEIGHT if self.strangers else 0.0},
        )


def _as_written(table: TrainingTable) -> TrainingTable:
    """Return the table with descriptions that were folded and nothing else."""
    norms = tuple(map(fold, descriptions(table)))
    return replace(table, norms=norms, keys=tuple(merchant_key(norm) for norm in norms))


NOTHING = Variant("the whole model")
ALL = (
    NOTHING,
    Variant("without normalisation", normalisation=False),
    Variant("without brands", brands=False),
    Variant("without trade words", words=False),
    Variant("without both", brands=False, words=False),
    Variant("without merchant history", history=False),
    Variant("without strangers", strangers=False),
)
