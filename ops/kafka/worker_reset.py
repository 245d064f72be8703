"""Worker reset: asks the owner of a partition to move on behind a gap, and waits until it has."""

import time
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from confluent_kafka import Consumer, KafkaException, TopicPartition

from ops.errors import OpsError
from schemas.contracts.topics import TRANSACTIONS
from streams.consume.answered import read_answered
from streams.consume.gaps import Gap
from streams.consume.resets import Reset, Resets
from streams.kafka.clients import reader
from streams.kafka.position_note import topic_id_of
from streams.kafka.topic_check import read_topics
from streams.kafka.watermarks import watermarks
from streams.rollout.acts import ActLog
from streams.rollout.follower import read_history
from streams.settings import KafkaSettings

BROKER_SECONDS: Final = 10.0
LOOK_SECONDS: Final = 0.2
MOST_CHARACTERS: Final = 500  # of a reason: it is metadata of a position until it is carried out


@dataclass(frozen=True, slots=True)
class Moved:
    """A partition that goes on: where it stood, where it goes on, and how many offsets it never reads.

    Where its position ``was_lost`` it stood behind the last answer.
    """

    partition: int
    start: int
    to: int
    removed: int  # of these, so many the broker had removed before
    reset_id: str
    was_lost: bool

    @property
    def message(self) -> str:
        """What an operator is told."""
        what = f"{max(0, self.to - self.start):,} offsets skipped, of which the broker had removed {self.removed:,}"
        if self.start > self.to:
            what = f"{self.start - self.to:,} offsets read once more though they were answered"
        stood = f"the outputs answered it up to {self.start}" if self.was_lost else f"it stood at {self.start}"
        return f"partition {self.partition} goes on at {self.to}, {stood}: {what}; act {self.reset_id}"


def reset_worker(
    kafka: KafkaSettings,
    *,
    group: str,
    partition: int,
    to: int | Literal["answered"] | None,
    reason: str,
    actor: str,
    now: datetime,
    seconds: float,
) -> Moved:
    """Ask for a reset to an offset, or to the first that the broker has, and return what the partition's owner did.

    ``answered`` is the first offset that was not answered, where the group has lost its position.

    Raises OpsError where the partition has no gap, the offset is not on the broker, or nobody carried it out in time,
    StreamError where it could not be written down.
    """
    if not 0 < len(reason.strip()) <= MOST_CHARACTERS:
        raise OpsError(f"a reason has 1 to {MOST_CHARACTERS} characters")
    facts = read_topics(kafka, [TRANSACTIONS.name])[TRANSACTIONS.name]
    if not 0 <= partition < facts.partitions:
        raise OpsError(f"{TRANSACTIONS.name} has no partition {partition}: there are 0 to {facts.partitions - 1}")
    with _positions(kafka, group) as positions, closing(Resets(kafka, group=group)) as resets:
        gap = _find_gap(kafka, positions, partition, facts.topic_id)
        if to == "answered":
            if not gap.is_lost:
                raise OpsError(
                    f"partition {partition} has its position: give earliest or an offset; nothing was changed"
                )
            to = gap.going_on
        if to is not None and not gap.low <= to <= gap.high:
            raise OpsError(f"offset {to} is not on the broker, which has {gap.low} to {gap.high}; nothing was changed")
        ActLog(kafka)  # what could not be written down is not asked for; the worker that does it writes it down
        reset = Reset(uuid.uuid4().hex, facts.topic_id, gap.position, to, actor, reason.strip(), now)
        deadline = time.monotonic() + seconds
        resets.ask(partition, reset)
        _wait(positions, gap, facts.topic_id, seconds)
    to_offset = _told(kafka, reset.reset_id, partition, deadline)
    return Moved(partition, gap.position, to_offset, gap.removed, reset.reset_id, gap.is_lost)


@contextmanager
def _positions(kafka: KafkaSettings, group: str) -> Iterator[Consumer]:
    with closing(Consumer(reader(kafka) | {"group.id": group})) as consumer:  # never joins it
        try:
            yield consumer
        except KafkaException as error:
            raise OpsError(f"the group's positions cannot be worked with: {error.args[0].name()}; try again") from error


def _find_gap(kafka: KafkaSettings, consumer: Consumer, partition: int, topic_id: str) -> Gap:
    (at,) = consumer.committed([TopicPartition(TRANSACTIONS.name, partition)], BROKER_SECONDS)
    low, high = watermarks(consumer, TopicPartition(TRANSACTIONS.name, partition))
    if at.offset < 0 or topic_id_of(at.metadata) not in (None, topic_id):
        answered = read_answered(kafka, {partition: low}, topic_id=topic_id).get(partition, low)
        if answered == low:
            raise OpsError(
                f"partition {partition} has no position: workers read it from its first record; nothing to reset"
            )
        return Gap(partition, answered, low, high, is_lost=True)
    if low <= at.offset <= high:
        raise OpsError(
            f"partition {partition} has no gap: its position {at.offset} is on the broker, which has {low} to {high}; "
            "nothing was changed"
        )
    return Gap(partition, int(at.offset), low, high)


def _wait(consumer: Consumer, gap: Gap, topic_id: str, seconds: float) -> None:
    """Wait until the owner has committed another position, or any where none was known."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        (at,) = consumer.committed([TopicPartition(TRANSACTIONS.name, gap.partition)], BROKER_SECONDS)
        is_other = topic_id_of(at.metadata) == topic_id if gap.is_lost else at.offset != gap.position
        if at.offset >= 0 and is_other:
            return
        time.sleep(LOOK_SECONDS)
    raise OpsError(
        f"no worker moved partition {gap.partition} within {seconds:.0f} s; the wish stands, and the worker that "
        "owns the partition carries it out when it runs"
    )


def _told(kafka: KafkaSettings, reset_id: str, partition: int, deadline: float) -> int:
    """Return where the owner went on, in its own words: what it commits next is already a later position."""
    while True:
        for record in reversed(read_history(kafka).records):
            if record.act is not None and record.act.details.get("reset") == reset_id:
                return int(record.act.details["to"])
        if time.monotonic() > deadline:
            raise OpsError(
                f"partition {partition} goes on, but its worker has not written the act {reset_id} down yet, which "
                "says how much it skipped; see ledgermind rollout history --all and the worker's log"
            )
        time.sleep(LOOK_SECONDS)
