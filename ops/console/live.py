"""Live: asks every source of the page *now* again and again, and wakes its readers when something changed."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from ops.console.alerts import firing
from ops.console.asking import Asker, SourceAnswer
from ops.console.evaluation import Evaluator
from ops.console.freshness import read_freshness
from ops.console.rollout_feed import RolloutFeed
from ops.console.settings import EVALUATE_SECONDS, LOOK_SECONDS, ConsoleSettings
from ops.console.traffic import TrafficSummary, summarise
from ops.console.worker_counters import PrometheusCounters, WorkerCounters, WorkerLook

KAFKA: Final = "Kafka"
ALERTS: Final = "alerts"
FRESHNESS: Final = "freshness"
EVALUATION: Final = "evaluation"
EVALUATION_SECONDS: Final = 20.0  # of an evaluation, whose sources have their own deadlines; no page waits for it
POINTS: Final = 100  # of the chart of the rate: five minutes


@dataclass(frozen=True, slots=True)
class Seen:
    """What a source answered last, and since when it does not; times are epoch seconds."""

    value: Any = None
    at: float | None = None
    fault: str | None = None
    is_asked: bool = False

    def after(self, answer: SourceAnswer[Any]) -> "Seen":
        """Return what is known after one more answer."""
        if answer.fault is not None:
            return replace(self, fault=answer.fault, is_asked=True)
        return Seen(answer.value, answer.at, None, is_asked=True)


class Live:
    """The newest answer of every source; ``version`` grows with each change."""

    def __init__(self, settings: ConsoleSettings, asker: Asker) -> None:
        self._settings = settings
        self._asker = asker
        self._members = _members(settings)
        self._changed = asyncio.Event()
        self._moved = asyncio.Event()
        self.feed = RolloutFeed(settings.kafka, changed=self._rollout_changed)
        self._evaluator = Evaluator(settings, records=lambda: self.feed.records)
        self.seen: dict[str, Seen] = {name: Seen() for name in self._names()}
        self.rates: deque[float] = deque(maxlen=POINTS)  # records a second, one point a look
        self.version = 0

    @property
    def urls(self) -> tuple[str, ...]:
        """The addresses whose counters are read."""
        return tuple(member.url for member in self._members)

    def looks(self) -> list[WorkerLook]:
        """Return the newest look at each worker that answered last time."""
        seen = [self.seen[url] for url in self.urls]
        return [one.value for one in seen if one.value is not None and one.fault is None]

    def traffic(self) -> TrafficSummary | None:
        """Return the workers as one picture, None where none answers."""
        looks = self.looks()
        return summarise(looks) if looks else None

    async def run(self) -> None:
        """Ask until cancelled."""
        self.feed.start()
        try:
            async with asyncio.TaskGroup() as tasks:
                for member in self._members:
                    tasks.create_task(self._repeat(member.url, member.look, LOOK_SECONDS))
                tasks.create_task(self._repeat(KAFKA, self.feed.check, LOOK_SECONDS))
                if (prometheus := self._settings.prometheus) is not None:
                    tasks.create_task(self._repeat(ALERTS, lambda: firing(prometheus), LOOK_SECONDS))
                if self._settings.freshness is not None or prometheus is not None:
                    tasks.create_task(self._repeat(FRESHNESS, self._freshness, LOOK_SECONDS))
                tasks.create_task(self._evaluate())
                tasks.create_task(self._chart())
        finally:
            await asyncio.to_thread(self.feed.stop)

    async def wait(self, version: int, *, seconds: float) -> int:
        """Return the newest version once it is another than ``version``, or after so many seconds."""
        if self.version == version:
            try:
                await asyncio.wait_for(self._changed.wait(), seconds)
            except TimeoutError:
                return self.version
        return self.version

    async def _repeat(self, name: str, question: Callable[[], object], seconds: float) -> None:
        while True:
            self._take(name, await self._asker.ask(name, question))
            await asyncio.sleep(seconds)

    async def _evaluate(self) -> None:
        """Evaluate once there is a record, then every few seconds and after each change of the rollout."""
        while True:
            self._moved.clear()
            if self.feed.latest is not None:
                self._take(
                    EVALUATION, await self._asker.ask(EVALUATION, self._evaluator.evaluate, seconds=EVALUATION_SECONDS)
                )
            try:
                await asyncio.wait_for(self._moved.wait(), EVALUATE_SECONDS)
            except TimeoutError:
                continue

    async def _chart(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            if (traffic := self.traffic()) is not None:
                self.rates.append(traffic.per_second)
                self._bump()

    def _freshness(self) -> object:
        return read_freshness(exporter=self._settings.freshness, prometheus=self._settings.prometheus)

    def _take(self, name: str, answer: SourceAnswer[Any]) -> None:
        self.seen[name] = self.seen[name].after(answer)
        self._bump()

    def _rollout_changed(self) -> None:
        self._moved.set()
        self._bump()

    def _bump(self) -> None:
        self.version += 1
        self._changed.set()
        self._changed = asyncio.Event()

    def _names(self) -> Sequence[str]:
        return (*self.urls, KAFKA, ALERTS, FRESHNESS, EVALUATION)


def _members(settings: ConsoleSettings) -> list[WorkerCounters | PrometheusCounters]:
    if settings.workers:
        return [WorkerCounters(url) for url in dict.fromkeys(settings.workers)]
    return [] if settings.prometheus is None else [PrometheusCounters(settings.prometheus)]
