"""Lifecycle: starts the parts of one worker in order, says how it is, and stops them within a deadline."""

import asyncio
import threading
import time
from collections.abc import Callable, Collection
from functools import partial
from typing import Final

import structlog

from scorer.model.compiled import engine
from streams.consume.batch import Batch
from streams.consume.in_flight import InFlight
from streams.consume.offset_ledger import Ledger
from streams.consume.open_source import open_source
from streams.consume.source import Source
from streams.consume.unread import Unread
from streams.dead_letters.limits import DeadLetterLimits
from streams.format_settings import PLAIN, RecordFormats
from streams.hints.follower import HintFollower
from streams.kafka.fencing import another_lives, explained
from streams.kafka.membership import may_be_static
from streams.kafka.settings_watch import SettingsWatch
from streams.kafka.topic_watch import TopicWatch
from streams.process.scoring import Rules, Scoring
from streams.rollout.active_releases import Reload
from streams.rollout.follower import Follower
from streams.rollout.join import join_rollout
from streams.rollout.release_model import Releases
from streams.settings import KafkaSettings, SuggestSettings, WorkerSettings
from streams.worker.broker_watch import BrokerWatch
from streams.worker.exit import explain_with, leave, leave_at_last, leave_where_it_fails
from streams.worker.health import missing_conditions, stuck_symptom
from streams.worker.open_processor import open_processor
from streams.worker.processor import Processor
from streams.worker.topics import check_topics_of_worker, watch_transactions
from streams.worker.watchdog import Watchdog

STOP_SECONDS: Final = 8.0

log = structlog.get_logger(__name__)


class Lifecycle:
    """One worker: source → transform → sink, with the rollout record and the watchdog beside them.

    ``deliver`` takes each batch of the source; what becomes of it is the ``processor``'s work.
    """

    def __init__(
        self,
        *,
        kafka: KafkaSettings,
        worker: WorkerSettings,
        suggest: SuggestSettings,
        rules: Rules,
        releases: Releases,
        deliver: Callable[[Batch], None],
        formats: RecordFormats = PLAIN,
    ) -> None:
        self._formats = formats
        self._kafka = kafka
        self._worker = worker
        self._suggest = suggest
        self._releases = releases
        self._reload = Reload(releases.load)
        self._deliver = deliver
        self._ledger = Ledger()
        self._in_flight = InFlight(size=worker.in_flight_bytes)
        self._limits = DeadLetterLimits(
            run=worker.dead_letter_run, ratio=worker.dead_letter_ratio, window=worker.dead_letter_window
        )
        self._scoring = Scoring(rules, models=self._reload.get, model_seconds=worker.model_timeout_ms / 1_000)
        self._hints = HintFollower(kafka, limit=worker.max_hints, fail=leave)
        self._follower = Follower(kafka, changed=self._reload.follow)
        self._watchdog = Watchdog(self.symptom, stuck_seconds=worker.stuck_seconds)
        self.unread = Unread(kafka, group=worker.group, own=self._own_partitions)
        self.watch = BrokerWatch(
            kafka, group=worker.group, positions=lambda: self._ledger.positions, unread=lambda: self.unread.positions
        )
        self._settings_watch = SettingsWatch(kafka)
        self._is_static = True
        self._topic_watch: TopicWatch | None = None
        self._source: Source | None = None
        self._processor: Processor | None = None

    @property
    def processor(self) -> Processor:
        """What a batch is given to, once it has started."""
        assert self._processor is not None
        return self._processor

    async def start(self) -> None:
        """Check the topics, fence older selves, learn the rollout and all hints, and only then begin to poll."""
        loop = asyncio.get_running_loop()
        explain_with(self._explain)
        threading.excepthook = lambda args: leave(args.exc_value or args.exc_type())  # no thread dies in silence
        with leave_where_it_fails():
            await loop.run_in_executor(None, self._prepare)
        assert self._topic_watch is not None
        self._source = open_source(
            self._kafka,
            self._worker,
            watch=self._topic_watch,
            ledger=self._ledger,
            limits=self._limits,
            in_flight=self._in_flight,
            deliver=self._deliver,
            fail=leave,
            is_static=self._is_static,
        )
        self._source.start()
        self.unread.start()
        self.watch.start()
        self._watchdog.start()
        log.info(
            "worker_started",
            group=self._worker.group,
            static=self._is_static,
            rules_version=self._scoring.rules_version,
            trees_engine=engine(),
        )

    async def stop(self) -> None:
        """Stop polling, let what is under way be committed, leave."""
        self._watchdog.stop()
        leave_at_last()
        if self._source is not None:
            stop = self._source.stop
            await asyncio.get_running_loop().run_in_executor(None, lambda: stop(timeout_seconds=STOP_SECONDS))
        if self._topic_watch is not None:
            self._topic_watch.stop()
        self._settings_watch.stop()
        self.unread.stop()
        self.watch.stop()
        self._follower.stop()
        self._hints.stop()
        self._reload.stop()
        log.info("worker_stopped")

    def unready(self) -> list[str]:
        """What is still missing before this worker can be said to work; empty when it is ready."""
        missing = missing_conditions(
            self._source,
            has_producer=self._processor is not None,
            has_rollout=self._reload.in_force is not None,
            has_hints=self._hints.is_read,
        )
        return missing + self.watch.unready()

    def _explain(self, error: BaseException) -> BaseException:
        """Say of a fenced worker whether another one lives."""
        source, worker = self._source, self._worker
        member_id = "" if source is None else source.member_id
        ask = partial(another_lives, self._kafka, group=worker.group, name=worker.name, member_id=member_id)
        return explained(error, ask if self._is_static else lambda: None)

    def _own_partitions(self) -> Collection[int]:
        return () if self._source is None else self._source.partitions

    def _prepare(self) -> None:
        self._formats.check()
        check_topics_of_worker(self._kafka)
        self._hints.start()
        self._settings_watch.start()
        self._topic_watch = watch_transactions(self._kafka)
        self._topic_watch.start()
        self._is_static = may_be_static(self._kafka)
        self._processor = open_processor(
            self._kafka,
            self._worker,
            scoring=self._scoring,
            hints=self._hints,
            formats=self._formats,
            ledger=self._ledger,
            watch=self._topic_watch,
            limits=self._limits,
            in_flight=self._in_flight,
            reload=self._reload,
        )
        join_rollout(
            self._kafka,
            self._suggest,
            follower=self._follower,
            reload=self._reload,
            releases=self._releases,
            actor=f"worker {self._worker.name}",
        )
        self._hints.wait_until_read()

    def symptom(self) -> str | None:
        """What the watchdog must know: a hanging commit, records that stay unfinished, a silent poll loop."""
        return stuck_symptom(
            self._source,
            self._processor,
            self._in_flight,
            now=time.monotonic(),
            stuck_seconds=self._worker.stuck_seconds,
        )
