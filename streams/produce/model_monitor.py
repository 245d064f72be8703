"""Model monitor: what a worker can tell of its models before any label: expected accuracy, and how the inputs moved."""

from collections.abc import Callable, Sequence
from typing import Final, Protocol, runtime_checkable

import structlog

from schemas.events.comparison import Answer, Role
from schemas.events.transaction import Transaction
from schemas.taxonomy import CATEGORIES
from schemas.text.descriptor import Descriptor, build_descriptor
from scorer.monitoring.cbpe import ExpectedAccuracy
from scorer.monitoring.drift import NEW_MERCHANT, Counts, Rows
from scorer.release.drift_baseline import Reference
from streams import metrics
from streams.process.batch_types import Scored
from streams.process.codec import DecodeRecord, decode_transaction

WINDOW: Final = 5_000  # sampled transactions that drift is measured on
AN_HOUR: Final = 30  # of them that happened in one hour, so that even a busy stream's window is a week
SAMPLE: Final = 100  # transactions of one batch
EVERY_SECONDS: Final = 1.0  # between two samples: what is watched must not slow what is served

log = structlog.get_logger(__name__)
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
    """Moves the gauges of one worker after each commit; ``models`` gives a loaded model by version.

    ``read`` makes a transaction of a record.
    """

    def __init__(self, models: Callable[[str], object | None], *, read: DecodeRecord = decode_transaction) -> None:
        self._models = models
        self._read_record = read
        self._expected: dict[Role, tuple[str, ExpectedAccuracy]] = {}
        self._version: str | None = None  # of the model whose reference the window is held against
        self._window: dict[int, tuple[int, dict[str, Counts]]] = {}  # by the hour in which transactions happened
        self._total: dict[str, Counts] = {}
        self._sampled_at = float("-inf")
        self._has_failed = False
        metrics.NEW_MERCHANTS.set(float("nan"))  # nothing measured is not nobody new

    def see(self, scored: Sequence[Scored], *, now: float) -> None:
        """Take in one committed batch; ``now`` is any clock in seconds that never goes back.

        What is watched must not end what serves: where a release cannot be measured, that is logged, and no more.
        """
        try:
            self._see(scored, now=now)
        except Exception as error:
            if not self._has_failed:
                log.error("outlook_failed", error=type(error).__name__, model_version=self._version)
            self._has_failed = True

    def _see(self, scored: Sequence[Scored], *, now: float) -> None:
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
            self._total.clear()
            metrics.INPUT_DRIFT.clear()
            metrics.INPUT_DRIFT_BAR.clear()
            metrics.NEW_MERCHANTS.set(float("nan"))
        if not isinstance(model, Watched) or model.reference is None:
            return
        step = max(1, len(asked) // SAMPLE)
        hours: dict[int, list[tuple[Transaction, int]]] = {}
        for item, answer in asked[::step][:SAMPLE]:
            transaction = self._read_record(item.record.key, item.record.value)
            if isinstance(transaction, Transaction) and answer.version == version and answer.category is not None:
                hour = int(transaction.occurred_at.timestamp()) // 3_600
                taken = hours.setdefault(hour, [])
                if self._rows_of(hour) + len(taken) < AN_HOUR:
                    taken.append((transaction, _PLACE[answer.category]))
        for hour, taken in hours.items():
            if taken:
                transactions = [transaction for transaction, _ in taken]
                descriptors = [build_descriptor(transaction) for transaction in transactions]
                rows = model.observe(transactions, descriptors, [best for _, best in taken])
                self._take(hour, model.reference.count(rows), len(taken))
        if self._total:
            self._measure(model.reference)

    def _rows_of(self, hour: int) -> int:
        return self._window[hour][0] if hour in self._window else 0

    def _take(self, hour: int, counts: dict[str, Counts], rows: int) -> None:
        """Add the rows of one hour, and let go of the oldest hours that the window needs no longer."""
        before, known = self._window.get(hour, (0, {}))
        self._window[hour] = (before + rows, {name: known.get(name, 0.0) + added for name, added in counts.items()})
        self._total = {name: self._total.get(name, 0.0) + added for name, added in counts.items()}
        size = sum(one for one, _ in self._window.values())
        while size - self._window[oldest := min(self._window)][0] >= WINDOW:
            left, gone = self._window.pop(oldest)
            size -= left
            self._total = {name: count - gone[name] for name, count in self._total.items()}

    def _measure(self, reference: Reference) -> None:
        for name, (value, bar) in reference.drift(self._total, days=len(self._window) / 24).items():
            metrics.INPUT_DRIFT.labels(name).set(value)
            metrics.INPUT_DRIFT_BAR.labels(name).set(bar)
        if self._total[NEW_MERCHANT].sum() > 0:
            metrics.NEW_MERCHANTS.set(float(self._total[NEW_MERCHANT][1] / self._total[NEW_MERCHANT].sum()))


def _last_answer(item: Scored) -> Answer | None:
    """Return the answer of the newest model that named a category: the challenger's before the champion's."""
    for answer in reversed(item.comparison.answers):
        if answer.role is not Role.RULES and answer.category is not None:
            return answer
    return None
