"""Measure: how often each rule is right on labelled transactions, beside the confidence that the rule states."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from schemas.events.candidate import Candidate
from schemas.taxonomy import Category

PRIOR_WEIGHT: Final = 5.0
MAX_VOTES_PER_MERCHANT: Final = 10
LOWER_QUANTILE: Final = 0.05
DOUBTFUL_BELOW: Final = 0.5


class MeasuredAnswer(NamedTuple):
    """What the rules answered to one transaction, the label it has, and its merchant key."""

    candidate: Candidate | None
    label: Category | None
    merchant: str


class RulePrecision(NamedTuple):
    """One rule, its counts and its measured precision; ``measured`` and ``lower`` are None without a label.

    ``answers``, ``labelled`` and ``right`` count transactions, ``merchants`` the merchants among the labelled ones.
    ``measured`` is the mean and ``lower`` the 5 % quantile of the posterior of the rule's precision.
    """

    rule_id: str
    category: Category
    stated: float
    answers: int
    labelled: int
    right: int
    merchants: int
    measured: float | None
    lower: float | None

    @property
    def is_doubtful(self) -> bool:
        """Whether the rule may be wrong more often than right."""
        return self.lower is not None and self.lower < DOUBTFUL_BELOW


@dataclass(slots=True)
class _Counts:
    category: Category
    stated: float
    answers: int = 0
    labelled: Counter[str] = field(default_factory=Counter)  # by merchant
    right: Counter[str] = field(default_factory=Counter)

    def votes(self) -> tuple[float, float]:
        """Return the votes that say right, and all votes; a merchant has at most ``MAX_VOTES_PER_MERCHANT``."""
        right = total = 0.0
        for merchant, count in self.labelled.items():
            votes = min(count, MAX_VOTES_PER_MERCHANT)
            right += votes * self.right[merchant] / count
            total += votes
        return right, total


@dataclass(slots=True)
class RuleMeasurement:
    """Counts by rule, added to batch by batch.

    A merchant has at most ``MAX_VOTES_PER_MERCHANT`` votes: a thousand payments to one shop say little more about a
    rule than ten. The votes of a rule update a Beta prior whose mean is the precision of all rules with the same stated
    confidence and which weighs ``PRIOR_WEIGHT`` votes (empirical Bayes, as in Efron and Morris, 1975).
    """

    _rules: dict[str, _Counts] = field(default_factory=dict)

    def add(self, answers: Iterable[MeasuredAnswer]) -> None:
        """Count answers; those without a rule are left out."""
        for candidate, label, merchant in answers:
            if candidate is None or candidate.rule_id is None:
                continue
            counts = self._rules.setdefault(candidate.rule_id, _Counts(candidate.category, candidate.confidence))
            counts.answers += 1
            if label is not None:
                counts.labelled[merchant] += 1
                counts.right[merchant] += candidate.category is label

    def rules(self) -> list[RulePrecision]:
        """Return every rule that answered, the one with most answers first."""
        from scipy.special import betaincinv  # noqa: PLC0415 - half a second, and `rules explain` needs none

        pooled: defaultdict[float, list[float]] = defaultdict(lambda: [0.0, 0.0])
        for counts in self._rules.values():
            right, total = counts.votes()
            pooled[counts.stated][0] += right
            pooled[counts.stated][1] += total
        found = []
        for rule_id, counts in self._rules.items():
            measured = lower = None
            if counts.labelled:
                right, total = counts.votes()
                right += PRIOR_WEIGHT * pooled[counts.stated][0] / pooled[counts.stated][1]
                total += PRIOR_WEIGHT
                measured = right / total
                lower = float(betaincinv(max(right, 1e-9), max(total - right, 1e-9), LOWER_QUANTILE))
            found.append(
                RulePrecision(
                    rule_id,
                    counts.category,
                    counts.stated,
                    counts.answers,
                    counts.labelled.total(),
                    counts.right.total(),
                    len(counts.labelled),
                    measured,
                    lower,
                )
            )
        return sorted(found, key=lambda rule: (-rule.answers, rule.rule_id))
