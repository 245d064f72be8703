"""Dead letter: a refused record as it goes out, its own bytes beside the headers that say why."""

from schemas.contracts.topics import TRANSACTIONS
from schemas.events.dead_letter import MAX_KEY_BYTES, MAX_ORIGINAL_BYTES, Address, dead_letter_headers, first_address
from schemas.events.trace_context import trace_headers
from schemas.events.transaction import TRANSACTION_SCHEMA_VERSION
from streams.process.batch_types import Refused
from streams.process.outgoing import OutgoingDeadLetter


def dead_letter(item: Refused, *, topic_id: str, worker_version: str, now_ms: int | None = None) -> OutgoingDeadLetter:
    """Return the dead letter of a record of the topic with this id, cut where it would not fit with its headers.

    It carries the record's own trace context and timestamp; with ``now_ms`` that, and the record's own in a header.
    """
    record, key, value = item.record, item.record.key, item.record.value
    truncated = (
        record.is_cut
        or (value is not None and len(value) > MAX_ORIGINAL_BYTES)
        or (key is not None and len(key) > MAX_KEY_BYTES)
    )
    headers = dead_letter_headers(
        item.fault,
        Address(TRANSACTIONS.name, record.partition, record.offset),
        schema_version=TRANSACTION_SCHEMA_VERSION,
        worker_version=worker_version,
        truncated=truncated,
        first=first_address(record.headers) if record.headers else None,
        timestamp_ms=None if now_ms is None else record.timestamp_ms,
        topic_id=topic_id,
    )
    if record.headers:
        headers += trace_headers(record.headers)
    return OutgoingDeadLetter(
        key if key is None else key[:MAX_KEY_BYTES],
        value if value is None else value[:MAX_ORIGINAL_BYTES],
        record.timestamp_ms if now_ms is None else now_ms,
        headers,
    )
