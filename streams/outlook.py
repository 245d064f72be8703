"""Outlook: what a worker can tell of its models before any label: expected accuracy, and how the inputs moved."""

from collections import deque
from collections.abc import Callable, Sequence
from typing import Final, Protocol, runtime_checkable

from schemas.comparison import Answer, Role
from schemas.descriptor import Descriptor, describe
from schemas.taxonomy import CATEGORIES
from schemas.transaction import Transaction
from scorer.drift import NEW_MERCHANT, Counts, Rows
from scorer.expected_accuracy import ExpectedAccuracy
from scorer.reference import Reference
from streams import metrics
from streams.codec import decode_transaction
from streams.stages import Scored

WINDOW: Final = 5_000  # sampled transactions that drift is measured on
SAMPLE: Final = 100  # transactions of one batch
EVERY_SECONDS: Final = 1.0  # between two samples: what is watched must not slow what is served
_PLACE: Final = {category: place for place, category in enumerate(CATEGORIES)}


@runtime_checkable
class Watched(Protocol):
    """A model that carries the reference it was judged on."""

    @property
    def reference(self) -> Reference | None:
        """What it was judged on, None in a release that has none."""

    def observe(
        self, transactions: Sequence[Transaction], descriptors: Sequence[Descriptor], best: Sequence[int]
    ) -> Rows:
        """Return what is counted of transactions and of the model's own answers to them."""


class Outlook:
    """Moves the gauges of one worker after each commit; ``models`` gives a loaded model by version."""

    def __init__(self, models: Callable[[str], object | None]) -> None:
        self._models = models
        self._expected: dict[Role, tuple[str, ExpectedAccuracy]] = {}
        self._version: str | None = None  # of the model whose reference the window is held against
        self._window: deque[tuple[int, dict[str, Counts]]] = deque()
        self._sampled_at = float("-inf")
        metrics.NEW_MERCHANTS.set(float("nan"))  # nothing measured is not nobody new

    def see(self, scored: Sequence[Scored], *, now: float) -> None:
        """Take in one committed batch; ``now`` is any clock in seconds that never goes back."""
        for role in (Role.CHAMPION, Role.CHALLENGER):
            answers = [
                answer
                for item in scored
                for answer in item.comparison.answers
                if answer.role is role and answer.confidence is not None
            ]
            self._expect(role, answers)
        if scored and now - self._sampled_at >= EVERY_SECONDS:
            self._sampled_at = now
            self._sample(scored)

    def _expect(self, role: Role, answers: Sequence[Answer]) -> None:
        if not answers or answers[-1].version is None:
            return
        version = answers[-1].version
        known = self._expected.get(role)
        if known is None or known[0] != version:
            known = self._expected[role] = (version, ExpectedAccuracy())
            metrics.EXPECTED_ACCURACY.labels(role.value).set(float("nan"))
        known[1].add([answer.confidence or 0.0 for answer in answers if answer.version == version])
        if known[1].value is not None:
            metrics.EXPECTED_ACCURACY.labels(role.value).set(known[1].value)

    def _sample(self, scored: Sequence[Scored]) -> None:
        asked = [(item, answer) for item in scored if (answer := _last_answer(item)) is not None]
        if not asked:
            return
        version = asked[-1][1].version
        model = None if version is None else self._models(version)
        if version != self._version:
            self._version = version
            self._window.clear()
            metrics.INPUT_DRIFT.clear()
            metrics.INPUT_DRIFT_BAR.clear()
            metrics.NEW_MERCHANTS.set(float("nan"))
        if not isinstance(model, Watched) or model.reference is None:
            return
        step = max(1, len(asked) // SAMPLE)
        transactions, best = [], []
        for item, answer in asked[::step][:SAMPLE]:
            transaction = decode_transaction(item.record.key, item.record.value)
            if isinstance(transaction, Transaction) and answer.version == version and answer.category is not None:
                transactions.append(transaction)
                best.append(_PLACE[answer.category])
        if transactions:
            rows = model.observe(transactions, [describe(transaction) for transaction in transactions], best)
            self._measure(model.reference, model.reference.count(rows), len(transactions))

    def _measure(self, reference: Reference, counts: dict[str, Counts], rows: int) -> None:
        self._window.append((rows, counts))
        while sum(size for size, _ in self._window) - self._window[0][0] >= WINDOW:
            self._window.popleft()
        total = {name: sum((part[name] for _, part in self._window), start=0.0 * counts[name]) for name in counts}
        for name, (value, bar) in reference.drift(total).items():
            metrics.INPUT_DRIFT.labels(name).set(value)
            metrics.INPUT_DRIFT_BAR.labels(name).set(bar)
        if total[NEW_MERCHANT].sum() > 0:
            metrics.NEW_MERCHANTS.set(float(total[NEW_MERCHANT][1] / total[NEW_MERCHANT].sum()))


def _last_answer(item: Scored) -> Answer | None:
    """Return the answer of the newest model that named a category: the challenger's before the champion's."""
    for answer in reversed(item.comparison.answers):
        if answer.role is not Role.RULES and answer.category is not None:
            return answer
    return None
