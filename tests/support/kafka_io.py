"""Wire: send to a topic and read it again, as any client would."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from confluent_kafka import KafkaError, Message, Producer

from ops.patience import patience_seconds
from schemas.contracts.topics import COMPARISONS, DEAD_LETTERS, SUGGESTIONS, TRANSACTIONS
from tests.support.topic import POSSIBLE_MESSAGE_BYTES, address, headers, read_committed, wait_until_committed

WORKERS = "ledgermind-worker"  # the group of all workers

Address = tuple[int, int]  # partition and offset of an input record
Keyed = tuple[bytes | None, bytes | None]  # key and value


@dataclass(slots=True)
class Outcome:
    """Everything that was committed for one input record, in the order in which it was read."""

    suggestions: list[Message] = field(default_factory=list)
    comparisons: list[Message] = field(default_factory=list)
    dead_letters: list[Message] = field(default_factory=list)

    @property
    def counts(self) -> tuple[int, int, int]:
        """How many suggestions, comparisons and dead letters there are."""
        return len(self.suggestions), len(self.comparisons), len(self.dead_letters)

    @property
    def word(self) -> str:
        """``accepted`` or the dead letter's reason; anything but exactly one of the two is said in numbers."""
        if self.counts == (1, 1, 0):
            return "accepted"
        if self.counts == (0, 0, 1):
            return f"dead letter `{headers(self.dead_letters[0])['dlq.reason']}`"
        return "{} suggestions, {} comparisons, {} dead letters".format(*self.counts)


def send(bootstrap_servers: str, topic: str, values: list[str]) -> None:
    """Send and wait until the broker has all of them."""
    producer = Producer({"bootstrap.servers": bootstrap_servers, "acks": "all", "log_level": 0})
    for value in values:
        producer.produce(topic, value=value)
    assert producer.flush(patience_seconds()) == 0


class Sender:
    """Puts records onto ``transactions`` as a producer in Java would, and learns where each of them lies."""

    def __init__(self, bootstrap_servers: str) -> None:
        self._producer = Producer(
            {
                "bootstrap.servers": bootstrap_servers,
                "enable.idempotence": True,
                "partitioner": "murmur2_random",
                "message.max.bytes": POSSIBLE_MESSAGE_BYTES,
                "log_level": 0,
            }
        )
        self._addresses: dict[int, Address] = {}
        self._sent = 0

    def send(self, record: Keyed, *, partition: int = -1) -> None:
        """Send one record, onto the partition of its key unless told otherwise."""
        number, (key, value) = self._sent, record
        self._sent += 1

        def delivered(error: KafkaError | None, message: Message) -> None:
            assert error is None, error.name()
            self._addresses[number] = address(message)

        self._producer.produce(TRANSACTIONS.name, value, key, partition, on_delivery=delivered)
        self._producer.poll(0)

    def finish(self) -> list[Address]:
        """Wait until the broker has all; return their addresses in the order of sending."""
        assert self._producer.flush(patience_seconds()) == 0
        return [self._addresses[number] for number in range(self._sent)]


def send_records(bootstrap_servers: str, records: Sequence[Keyed], *, partition: int = -1) -> list[Address]:
    """Send records onto ``transactions``; return their addresses in the same order."""
    sender = Sender(bootstrap_servers)
    for record in records:
        sender.send(record, partition=partition)
    return sender.finish()


def read_outcomes(
    bootstrap_servers: str, addresses: Collection[Address], *, group: str = WORKERS
) -> dict[Address, Outcome]:
    """Wait until a group of workers has committed the records at these addresses; return all there is for each."""
    upto: dict[int, int] = {}
    for partition, offset in addresses:
        upto[partition] = max(upto.get(partition, 0), offset + 1)
    wait_until_committed(bootstrap_servers, TRANSACTIONS.name, group, upto=upto)
    return outcomes_so_far(bootstrap_servers, addresses)


def outcomes_so_far(bootstrap_servers: str, addresses: Collection[Address]) -> dict[Address, Outcome]:
    """Return what is committed for each address up to where the outputs end at this moment."""
    outcomes = {address: Outcome() for address in addresses}
    for spec in (SUGGESTIONS, COMPARISONS, DEAD_LETTERS):
        for message in read_committed(bootstrap_servers, spec.name):
            address = input_address(message)
            if address in outcomes:
                _add(outcomes[address], message)
    return outcomes


def input_address(message: Message) -> Address:
    """Return where the record lies that a suggestion, a comparison or a dead letter speaks of."""
    if message.topic() == DEAD_LETTERS.name:
        said = headers(message)
        return int(said["dlq.partition"]), int(said["dlq.offset"])
    _, partition, offset = json.loads(message.value() or b"")["event_id"].rsplit("-", 2)
    return int(partition), int(offset)


def _add(outcome: Outcome, message: Message) -> None:
    kinds = {
        SUGGESTIONS.name: outcome.suggestions,
        COMPARISONS.name: outcome.comparisons,
        DEAD_LETTERS.name: outcome.dead_letters,
    }
    kinds[str(message.topic())].append(message)
