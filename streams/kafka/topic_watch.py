"""Topic watch: knows which topic stands behind a name, and since when it is known.

Kafka gives a topic that is deleted and made again another id, and never an old one twice. Whoever read a record, asked
for the id afterwards and was told the one that it had before has read from that very topic: the watch is asked so
before every commit. It looks by itself, too, so that a new topic is noticed while no record comes.
"""

import threading
import time
from collections.abc import Callable
from typing import Final

import structlog

from streams.errors import StreamError, TopicMissing
from streams.kafka.poll_errors import TOPIC_MISSING_SECONDS
from streams.kafka.topic_check import TopicFacts

WATCH_SECONDS: Final = 2.0
AGAIN_SECONDS: Final = 0.2  # after a question without an answer
BROKER_AWAY_SECONDS: Final = 60.0

log = structlog.get_logger(__name__)


class TopicWatch:
    """One thread that asks ``read`` for the facts of one topic; times are monotonic seconds."""

    def __init__(self, read: Callable[[], TopicFacts]) -> None:
        self._read = read
        self._facts: TopicFacts | None = None
        self._fault: StreamError | None = None
        self._asked_at = float("-inf")
        self._wanted_since = float("-inf")
        self._changed = threading.Condition()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="topic-watch", daemon=True)

    @property
    def facts(self) -> TopicFacts | None:
        """What was said last; None before the first answer, and while the topic is missing."""
        return self._facts

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """Stop looking; whoever waits is told nothing."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()

    def want(self, since: float) -> None:
        """Ask, beside other work, for what ``since`` will be asked for."""
        with self._changed:
            self._wanted_since = max(self._wanted_since, since)
            self._changed.notify_all()

    def topic_id(self, *, since: float | None = None, waiting: Callable[[], None] = lambda: None) -> str:
        """Return the id that the topic had at ``since`` or later (None: now), calling ``waiting`` every second.

        Raises TopicMissing or BrokerUnreachable where that is all that is heard for long; empty where it was stopped.
        """
        began = time.monotonic()
        since = began if since is None else since
        self.want(since)
        while True:
            waiting()
            with self._changed:
                self._changed.wait_for(lambda: self._knows(since) or self._stopping, 1.0)
                if self._facts is not None and self._knows(since):
                    return self._facts.topic_id
                if self._stopping:
                    return ""
                fault = self._fault
            seconds = TOPIC_MISSING_SECONDS if isinstance(fault, TopicMissing) else BROKER_AWAY_SECONDS
            if fault is not None and time.monotonic() - began > seconds:
                raise fault

    def _knows(self, since: float) -> bool:
        return self._facts is not None and self._asked_at >= since

    def _run(self) -> None:
        while not self._stopping:
            asked_at = time.monotonic()
            facts, fault = self._ask()
            with self._changed:
                self._facts, self._fault, self._asked_at = facts, fault, asked_at
                self._changed.notify_all()
                if facts is None:
                    self._changed.wait_for(lambda: self._stopping, AGAIN_SECONDS)
                else:
                    self._changed.wait_for(lambda: self._stopping or self._wanted_since > self._asked_at, WATCH_SECONDS)

    def _ask(self) -> tuple[TopicFacts | None, StreamError | None]:
        try:
            return self._read(), None
        except StreamError as error:
            if type(error) is not type(self._fault):
                log.warning("topic_id_not_read", reason=str(error))
            return None, error
