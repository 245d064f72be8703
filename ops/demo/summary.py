"""Summary: what a stranger reads from the topics at the end, reconciled with what was sent."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec
import numpy as np

from ops.demo.input import Identity, identity_of
from ops.kafka.reader import read_topic
from schemas.contracts.topics import COMPARISONS, DEAD_LETTERS, SUGGESTIONS, TRANSACTIONS
from schemas.events.comparison import Acceptance, Comparison, ComparisonOutcome, Role
from schemas.events.suggestion import Suggestion
from schemas.taxonomy import CATEGORIES, Category
from streams.settings import KafkaSettings
from trainer.evaluation.evaluate import macro_f1


@dataclass(frozen=True, slots=True)
class DeliveryCounts:
    """The delivery account: every input record must have become exactly one thing."""

    transactions: int
    suggestions: int
    comparisons: int
    dead_letters: int
    lost: int
    duplicated: int

    @property
    def adds_up(self) -> bool:
        """Whether transactions = suggestions + dead letters, with nothing lost and nothing twice."""
        return self.transactions == self.suggestions + self.dead_letters and not self.lost and not self.duplicated


@dataclass(frozen=True, slots=True)
class Quality:
    """How good the answers were where the truth is known; shares are None where nothing was answered."""

    served: Mapping[str, int]
    coverage: float | None
    rules_accuracy: float | None
    rules_answers: int
    rules_coverage: float | None
    served_precision: float | None
    model_precision: float | None
    model_answers: int
    agreement: float | None
    macro_f1: float | None
    macro_f1_classes: int
    macro_f1_rows: int


@dataclass(frozen=True, slots=True)
class Read:
    """Everything that was written, as a stranger decodes it."""

    counts: DeliveryCounts
    suggestions: Sequence[Suggestion]
    comparisons: Sequence[Comparison]


def read_all(kafka: KafkaSettings) -> Read:
    """Read all four topics and reconcile them by the address of each input record."""
    inputs = {f"{message.partition()}-{message.offset()}" for message in read_topic(kafka, TRANSACTIONS)}
    decode_suggestion = msgspec.json.Decoder(Suggestion).decode
    decode_comparison = msgspec.json.Decoder(Comparison).decode
    suggestions = [decode_suggestion(message.value() or b"") for message in read_topic(kafka, SUGGESTIONS)]
    comparisons = [decode_comparison(message.value() or b"") for message in read_topic(kafka, COMPARISONS)]
    dead_letters: Counter[str] = Counter()
    for message in read_topic(kafka, DEAD_LETTERS):
        headers = dict(message.headers() or [])
        dead_letters[f"{_text(headers['dlq.partition'])}-{_text(headers['dlq.offset'])}"] += 1
    outcomes = Counter(_address(suggestion.event_id) for suggestion in suggestions) + dead_letters
    compared = Counter(_address(comparison.event_id) for comparison in comparisons) + dead_letters
    counts = DeliveryCounts(
        transactions=len(inputs),
        suggestions=len(suggestions),
        comparisons=len(comparisons),
        dead_letters=sum(dead_letters.values()),
        lost=len(inputs - outcomes.keys()) + len(inputs - compared.keys()),
        duplicated=sum(outcomes.values()) - len(outcomes) + sum(compared.values()) - len(compared),
    )
    return Read(counts, suggestions, comparisons)


def measure(
    suggestions: Sequence[Suggestion], comparisons: Sequence[Comparison], truth: Mapping[Identity, Category]
) -> Quality:
    """Hold answers against the truth, by what names each transaction."""
    served = Counter("fallback" if one.category and one.fallback_reason else one.source.value for one in suggestions)
    right = Counter(
        one.source.value for one in suggestions if one.category and truth.get(identity_of(one)) == one.category
    )
    known = Counter(one.source.value for one in suggestions if one.category and identity_of(one) in truth)
    outcomes = Counter(one.outcome for one in comparisons)
    both = outcomes[ComparisonOutcome.AGREE] + outcomes[ComparisonOutcome.DISAGREE]
    rules = [
        (truth[identity_of(one)], answer.category)
        for one in comparisons
        for answer in one.answers
        if answer.role is Role.RULES and answer.category and identity_of(one) in truth
    ]
    model = [
        (truth[identity_of(one)], answer.category, answer.acceptance)
        for one in comparisons
        for answer in one.answers
        if answer.role is Role.CHALLENGER and answer.category and identity_of(one) in truth
    ]
    accepted = [(true, said) for true, said, acceptance in model if acceptance is Acceptance.ACCEPTED]
    mean_f1, classes = _macro_f1([(true, said) for true, said, _ in model])
    return Quality(
        served=served,
        coverage=_share(len(accepted), len(model)),
        rules_accuracy=_share(sum(true == said for true, said in rules), len(rules)),
        rules_answers=len(rules),
        rules_coverage=_share(len(rules), sum(identity_of(one) in truth for one in comparisons)),
        served_precision=_share(sum(right.values()), sum(known.values())),
        model_precision=_share(sum(true == said for true, said in accepted), len(accepted)),
        model_answers=len(model),
        agreement=_share(outcomes[ComparisonOutcome.AGREE], both),
        macro_f1=mean_f1,
        macro_f1_classes=classes,
        macro_f1_rows=len(model),
    )


def _macro_f1(pairs: Sequence[tuple[Category, Category]]) -> tuple[float | None, int]:
    """Return the mean F1 of the categories that occur in truth, and how many these are."""
    if not pairs:
        return None, 0
    places = {category: place for place, category in enumerate(CATEGORIES)}
    labels, best = (np.array([places[one] for one in column]) for column in zip(*pairs, strict=True))
    return macro_f1(best, labels), len(np.unique(labels))


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _address(event_id: str) -> str:
    _, partition, offset = event_id.rsplit("-", 2)
    return f"{partition}-{offset}"


def _text(value: str | bytes | None) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
