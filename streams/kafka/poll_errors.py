"""Poll errors: what a poll reports that librdkafka mends by itself, and what ends the worker."""

import time
from typing import Final

import structlog
from confluent_kafka import KafkaError

from streams.errors import FencedError, StreamError, TopicError

TOPIC_MISSING_SECONDS: Final = 30.0  # a broker that was just restarted may not know its topics yet
FENCED: Final = (KafkaError.FENCED_INSTANCE_ID, KafkaError._FENCED)
UNKNOWN_TOPIC: Final = (KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError._UNKNOWN_TOPIC)

log = structlog.get_logger(__name__)


class PollErrors:
    """Hears the errors of one consumer's polls."""

    def __init__(self) -> None:
        self._topic_missing_since: float | None = None
        self._topic_missing_at = 0.0

    def forget(self) -> None:
        """Records came: the topic is there."""
        self._topic_missing_since = None

    def hear(self, error: KafkaError) -> None:
        """Raise StreamError where reading cannot go on; what librdkafka mends by itself is only logged."""
        if error.code() in UNKNOWN_TOPIC:
            now = time.monotonic()
            if self._topic_missing_since is None or now - self._topic_missing_at > TOPIC_MISSING_SECONDS / 2:
                self._topic_missing_since = now  # the broker knew it in between: its errors come every few seconds
            self._topic_missing_at = now
            if now - self._topic_missing_since > TOPIC_MISSING_SECONDS:
                raise as_stream_error(error)
        elif error.fatal() or error.code() in (*FENCED, KafkaError._FATAL):
            raise as_stream_error(error)
        log.warning("poll_error", reason=error.name())


def as_stream_error(error: KafkaError) -> StreamError:
    """Return what an operator is told of ``error``."""
    fenced_earlier = error.code() == KafkaError._FATAL and "group.instance.id" in error.str()  # said once, then _FATAL
    if error.code() in FENCED or fenced_earlier:
        return FencedError(
            "the broker takes nothing of this worker any more: another one may have its name, or the broker was "
            "restarted; this one stops, and its parent starts it again (give each worker its own "
            "LEDGERMIND_WORKER_NAME)"
        )
    if error.code() in UNKNOWN_TOPIC:
        return TopicError("topic transactions does not exist; create it with: ledgermind topics create")
    return StreamError(f"the consumer can go on no more: {error.name()}")
