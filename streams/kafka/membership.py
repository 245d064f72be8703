"""Membership: whether a worker's place in its group is kept while it is away, and how it gives the place up."""

import time
from typing import Final

from confluent_kafka import Consumer

from streams.kafka.broker_check import REACH_SECONDS, reach
from streams.settings import KafkaSettings

# The embedded broker never lets go of a static member: its partitions would stand still until the broker ends.
EMBEDDED_CLUSTER_ID: Final = "tansu_cluster"
LEAVE_SECONDS: Final = 2.0


def may_be_static(kafka: KafkaSettings) -> bool:
    """Whether the broker gives the partitions of a static member to others once its session is over."""
    return reach(kafka).list_topics(timeout=REACH_SECONDS).cluster_id != EMBEDDED_CLUSTER_ID


def leave_group(consumer: Consumer) -> None:
    """Tell the group that this member will not come back, so that the others take its partitions at once.

    Closing says nothing for a static member. To be called where nothing is under way, on the polling thread.
    """
    consumer.unsubscribe()
    deadline = time.monotonic() + LEAVE_SECONDS
    while consumer.memberid() and time.monotonic() < deadline:  # the client drops its id when it sends its leave
        consumer.consume(1, 0.05)  # the partitions are taken back here; nothing is fetched any more
