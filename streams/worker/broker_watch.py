"""Broker watch: what the broker says of a worker's rights and lag, whatever its own consumer and producer do."""

import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Final

import structlog
from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from streams import metrics
from streams.kafka.clients import connection
from streams.kafka.lag import ends_of, export_lag
from streams.kafka.rights import missing_rights
from streams.settings import KafkaSettings

LOOK_SECONDS: Final = 2.0
STOP_SECONDS: Final = 3.0

log = structlog.get_logger(__name__)


class BrokerWatch:
    """One thread that asks the broker every other second.

    ``positions`` gives where each partition stands that is read here, up to what is committed, and ``unread`` those
    that nobody reads. Where the broker does not answer, no lag is known and none is exported.
    """

    def __init__(
        self,
        kafka: KafkaSettings,
        *,
        group: str,
        positions: Callable[[], Mapping[int, int]],
        unread: Callable[[], Mapping[int, int]],
    ) -> None:
        self._kafka = kafka
        self._group = group
        self._positions = positions
        self._unread = unread
        self._missing: list[str] | None = []  # None: the broker does not answer
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="broker-watch", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """Stop looking; a worker that is told to stop while it starts may not have begun."""
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join(STOP_SECONDS)

    def unready(self) -> list[str]:
        """Return what stands in the way of reading and writing, as conditions that do not hold."""
        if self._missing is None:
            return ["broker answers"]
        return [f"may {right}" for right in self._missing]

    def _run(self) -> None:
        admin = AdminClient(connection(self._kafka))  # type: ignore[arg-type]  # knows no callbacks
        while not self._stopping.wait(LOOK_SECONDS):
            try:
                self._say(missing_rights(admin, group=self._group))
            except (KafkaException, TimeoutError):
                self._say(None)
                export_lag({}, {})
                continue
            with suppress(KafkaException, TimeoutError):  # without the right to describe, the last lag stands
                positions = {**self._unread(), **self._positions()}
                export_lag(positions, ends_of(admin, positions.keys()))

    def _say(self, missing: list[str] | None) -> None:
        if missing != self._missing:
            if missing:
                log.error("rights_missing", missing=missing, remedy="docs/SECURITY.md lists what a worker needs")
            elif missing is None:
                log.warning("broker_does_not_answer")
            else:
                log.warning("broker_answers_and_rights_are_there")
        self._missing = missing
        metrics.MISSING_RIGHTS.set(float("nan") if missing is None else len(missing))
