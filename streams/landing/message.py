"""Landing message: what the Kafka client hands over, as a record, as something to wait for, or as an error."""

from collections.abc import Iterable
from typing import Final

import structlog
from confluent_kafka import TIMESTAMP_NOT_AVAILABLE, KafkaError, Message

from streams.errors import StreamError
from streams.landing.mapping.copy_format import Landed

LOST_POSITION: Final = (KafkaError._AUTO_OFFSET_RESET, KafkaError.OFFSET_OUT_OF_RANGE)

log = structlog.get_logger(__name__)


def lost_position(message: Message) -> tuple[str, int] | None:
    """Return the partition of which the broker does not have the position, if that is what the client says."""
    error, topic, partition = message.error(), message.topic(), message.partition()
    if error is None or error.code() not in LOST_POSITION or topic is None or partition is None:
        return None
    return topic, partition


def is_record(message: Message) -> bool:
    """Whether it is a record; what the client mends by itself is not, what nobody can mend ends the program."""
    error = message.error()
    if error is None:
        return True
    if error.code() == KafkaError._PARTITION_EOF:
        return False
    where = f"{message.topic()} partition {message.partition()}"
    if error.fatal() or error.code() in (KafkaError.TOPIC_AUTHORIZATION_FAILED, KafkaError.GROUP_AUTHORIZATION_FAILED):
        raise StreamError(f"{where}: {error.str()}")
    log.warning("landing_client", reason=error.name())
    return False


def ends_in(messages: Iterable[Message]) -> dict[tuple[str, int], int]:
    """Return where partitions hold no more, as the client said between the records; by topic and partition."""
    ends: dict[tuple[str, int], int] = {}
    for message in messages:
        error = message.error()
        if error is not None and error.code() == KafkaError._PARTITION_EOF:
            topic, partition, offset = message.topic(), message.partition(), message.offset()
            assert topic is not None and partition is not None and offset is not None
            ends[topic, partition] = offset
    return ends


def landed(message: Message, topic_id: str) -> Landed:
    """Return a record in our own words."""
    kind, timestamp_ms = message.timestamp()
    topic, partition, offset = message.topic(), message.partition(), message.offset()
    headers = message.headers()
    assert topic is not None and partition is not None and offset is not None
    return Landed(
        topic=topic,
        partition=partition,
        offset=offset,
        timestamp_ms=None if kind == TIMESTAMP_NOT_AVAILABLE else timestamp_ms,
        key=message.key(),
        value=message.value(),
        headers=list(headers.items()) if isinstance(headers, dict) else headers,
        topic_id=topic_id,
    )
