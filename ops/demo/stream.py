"""Stream: publishes what comes after the past, has the judge move the canary, injects a fault, counts in the end."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ops.demo.canary import Canary
from ops.demo.input import DemoInput, identity_of
from ops.demo.programs import Program
from ops.demo.progress import Live
from ops.demo.publisher import Feeder
from ops.demo.settings import DemoSettings
from ops.demo.summary import DeliveryCounts, Quality, measure, read_all
from ops.demo.train import Learned
from ops.errors import OpsError
from schemas.events.rollout import RolloutRecord
from streams.rollout.follower import read_history
from streams.settings import KafkaSettings

LOOK_SECONDS: Final = 2.0
DRAIN_SECONDS: Final = 300.0
QUIET_LOOKS: Final = 3
FAULT_MILLISECONDS: Final = 400  # above the model's deadline: its answers come too late
SERVING_SHARE: Final = 0.2  # of the streaming time: how long the canary serves everybody before the fault


@dataclass(frozen=True, slots=True)
class Ending:
    """What the demo came to."""

    counts: DeliveryCounts
    quality: Quality  # of what was streamed
    whole: Quality  # the past, scored by rules alone, included
    learned: Learned
    streamed_per_second: float
    followed_seconds: float
    rollout: Sequence[RolloutRecord]
    p95_seconds: float | None


class Stream:
    """One stream beside one worker, from its first transaction to the account of all of them."""

    def __init__(
        self,
        demo_input: DemoInput,
        learned: Learned,
        settings: DemoSettings,
        *,
        kafka: KafkaSettings,
        worker: Program,
        directory: Path,
        say: Callable[[str], None],
    ) -> None:
        self._input = demo_input
        self._learned = learned
        self._settings = settings
        self._kafka = kafka
        self._worker = worker
        self._directory = directory
        self._say = say
        self._canary = Canary(kafka, worker, say=say)
        self._feeder = Feeder(demo_input.live, kafka=kafka, rate=self._rate)

    @property
    def _rate(self) -> float:
        settings = self._settings
        return settings.rate if settings.csv is None else len(self._input.live) / settings.seconds

    def run(self, *, environment: Mapping[str, str], delay_file: Path) -> Ending:
        """Stream until the judge has taken the canary back; simulated users end then, a file at its last row.

        ``delay_file`` is where the worker reads by how many milliseconds its model is to be slower.
        """
        self._say(f"4. Streaming transactions at {self._rate:,.0f}/s")
        learned, settings = self._learned, self._settings
        if learned.has_release:
            self._canary.start_shadow(max(path.name for path in (self._directory / "registry").iterdir()))
        else:
            self._say(f"  nothing was learned, rules serve alone: {learned.gate_line}")
        self._feeder.start()
        live = Live(self._worker, say=self._say)
        if learned.gate_passed:
            with self._canary.judged(environment=environment, log=self._directory / "judge.log"):
                self._watch_canary(live, delay_file)
            if not self._canary.is_rolled_back:
                self._say(f"  the stream ended before the judge rolled back; why, {self._directory / 'judge.log'} says")
        elif learned.has_release:
            self._say(f"  the gate does not let it serve ({learned.gate_line}): it stays in shadow, rules serve")
        self._watch(live, until=lambda: settings.csv is None and self._feeder.seconds >= settings.seconds)
        published = self._feeder.finish()
        self._drain()
        p95_seconds = self._worker.scrape().quantile("lm_ml_predict_latency_seconds", 0.95)
        self._say("5. Counting: all four topics are read from their beginning")
        read = read_all(self._kafka)
        demo_input = self._input
        live_ids = {one.identity for one in demo_input.live}
        told = (*demo_input.history, *demo_input.live)
        truth = {one.identity: one.category for one in told if one.category is not None}
        quality = measure(
            [one for one in read.suggestions if identity_of(one) in live_ids],
            [one for one in read.comparisons if identity_of(one) in live_ids],
            truth,
        )
        return Ending(
            counts=read.counts,
            quality=quality,
            whole=measure(read.suggestions, read.comparisons, truth),
            learned=learned,
            streamed_per_second=published.per_second,
            followed_seconds=self._canary.followed_seconds,
            rollout=read_history(self._kafka).records,
            p95_seconds=p95_seconds,
        )

    def _watch_canary(self, live: Live, delay_file: Path) -> None:
        """Watch the judge promote; make the model slow once it has served everybody for a while; watch the rollback."""
        canary, serving_seconds = self._canary, SERVING_SHARE * self._settings.seconds
        self._watch(live, until=lambda: canary.serves_everybody or canary.is_rolled_back)
        served_until = time.monotonic() + serving_seconds
        self._watch(live, until=lambda: time.monotonic() > served_until or canary.is_rolled_back)
        if not canary.serves_everybody:
            return
        self._say(f"  a fault is injected: every call of the model takes {FAULT_MILLISECONDS} ms longer")
        delay_file.write_text(str(FAULT_MILLISECONDS))
        try:
            self._watch(live, until=lambda: canary.is_rolled_back)
        finally:
            delay_file.unlink()
            self._say("  the fault is taken away")
        served_until = time.monotonic() + serving_seconds / 2
        self._watch(live, until=lambda: time.monotonic() > served_until)

    def _watch(self, live: Live, *, until: Callable[[], bool]) -> None:
        """Print a line every other second, and what the judge wrote, until it is so or nothing is left to stream."""
        while not until() and not self._feeder.is_done:
            time.sleep(LOOK_SECONDS)
            live.look()
            self._canary.say_moves()

    def _drain(self) -> None:
        """Wait until the worker has nothing left to read."""
        deadline = time.monotonic() + DRAIN_SECONDS
        quiet, last = 0, -1.0
        while quiet < QUIET_LOOKS:
            total = self._worker.scrape().total("lm_stream_transactions_total")
            quiet = quiet + 1 if total == last else 0
            last = total
            if time.monotonic() > deadline:
                raise OpsError(f"the worker was still reading after {DRAIN_SECONDS:.0f} s; see {self._worker.log}")
            time.sleep(1.0)
