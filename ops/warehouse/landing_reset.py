"""Landing reset: moves a landed position on behind a gap, in one transaction of Postgres, and writes it down.

A landing that works on the partition moves positions only from where it knows them, so neither overtakes the other.
"""

from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import psycopg
from confluent_kafka import Consumer, KafkaException, TopicPartition

from ops.errors import BrokerError, OpsError, PostgresError
from ops.local.postgres import connect
from ops.warehouse.landing_aside import set_aside
from schemas.contracts.topics import default_name_of, name_of
from schemas.events.rollout import ActKind
from streams.kafka.clients import reader
from streams.kafka.topic_check import read_topics
from streams.kafka.watermarks import watermarks
from streams.landing.gaps import LandingGap
from streams.landing.postgres import is_of_server, refusal
from streams.landing.postgres import reason as reason_of
from streams.landing.settings import LandingSettings
from streams.rollout.acts import ActLog
from streams.settings import KafkaSettings

_PLACE: Final = "topic = %(topic)s and topic_id = %(topic_id)s and partition = %(partition)s"


@dataclass(frozen=True, slots=True)
class LandingMoved:
    """A partition that goes on at ``to``."""

    gap: LandingGap
    to: int
    is_written_down: bool  # False where there is no rollout yet that the act could be linked to
    set_aside: int  # rows of records that the broker has lost


def reset_landing(
    kafka: KafkaSettings,
    settings: LandingSettings,
    *,
    topic: str,
    partition: int,
    to: int | None,
    reason: str,
    actor: str,
    now: datetime,
) -> LandingMoved:
    """Move a partition on to an offset, or to the first that the broker has, and return from where to where.

    Where the position lies past the broker's end, rows of records that the broker has lost are set aside.
    Raises OpsError where the partition has no gap or the offset is not on the broker; nothing was changed then.
    """
    facts = read_topics(kafka, [topic])[topic]
    place: dict[str, str | int] = {"topic": default_name_of(topic), "topic_id": facts.topic_id, "partition": partition}
    try:
        with (
            connect(settings.postgres_dsn.get_secret_value()) as connection,
            closing(Consumer(reader(kafka))) as consumer,
        ):
            gap = _find_gap(connection, consumer, place)
            goal = gap.low if to is None else to
            if not gap.low <= goal <= gap.high:
                raise OpsError(
                    f"offset {goal} is not on the broker, which has {gap.low} to {gap.high}; nothing was changed"
                )
            acts = ActLog(kafka)  # what could not be written down is not done
            query = (
                f"update raw.landing_positions set next = %(to)s, moved_at = now() where {_PLACE} and next = %(start)s"  # noqa: S608 - a constant
            )
            moved = connection.execute(query.encode(), place | {"to": goal, "start": gap.position}).rowcount
            is_cut = moved and gap.position > gap.high
            aside = set_aside(connection, topic, facts.topic_id, partition, end=gap.high, now=now) if is_cut else 0
            connection.commit()
    except psycopg.Error as error:
        if is_of_server(error):
            raise PostgresError(f"Postgres cannot be worked with: {reason_of(error)}; try again") from error
        raise refusal(error) from error
    except KafkaException as error:
        raise BrokerError(f"the broker cannot be worked with: {error.args[0].name()}; try again") from error
    if not moved:
        raise OpsError(f"{topic} partition {partition} was moved on meanwhile; look again")
    details = {name: str(value) for name, value in place.items()}
    details |= {"program": "landing", "from": str(gap.position), "to": str(goal), "skipped": str(gap.skipped(goal))}
    details |= {"set_aside": str(aside)} if is_cut else {}
    record = acts.record(ActKind.RESET, actor=actor, reason=reason, details=details)
    return LandingMoved(gap, goal, record is not None, aside)


def _find_gap(connection: psycopg.Connection, consumer: Consumer, place: dict[str, str | int]) -> LandingGap:
    topic, partition = name_of(str(place["topic"])), int(place["partition"])
    row = connection.execute(f"select next from raw.landing_positions where {_PLACE}".encode(), place).fetchone()  # noqa: S608 - a constant
    if row is None:
        raise OpsError(f"{topic} partition {partition} has no position: it lands from its first record")
    low, high = watermarks(consumer, TopicPartition(topic, partition))
    position = int(row[0])
    if low <= position <= high:
        raise OpsError(
            f"{topic} partition {partition} has no gap: its position {position} is on the broker, which has {low} to "
            f"{high}; nothing was changed"
        )
    return LandingGap(topic, partition, position, low, high)
