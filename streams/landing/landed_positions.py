"""Landed positions: how far each partition has landed, read and moved in the caller's transaction."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import psycopg

from schemas.contracts.topics import default_name_of, name_of

Connection = psycopg.Connection[tuple[Any, ...]]
Partition = tuple[str, int]
GONE: Final = '"@"YYYYMMDD"T"HH24MISS"Z"'  # no topic's id: it has an @ and the time
UNNAMED: Final[Mapping[str, str]] = {}  # topics whose ids nobody asked for: their positions name none


@dataclass(frozen=True, slots=True)
class Move:
    """How far one partition moves with a batch: from the offset that was next to the one that will be."""

    topic: str
    partition: int
    start: int
    end: int
    topic_id: str = ""


class Superseded(Exception):  # noqa: N818 - says what happened: another process has moved on from here
    """A position is not where this process believes it to be; roll back and read it again."""


def next_offsets(connection: Connection, topic_ids: Mapping[str, str]) -> dict[Partition, int]:
    """Return the next offset of every partition that ever landed of the topics with these ids."""
    rows = connection.execute("select topic, topic_id, partition, next from raw.landing_positions").fetchall()
    return {
        (name_of(topic), int(partition)): int(after)
        for topic, topic_id, partition, after in rows
        if topic_ids.get(name_of(topic), "") == topic_id
    }


def name_topics(connection: Connection, topic_ids: Mapping[str, str]) -> int:
    """Give positions that name no topic the id of the one that is there; return how many there were.

    A landing from before ids were kept wrote them: at first all, after a downgrade those of added partitions.
    """
    return connection.execute(
        """
        update raw.landing_positions as position set topic_id = named.topic_id
        from unnest(%s::text[], %s::text[]) as named (topic, topic_id)
        where position.topic = named.topic and position.topic_id = ''
            and not exists (
                select from raw.landing_positions as known
                where known.topic = position.topic and known.topic_id = named.topic_id
                    and known.partition = position.partition
            )
        """,
        ([default_name_of(topic) for topic in topic_ids], list(topic_ids.values())),
    ).rowcount


def set_apart(connection: Connection, topics: Collection[str]) -> None:
    """Say of positions that name no topic that theirs is gone: no other topic's id is ever given to them."""
    connection.execute(
        "update raw.landing_positions set topic_id = to_char(now() at time zone 'utc', %s)"
        " where topic = any(%s) and topic_id = ''",
        (GONE, [default_name_of(topic) for topic in topics]),
    )


def begin_at(connection: Connection, positions: Mapping[Partition, int], topic_ids: Mapping[str, str]) -> None:
    """Write the first position of partitions that have none; one that another process wrote stands."""
    with connection.cursor() as cursor:
        cursor.executemany(
            "insert into raw.landing_positions (topic, topic_id, partition, next) values (%s, %s, %s, %s) "
            "on conflict do nothing",
            [
                (default_name_of(topic), topic_ids.get(topic, ""), partition, first)
                for (topic, partition), first in positions.items()
            ],
        )


def move_positions(connection: Connection, moves: Sequence[Move]) -> None:
    """Move all positions, or raise Superseded; its row locks hold a second process back until the commit."""
    moved = connection.execute(
        """
        update raw.landing_positions as position set next = move.upto, moved_at = now()
        from unnest(%s::text[], %s::text[], %s::integer[], %s::bigint[], %s::bigint[])
            as move (topic, topic_id, partition, since, upto)
        where position.topic = move.topic and position.topic_id = move.topic_id
            and position.partition = move.partition and position.next = move.since
        """,
        (
            [default_name_of(move.topic) for move in moves],
            [move.topic_id for move in moves],
            [move.partition for move in moves],
            [move.start for move in moves],
            [move.end for move in moves],
        ),
    ).rowcount
    if moved != len(moves):
        raise Superseded
