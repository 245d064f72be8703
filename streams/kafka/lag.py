"""Lag: how many records lie behind each position, by the broker's own word of where its partitions end."""

from collections.abc import Collection, Mapping
from typing import Final

from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._listoffsets import OffsetSpec

from schemas.contracts.topics import TRANSACTIONS
from streams import metrics

ANSWER_SECONDS: Final = 3.0


def ends_of(admin: AdminClient, partitions: Collection[int]) -> dict[int, int]:
    """Return the offset behind the last record of each partition; raises KafkaException.

    It is asked for, not what a fetch brought along: nothing is fetched of a partition that is paused, and nothing at
    all by a consumer that hangs or has lost its rights.
    """
    if not partitions:
        return {}
    latest = OffsetSpec.latest()
    asked = {TopicPartition(TRANSACTIONS.name, partition): latest for partition in partitions}
    answers = admin.list_offsets(asked, request_timeout=ANSWER_SECONDS)
    return {place.partition: int(answer.result(ANSWER_SECONDS).offset) for place, answer in answers.items()}


def export_lag(positions: Mapping[int, int], ends: Mapping[int, int]) -> None:
    """Export the records behind each position, and take back the series of partitions that are not given any more."""
    shown = {int(labels[0]) for labels in metrics.CONSUMER_LAG._metrics}
    for partition in shown - (positions.keys() & ends.keys()):
        metrics.CONSUMER_LAG.remove(partition)
    for partition in positions.keys() & ends.keys():
        metrics.CONSUMER_LAG.labels(partition).set(max(0, ends[partition] - max(0, positions[partition])))
