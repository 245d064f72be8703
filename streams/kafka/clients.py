"""Clients: the librdkafka settings of every consumer and producer, security included, in one place."""

import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import structlog
from confluent_kafka import KafkaError

from schemas.contracts.topics import NAMES
from streams.settings import KafkaSettings, WorkerSettings

ClientConfig = dict[str, str | int | bool | Callable[..., None] | logging.Logger]
MEBIBYTE: Final = 1_048_576
MAX_MESSAGE_BYTES: Final = 8 * MEBIBYTE  # above the broker's own limit, so that the broker decides

log = structlog.get_logger(__name__)
_SILENT: Final = logging.Logger("librdkafka", level=logging.CRITICAL + 1)


def connection(kafka: KafkaSettings) -> ClientConfig:
    """Return what every client needs to reach the broker; librdkafka's own lines go to the structured log."""
    config: ClientConfig = {
        "bootstrap.servers": kafka.bootstrap_servers,
        "security.protocol": kafka.security_protocol,
        "error_cb": _report,
        "reconnect.backoff.max.ms": 1_000,
        "topic.metadata.refresh.interval.ms": 5_000,
        "log_level": 0,  # its plain lines would stand between ours; error_cb tells the same
        "logger": _SILENT,  # a fatal error it would print whatever the level
    }
    optional: Mapping[str, str | None] = {
        "ssl.ca.location": _path(kafka.ca_file),
        "ssl.certificate.location": _path(kafka.certificate_file),
        "ssl.key.location": _path(kafka.key_file),
        "sasl.mechanism": kafka.sasl_mechanism if kafka.security_protocol.startswith("sasl") else None,
        "sasl.username": kafka.sasl_username,
        "sasl.password": kafka.sasl_password.get_secret_value() if kafka.sasl_password else None,
    }
    return config | {name: value for name, value in optional.items() if value is not None}


def source_consumer(kafka: KafkaSettings, worker: WorkerSettings, *, static: bool) -> ClientConfig:
    """Return the worker's consumer: read_committed, never commits by itself; a ``static`` one keeps its place."""
    return (
        connection(kafka)
        | ({"group.instance.id": worker.name} if static else {})
        | {
            "group.id": worker.group,
            "client.id": worker.name,
            "isolation.level": "read_committed",
            "enable.auto.commit": False,
            "enable.auto.offset.store": False,
            "auto.offset.reset": "error",  # a gap is never skipped silently; positions are always given explicitly
            "partition.assignment.strategy": "range",
            "session.timeout.ms": worker.session_timeout_ms,
            "heartbeat.interval.ms": max(300, worker.session_timeout_ms // 10),
            "max.poll.interval.ms": max(worker.max_poll_interval_ms, worker.session_timeout_ms),
            "fetch.wait.max.ms": 50,
            "fetch.error.backoff.ms": 100,
            "queued.min.messages": 5 * worker.batch_records,
        }
        | buffers(worker.fetch_max_bytes, worker.client_buffer_bytes, embedded=not static)
    )


def buffers(fetch_max_bytes: int, buffer_bytes: int, *, embedded: bool) -> ClientConfig:
    """Return what bounds a consumer's memory: ``buffer_bytes`` fetched ahead, beyond which it asks for nothing more.

    What it has asked for by then is expanded whole, all batches of an answer at once, and a megabyte of one letter is
    a few kilobytes on the wire. So an answer is bounded by ``fetch_max_bytes`` as well, though never below one batch:
    what a batch expands to is its producer's doing (docs/SCALING.md). The embedded broker never sends half of the
    partitions where answers are small: there each partition has a bound of its own.
    """
    bounds: ClientConfig = {
        "queued.max.messages.kbytes": buffer_bytes // 1_024,
        "fetch.queue.backoff.ms": 20,  # a full queue is emptied long before the second that it would wait
        "receive.message.max.bytes": 64 * MEBIBYTE,
    }
    if embedded:
        return bounds | {"fetch.message.max.bytes": MEBIBYTE}
    # The client raises fetch.max.bytes to message.max.bytes, which else means nothing to a consumer.
    return bounds | {
        "fetch.message.max.bytes": fetch_max_bytes,
        "fetch.max.bytes": fetch_max_bytes,
        "message.max.bytes": fetch_max_bytes,
    }


def producer_buffer(buffer_bytes: int) -> ClientConfig:
    """Return what bounds the bytes that a producer holds; past them ``produce`` raises BufferError."""
    return {"queue.buffering.max.kbytes": max(buffer_bytes, MAX_MESSAGE_BYTES) // 1_024}


def transactional_producer(kafka: KafkaSettings, *, transactional_id: str, timeout_ms: int) -> ClientConfig:
    """Return an exactly-once producer whose partitions agree with Java's."""
    return connection(kafka) | {
        "transactional.id": NAMES.prefix + transactional_id,
        "client.id": NAMES.prefix + transactional_id,
        "transaction.timeout.ms": timeout_ms,
        "delivery.timeout.ms": max(1_000, timeout_ms * 4 // 5),
        "compression.type": "lz4",
        "linger.ms": 5,
        "partitioner": "murmur2_random",
        "message.max.bytes": MAX_MESSAGE_BYTES,
        "queue.buffering.max.messages": 100_000,
        "retry.backoff.ms": 20,
        "retry.backoff.max.ms": 200,
    }


def reader(kafka: KafkaSettings) -> ClientConfig:
    """Return a consumer that belongs to no group and reads committed records from where it is told to."""
    return connection(kafka) | {
        "group.id": f"{NAMES.prefix}ledgermind-reader",
        "isolation.level": "read_committed",
        "enable.auto.commit": False,
        "auto.offset.reset": "earliest",
        "enable.partition.eof": True,
        "fetch.wait.max.ms": 50,
    }


def _path(file: Path | None) -> str | None:
    return None if file is None else str(file)


def _report(error: KafkaError) -> None:
    """Log what a client reports by itself; it goes on trying, and the caller hears of what it cannot mend."""
    log.warning("kafka_client", reason=error.name(), fatal=error.fatal())
