"""Publisher: publishes the live transactions from a thread of its own, a few broken ones among them."""

import itertools
import threading
import time
from collections.abc import Iterator, Sequence
from typing import Final

from ops.demo.input import Told
from ops.kafka.publish import OutgoingRecord, Published, outgoing_transaction, publish
from schemas.contracts.topics import TRANSACTIONS
from streams.settings import KafkaSettings

BROKEN_EVERY: Final = 2_000  # one record in so many is no transaction
BROKEN: Final = OutgoingRecord(TRANSACTIONS.name, b"user-broken", b'{"schema_version": "1.0", "txn_id": ')


class Feeder:
    """Streams until its input ends or it is told to stop."""

    def __init__(self, told: Sequence[Told], *, kafka: KafkaSettings, rate: float) -> None:
        self._told = told
        self._kafka = kafka
        self._rate = rate
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="feeder", daemon=True)
        self._fault: BaseException | None = None
        self._began = time.monotonic()
        self.published: Published | None = None

    def start(self) -> None:
        """Begin to publish."""
        self._began = time.monotonic()
        self._thread.start()

    @property
    def seconds(self) -> float:
        """Seconds since it began."""
        return time.monotonic() - self._began

    def finish(self) -> Published:
        """Stop publishing, wait for every delivery, and return the account; raises what publishing raised."""
        self._stopping.set()
        self._thread.join()
        if self._fault is not None:
            raise self._fault
        assert self.published is not None
        return self.published

    @property
    def is_done(self) -> bool:
        """Whether everything was published."""
        return not self._thread.is_alive()

    def _run(self) -> None:
        try:
            self.published = publish(self._records(), kafka=self._kafka, rate=self._rate)
        except BaseException as fault:  # handed over to whoever waits in finish()
            self._fault = fault

    def _records(self) -> Iterator[OutgoingRecord]:
        for number, one in zip(itertools.count(1), self._told, strict=False):
            if self._stopping.is_set():
                return
            if number % BROKEN_EVERY == 0:
                yield BROKEN
            yield outgoing_transaction(one.transaction)
