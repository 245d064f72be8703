"""Coverage: how much of a history the rules answer, and how often they are right where it is labelled."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from schemas.events.candidate import Candidate
from schemas.taxonomy import CATEGORIES, Category


@dataclass(frozen=True, slots=True)
class CategoryCoverage:
    """One category's counts; ``labelled`` and ``right`` count transactions with a label only."""

    category: Category
    answered: int
    answered_labelled: int
    right: int
    labelled: int

    @property
    def precision(self) -> float | None:
        """The share of labelled answers that are right, None where there is none."""
        return self.right / self.answered_labelled if self.answered_labelled else None


@dataclass(slots=True)
class Coverage:
    """Counts over a history, added to batch by batch."""

    transactions: int = 0
    labelled: int = 0
    answered: Counter[Category] = field(default_factory=Counter)
    answered_labelled: Counter[Category] = field(default_factory=Counter)
    right: Counter[Category] = field(default_factory=Counter)
    labels: Counter[Category] = field(default_factory=Counter)

    def add(self, answers: Iterable[tuple[Candidate | None, Category | None]]) -> None:
        """Count answers, each with the label of its transaction where there is one."""
        for answer, label in answers:
            self.transactions += 1
            if label is not None:
                self.labelled += 1
                self.labels[label] += 1
            if answer is None:
                continue
            self.answered[answer.category] += 1
            if label is not None:
                self.answered_labelled[answer.category] += 1
                self.right[answer.category] += answer.category is label

    @property
    def coverage(self) -> float:
        """The share of transactions that the rules answer."""
        return self.answered.total() / self.transactions if self.transactions else 0.0

    @property
    def accuracy(self) -> float | None:
        """The share of labelled answers that are right, None where there is none."""
        total = self.answered_labelled.total()
        return self.right.total() / total if total else None

    def categories(self) -> list[CategoryCoverage]:
        """Return the counts of every category that was answered or labelled, in the taxonomy's order."""
        return [
            CategoryCoverage(
                category,
                self.answered[category],
                self.answered_labelled[category],
                self.right[category],
                self.labels[category],
            )
            for category in CATEGORIES
            if self.answered[category] or self.labels[category]
        ]
