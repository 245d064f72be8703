"""Membership: whether a worker's place in its group is kept while it is away, and how it gives the place up."""

import time
from typing import Final

import structlog
from confluent_kafka import Consumer, ConsumerGroupTopicPartitions, KafkaException

from streams.errors import BrokerUnreachable
from streams.kafka.broker_check import REACH_SECONDS, reach
from streams.kafka.clients import connection
from streams.settings import KafkaSettings

# The embedded broker never lets go of a static member: its partitions would stand still until the broker ends.
EMBEDDED_CLUSTER_ID: Final = "tansu_cluster"
LEAVE_SECONDS: Final = 6.0  # the client sends no leave while the group rebalances, which takes three seconds there
# At the least; else a session. A member may finish its batch for ten seconds before it joins again, and deleting its
# group meanwhile would set its positions back.
STUCK_SECONDS: Final = 20.0

log = structlog.get_logger(__name__)


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


class EmbeddedGroup:
    """Watches over a group on the embedded broker, and makes it anew where it gives nobody a partition.

    A member that leaves while the group rebalances stays its leader there. Nobody assigns partitions from then on, not
    even to workers that start later. Deleting the group ends that: its members join anew by themselves.
    """

    def __init__(self, kafka: KafkaSettings, *, group: str, session_seconds: float) -> None:
        self._kafka = kafka
        self._group = group
        self._patience = max(STUCK_SECONDS, session_seconds)
        self._assigned_at = time.monotonic()

    def heed(self, *, assigned: bool) -> None:
        """Make the group anew if this member has waited for an assignment longer than any rebalance takes."""
        now = time.monotonic()
        if assigned:
            self._assigned_at = now
        elif now - self._assigned_at > self._patience:
            try:
                self._make_anew()
            except (KafkaException, BrokerUnreachable) as error:
                log.warning("group_not_made_anew", group=self._group, reason=type(error).__name__)
            self._assigned_at = time.monotonic()

    def _make_anew(self) -> None:
        """Delete the group and commit its positions again, at once: whoever joins it finds them."""
        admin = reach(self._kafka)
        asked = ConsumerGroupTopicPartitions(self._group)
        answers = admin.list_consumer_group_offsets([asked], request_timeout=REACH_SECONDS)
        positions = answers[self._group].result().topic_partitions or []
        admin.delete_consumer_groups([self._group], request_timeout=REACH_SECONDS)[self._group].result()
        if positions:
            writer = Consumer(connection(self._kafka) | {"group.id": self._group, "enable.auto.commit": False})
            try:
                writer.commit(offsets=positions, asynchronous=False)
            finally:
                writer.close()
        log.warning("group_made_anew", group=self._group, positions=len(positions), waited_seconds=self._patience)
