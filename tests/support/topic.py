"""Topic: its end, noted, and every committed record before it; how far a group has come. No idle second says anything.

The marker that ends a transaction may come after its commit was told. So the end is noted of whatever was written, and
read under read_committed until it is passed.
"""

from collections.abc import Callable, Mapping
from contextlib import closing
from typing import Any, Final

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from ops.patience import patience_seconds, wait_for

READ_AT_ONCE: Final = 5_000
POSSIBLE_MESSAGE_BYTES: Final = 8 * 1_048_576

Ends = Mapping[int, int]  # the offset behind the last record, by partition


def address(message: Message) -> tuple[int, int]:
    """Return partition and offset of a message that was read or delivered: such a message has both."""
    partition, offset = message.partition(), message.offset()
    assert partition is not None
    assert offset is not None
    return partition, offset


def headers(message: Message) -> dict[str, str]:
    """Return a message's headers as text."""
    found = message.headers() or []
    pairs = found.items() if isinstance(found, dict) else found
    return {name: value if isinstance(value, str) else (value or b"").decode() for name, value in pairs}


def ends(bootstrap_servers: str, topic: str) -> Ends:
    """Return the end of each partition at this moment, of what is committed and of what is not yet.

    A reader goes there to see it: asked for its offsets alone the embedded broker leaves most of its last batch out.
    """
    found: dict[int, int] = {}
    with closing(_consumer(bootstrap_servers, isolation="read_uncommitted")) as consumer:
        places = [TopicPartition(topic, partition) for partition in _partitions(consumer, topic)]
        last = {at.partition: consumer.get_watermark_offsets(at, timeout=patience_seconds())[1] - 1 for at in places}
        found = {partition: 0 for partition, offset in last.items() if offset < 0}
        consumer.assign([TopicPartition(topic, *at) for at in last.items() if at[0] not in found])

        def look() -> bool:
            for message in consumer.consume(READ_AT_ONCE, 0.1) if len(found) < len(last) else ():
                error = message.error()
                if error is not None and error.code() == KafkaError._PARTITION_EOF:
                    found.setdefault(*address(message))
            return len(found) == len(last)

        wait_for(look, lambda: f"end of {topic}: {found} of {sorted(last)}", every_seconds=0)
    return found


def read_committed(
    bootstrap_servers: str,
    topic: str,
    *,
    upto: Ends | None = None,
    since: Ends | None = None,
    keep: Callable[[Message], Any] = lambda message: message,
) -> list[Any]:
    """Return every committed record before ``upto``, by default the end of the topic at this moment.

    ``since`` names where to begin; it is the first record of each partition that it does not name. ``keep`` says what
    is kept of each record, where all of them together are large.
    """
    first = since or {}
    noted = upto or ends(bootstrap_servers, topic)
    wanted = {partition: end for partition, end in noted.items() if end > first.get(partition, 0)}
    left, found = dict(wanted), list[Any]()
    with closing(_consumer(bootstrap_servers, isolation="read_committed")) as consumer:
        consumer.assign([TopicPartition(topic, partition, first.get(partition, 0)) for partition in wanted])

        def look() -> bool:
            for message in consumer.consume(READ_AT_ONCE, 0.1) if left else ():
                error = message.error()
                partition, offset = address(message)
                if error is None and offset < wanted[partition]:
                    found.append(keep(message))
                is_at_end = error is not None and error.code() == KafkaError._PARTITION_EOF
                # At the end of what can be read the next offset stands behind markers, too, which nobody is handed.
                if (error is None or is_at_end) and offset + (error is None) >= wanted[partition]:
                    left.pop(partition, None)
            return not left

        wait_for(look, lambda: f"end of {topic}: partitions {sorted(left)} of {wanted}", every_seconds=0)
    return found


def behind(bootstrap_servers: str, topic: str, group: str, *, upto: Ends | None = None) -> Ends:
    """Return the partitions of which a group has not committed all records before ``upto``, by default their ends.

    A marker that stands last is no record, and nobody commits behind it. Raises KafkaException where a young or
    restarted broker cannot say yet.
    """
    wanted = upto or ends(bootstrap_servers, topic)
    with closing(_consumer(bootstrap_servers, isolation="read_committed", group=group)) as consumer:
        asked = [TopicPartition(topic, partition) for partition in wanted]
        at = {one.partition: max(0, one.offset) for one in consumer.committed(asked, timeout=patience_seconds())}
    short = {partition: end for partition, end in wanted.items() if at[partition] < end}
    if not short:
        return {}
    left = {message.partition() for message in read_committed(bootstrap_servers, topic, upto=short, since=at)}
    return {partition: end for partition, end in short.items() if partition in left}


def wait_until_committed(bootstrap_servers: str, topic: str, group: str, *, upto: Ends | None = None) -> None:
    """Wait until a group has committed everything that lies on a topic at this moment."""
    wanted = upto or ends(bootstrap_servers, topic)
    wait_for(
        lambda: not behind(bootstrap_servers, topic, group, upto=wanted),
        lambda: f"commit by {group} of {topic} up to {behind(bootstrap_servers, topic, group, upto=wanted)}",
        refusals=(KafkaException,),
    )


def _partitions(consumer: Consumer, topic: str) -> list[int]:
    described = consumer.list_topics(topic, timeout=patience_seconds()).topics[topic]
    assert described.error is None, f"{topic}: {described.error}"
    return sorted(described.partitions)


def _consumer(bootstrap_servers: str, *, isolation: str, group: str = "test-reader") -> Consumer:
    return Consumer(
        {
            "bootstrap.servers": bootstrap_servers,
            "group.id": group,
            "isolation.level": isolation,
            "enable.partition.eof": True,
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
            "fetch.message.max.bytes": POSSIBLE_MESSAGE_BYTES,
            "log_level": 0,
        }
    )
