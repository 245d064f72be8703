"""Broker: the Kafka that a command works with: embedded, Apache Kafka from its jars, or one that runs already."""

import re
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, Protocol

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from ops.errors import BrokerError, UsageError
from ops.local.apache_kafka import ApacheKafka
from ops.local.embedded_broker import Tansu

REACH_SECONDS: Final = 5.0
_ADDRESS: Final = re.compile(r"[^\s:,]+:\d{1,5}(,[^\s:,]+:\d{1,5})*")


class Broker(Protocol):
    """A broker that answers."""

    @property
    def kind(self) -> Literal["embedded", "kafka", "address"]:
        """Which of the three it is."""

    @property
    def bootstrap_servers(self) -> str:
        """Where clients connect."""


@dataclass(frozen=True, slots=True)
class BrokerAddress:
    """A broker that somebody else runs."""

    bootstrap_servers: str
    kind: Literal["embedded", "kafka", "address"] = "address"


def open_broker(
    spec: str, *, directory: Path, properties: Mapping[str, str] | None = None
) -> AbstractContextManager[Broker]:
    """Start or find the broker that ``spec`` names (embedded, kafka or host:port); it ends with the context.

    ``directory`` takes logs and data, ``properties`` are added to Apache Kafka's own. Raises BrokerError, and
    UsageError where ``spec`` names no broker.
    """
    if spec == "embedded":
        return Tansu(directory / "tansu")
    if spec == "kafka":
        return ApacheKafka(directory / "kafka", properties=properties or {})
    if _ADDRESS.fullmatch(spec):
        return _existing(spec)
    raise UsageError(f"BROKER={spec}: give embedded, kafka, or an address such as 127.0.0.1:9092")


@contextmanager
def _existing(address: str) -> Iterator[BrokerAddress]:
    try:
        AdminClient({"bootstrap.servers": address, "log_level": 0}).list_topics(timeout=REACH_SECONDS)
    except KafkaException as error:
        raise BrokerError(
            f"no broker answers at {address} ({error.args[0].name()}); start it, or use BROKER=embedded"
        ) from error
    yield BrokerAddress(address)
