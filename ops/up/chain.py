"""Chain: the rollout records kept beside Postgres, and given back to a broker that begins empty.

The embedded broker keeps nothing. Each record that it takes is written to a file at once, byte by byte as it was; a new
broker gets them all again before anything reads it. What Postgres holds of them already is not landed twice: the
landing's position on the new topic begins behind it.
"""

from pathlib import Path
from typing import Final

import msgspec
from confluent_kafka import KafkaException, Producer

from ops.atomic_file import write_whole
from ops.errors import BrokerError
from ops.kafka.publish import producer_config
from ops.local.postgres import connect
from schemas.contracts.topics import ROLLOUT_STATE
from schemas.events.rollout import RolloutRecord, record_key
from schemas.events.rollout_history import RolloutHistory, Skipped
from streams.kafka.topic_check import read_topic_id
from streams.rollout.follower import read_history
from streams.settings import KafkaSettings

FLUSH_SECONDS: Final = 20.0


class KeptChain:
    """The records in ``file``, one a line, in their order."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._history = RolloutHistory()
        self._records: list[bytes] = []
        lines = file.read_bytes().splitlines() if file.exists() else []
        for line in lines:
            self._take(line)
        if lines != self._records or not self._ends_well():  # a power cut left half a line: the next must not follow it
            with write_whole(file) as out:
                out.write(b"".join(value + b"\n" for value in self._records))
        self._seen = set(self._records)

    @property
    def latest(self) -> RolloutRecord | None:
        """The record in force as far as it is known."""
        return self._history.latest

    def add(self, value: bytes) -> None:
        """Keep a record that a broker holds, unless it is kept already or is none of the chain."""
        if value in self._seen or not self._take(value):
            return
        self._seen.add(value)
        with self._file.open("ab") as out:
            out.write(value + b"\n")

    def give_back(self, kafka: KafkaSettings, dsn: str) -> int:
        """Write every record to a topic that has none, and return how many; raises BrokerError, StreamError.

        Nothing may read the topics yet.
        """
        if not self._records or read_history(kafka).records:
            return 0
        producer = Producer(producer_config(kafka))
        failed: list[str] = []
        try:
            for version, value in enumerate(self._records):
                producer.produce(
                    ROLLOUT_STATE.name,
                    key=record_key(version),
                    value=value,
                    partition=0,
                    on_delivery=lambda error, _: failed.append(error.str()) if error is not None else None,
                )
        except KafkaException as error:
            failed.append(error.args[0].str())
        if producer.flush(FLUSH_SECONDS) or failed:
            raise BrokerError(f"the rollout's records could not be given back: {(failed or ['no answer'])[0]}")
        self._begin_landing_behind(dsn, topic_id=read_topic_id(kafka, ROLLOUT_STATE.name))
        return len(self._records)

    def _ends_well(self) -> bool:
        return not self._file.exists() or self._file.read_bytes()[-1:] in (b"", b"\n")

    def _begin_landing_behind(self, dsn: str, *, topic_id: str) -> None:
        hashes = [msgspec.json.decode(value, type=RolloutRecord).hash for value in self._records]
        with connect(dsn) as connection:
            query = "select record ->> 'hash' from raw.rollout_decisions where record ->> 'hash' = any(%s)"
            landed = {str(found) for (found,) in connection.execute(query, (hashes,))}
            first_missing = next((place for place, name in enumerate(hashes) if name not in landed), len(hashes))
            connection.execute(
                "insert into raw.landing_positions (topic, topic_id, partition, next) values (%s, %s, 0, %s)",
                (ROLLOUT_STATE.default_name, topic_id, first_missing),
            )

    def _take(self, value: bytes) -> bool:
        found = self._history.add(value, offset=self._history.end)
        if isinstance(found, Skipped) or found.fault is not None:
            return False
        self._records.append(value)
        return True
