"""Landing consumer: how the landing reads topics."""

from streams.kafka.clients import ClientConfig, buffers, connection
from streams.landing.settings import LandingSettings
from streams.settings import KafkaSettings


def landing_consumer(kafka: KafkaSettings, landing: LandingSettings, *, embedded: bool) -> ClientConfig:
    """Return the landing's consumer: a group of its own, read_committed, positions always given explicitly."""
    return (
        connection(kafka)
        | buffers(landing.fetch_max_bytes, landing.client_buffer_bytes, embedded=embedded)
        | {
            "group.id": landing.group,
            "isolation.level": "read_committed",
            "enable.auto.commit": False,
            "enable.auto.offset.store": False,
            "auto.offset.reset": "error",
            "enable.partition.eof": True,  # says where the last record of a partition lies behind us
            "partition.assignment.strategy": "range",
            "session.timeout.ms": landing.session_timeout_ms,
            "heartbeat.interval.ms": max(300, landing.session_timeout_ms // 10),
            "max.poll.interval.ms": 300_000,
            "fetch.wait.max.ms": 100,
            "queued.min.messages": 4 * landing.batch_records,
        }
    )
