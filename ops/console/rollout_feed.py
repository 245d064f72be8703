"""Rollout feed: follows ``rollout-state`` and tells the page of each change; says whether the broker answers."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from schemas.contracts.topics import ROLLOUT_STATE
from schemas.events.rollout import RolloutRecord
from streams.errors import BrokerUnreachable, TopicMissing
from streams.kafka.clients import connection
from streams.rollout.follower import Follower
from streams.settings import KafkaSettings

CHECK_SECONDS: Final = 2.0


class RolloutFeed:
    """The records as they were read last; they stay while the broker is away."""

    def __init__(self, kafka: KafkaSettings, *, changed: Callable[[], None]) -> None:
        self._kafka = kafka
        self._changed = changed
        self._loop = asyncio.get_running_loop()
        self._records: tuple[RolloutRecord, ...] = ()
        self._follower = Follower(kafka, changed=self._take)
        self._admin: AdminClient | None = None  # one for as long as the console runs

    @property
    def records(self) -> tuple[RolloutRecord, ...]:
        """Every record of the chain, oldest first."""
        return self._records

    @property
    def latest(self) -> RolloutRecord | None:
        """The active record, None where none was read."""
        return self._records[-1] if self._records else None

    def start(self) -> None:
        """Begin to follow, in a thread."""
        self._follower.start()

    def stop(self) -> None:
        """Stop following."""
        self._follower.stop()

    def check(self) -> None:
        """Return where the broker answers and has the topic; raises StreamError where not."""
        if self._admin is None:
            self._admin = AdminClient(connection(self._kafka))  # type: ignore[arg-type]  # knows no callbacks
        try:
            topics = self._admin.list_topics(timeout=CHECK_SECONDS).topics  # of one name it might be created
        except KafkaException as error:
            where = self._kafka.bootstrap_servers
            raise BrokerUnreachable(f"no broker answers at {where} ({error.args[0].name()})") from error
        if ROLLOUT_STATE.name not in topics:
            raise TopicMissing(f"topic {ROLLOUT_STATE.name} does not exist; create it with: ledgermind topics create")

    def _take(self, records: Sequence[RolloutRecord]) -> None:
        self._records = tuple(records)
        with suppress(RuntimeError):  # the console has stopped meanwhile
            self._loop.call_soon_threadsafe(self._changed)
