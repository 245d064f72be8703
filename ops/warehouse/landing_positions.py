"""Landing positions: where the landing stands in each partition, beside what the topic holds."""

from collections.abc import Collection
from contextlib import closing
from dataclasses import dataclass
from typing import Final, Literal

import psycopg
from confluent_kafka import Consumer, KafkaException, TopicPartition

from ops.errors import BrokerError, PostgresError
from ops.local.postgres import connect
from schemas.contracts.topics import default_name_of, name_of
from streams.kafka.clients import reader
from streams.kafka.topic_check import read_topics
from streams.kafka.watermarks import watermarks
from streams.landing.mapping.tables import TABLE_OF_TOPIC
from streams.landing.postgres import is_of_server, reason, refusal
from streams.landing.settings import LandingSettings
from streams.settings import KafkaSettings

State = Literal["on the topic", "behind its beginning", "past its end"]
ON_TOPIC: Final[State] = "on the topic"


@dataclass(frozen=True, slots=True)
class Position:
    """Where one partition stands: the next offset to land, and the first and the next offset that the topic has."""

    topic: str
    topic_id: str
    partition: int
    next: int
    first: int
    end: int

    @property
    def state(self) -> State:
        """Whether the topic can be read from here."""
        if self.next < self.first:
            return "behind its beginning"
        return "past its end" if self.next > self.end else ON_TOPIC


def read_positions(kafka: KafkaSettings, settings: LandingSettings, topics: Collection[str] = ()) -> list[Position]:
    """Return the landing's positions in the topics that are there now, of some or of all, by topic and partition."""
    facts = read_topics(kafka, sorted(topics or TABLE_OF_TOPIC))
    with connect(settings.postgres_dsn.get_secret_value()) as connection:
        try:
            rows = connection.execute(
                """
                select topic, partition, next from raw.landing_positions
                where (topic, topic_id) in (select * from unnest(%s::text[], %s::text[]))
                order by topic, partition
                """,
                ([default_name_of(topic) for topic in facts], [known.topic_id for known in facts.values()]),
            ).fetchall()
        except psycopg.Error as error:
            raise _one_line(error) from error
    with closing(Consumer(reader(kafka))) as consumer:
        try:
            return [
                Position(topic, facts[topic].topic_id, at, after, *watermarks(consumer, TopicPartition(topic, at)))
                for topic, at, after in ((name_of(known), at, after) for known, at, after in rows)
            ]
        except KafkaException as error:
            raise BrokerError(f"the topics' ends are not known ({error.args[0].name()}); try again") from error


def _one_line(error: psycopg.Error) -> Exception:
    if is_of_server(error):
        return PostgresError(f"Postgres cannot be worked with: {reason(error)}; try again")
    return refusal(error)
