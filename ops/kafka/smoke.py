"""Smoke: one transaction through the running worker, from its topic to its suggestion."""

import time
import uuid
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import msgspec
from confluent_kafka import Consumer, TopicPartition

from ops.errors import OpsError
from ops.kafka.publish import outgoing_transaction, publish
from ops.rollout.sources.metrics_client import fetch
from schemas.contracts.topics import SUGGESTIONS
from schemas.events.dead_letter import RecordError
from schemas.events.suggestion import Suggestion
from schemas.events.transaction import TRANSACTION_SCHEMA_VERSION, Channel, Transaction
from streams.format_settings import read_formats
from streams.kafka.clients import reader
from streams.kafka.topic_check import check_topics
from streams.settings import KafkaSettings

USER: Final = "demo-smoke"  # rows of users who are called demo-… never reach training
REACH_SECONDS: Final = 3.0
METADATA_SECONDS: Final = 10.0


class NotScoredError(OpsError):
    """The worker did not answer in time."""

    exit_code = 1


@dataclass(frozen=True, slots=True)
class Answered:
    """The worker's suggestion, and the seconds from publishing the transaction to reading it."""

    suggestion: Suggestion
    seconds: float


def example(*, at: datetime) -> Transaction:
    """Return the transaction that is asked about, under a name of its own."""
    return Transaction(
        schema_version=TRANSACTION_SCHEMA_VERSION,
        txn_id=f"smoke-{uuid.uuid4().hex}",
        user_id=USER,
        account_id="smoke",
        occurred_at=at,
        amount="-4.20",
        currency="EUR",
        description="SQ *CAFE LUNA BERLIN",
        channel=Channel.POS,
    )


def is_ready(url: str) -> bool:
    """Whether a worker at ``url`` says that it is ready; raises OpsError for what is no address."""
    try:
        fetch(f"{url}/ready", seconds=REACH_SECONDS)
    except OSError:
        return False
    except ValueError as error:
        raise OpsError(f"--worker: {url} is no address: write http://127.0.0.1:6066") from error
    return True


def ask_worker(transaction: Transaction, *, kafka: KafkaSettings, timeout_seconds: float) -> Answered:
    """Publish ``transaction`` and return its suggestion; raises NotScoredError, BrokerUnreachable, TopicError."""
    check_topics(kafka, [SUGGESTIONS])
    to_json = read_formats().to_json or (lambda value: value)
    with closing(Consumer(reader(kafka))) as consumer:
        consumer.assign(_ends(consumer))
        began = time.monotonic()
        published = publish([outgoing_transaction(transaction)], kafka=kafka)
        if published.delivered != 1:
            raise NotScoredError(f"the transaction did not reach the topic: {published.first_error}")
        while (left := timeout_seconds - (time.monotonic() - began)) > 0:
            message = consumer.poll(min(left, 1.0))
            if message is None or message.error() is not None:
                continue
            value = to_json(message.value() or b"")
            if isinstance(value, RecordError):
                continue
            suggestion = msgspec.json.decode(value, type=Suggestion)
            if (suggestion.user_id, suggestion.txn_id) == (transaction.user_id, transaction.txn_id):
                return Answered(suggestion, time.monotonic() - began)
    raise NotScoredError(
        f"no suggestion came within {timeout_seconds:.0f} s: `ledgermind dlq list` says whether it was refused, "
        "/ready and the log of the worker whether it still reads"
    )


def _ends(consumer: Consumer) -> list[TopicPartition]:
    """Return where each partition of the topic suggestions ends at this moment."""
    name = SUGGESTIONS.name
    partitions = consumer.list_topics(name, METADATA_SECONDS).topics[name].partitions
    ends = {number: consumer.get_watermark_offsets(TopicPartition(name, number))[1] for number in partitions}
    return [TopicPartition(name, number, end) for number, end in ends.items()]
