"""Landing aside: rows of records that their topic has lost, kept under a topic id that says so.

A topic that was cut gives the lost offsets out again. Without this the records that take them would count as landed.
"""

from datetime import datetime

import psycopg
from psycopg import sql
from psycopg.rows import TupleRow

from schemas.contracts.topics import default_name_of
from streams.landing.mapping.tables import REJECTS, TABLE_OF_TOPIC


def set_aside(
    connection: psycopg.Connection[TupleRow], topic: str, topic_id: str, partition: int, *, end: int, now: datetime
) -> int:
    """Give rows at or past the topic's end the id of no topic, ``<topic id>@<now>``; return how many there were."""
    lost = f"{topic_id}{now:@%Y%m%dT%H%M%SZ}"
    rows = 0
    for table in (TABLE_OF_TOPIC[topic].table, REJECTS):
        query = sql.SQL(
            "update raw.{} set source_topic_id = %s where source_topic = %s and source_topic_id in (%s, '')"
            " and source_partition = %s and source_offset >= %s"
        ).format(sql.Identifier(table))
        rows += connection.execute(query, (lost, default_name_of(topic), topic_id, partition, end)).rowcount
    return rows
