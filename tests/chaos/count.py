"""Count: what a read_committed reader finds in the outputs, reconciled with the input."""

import json
from collections import Counter
from dataclasses import dataclass

from confluent_kafka import Message

from schemas.contracts.topics import COMPARISONS, DEAD_LETTERS, SUGGESTIONS, TRANSACTIONS
from tests.support.topic import address, headers, read_committed


@dataclass(frozen=True, slots=True)
class Counts:
    """One row of the chaos table."""

    inputs: int
    suggestions: int
    comparisons: int
    dead_letters: int
    lost: int
    duplicated: int
    out_of_order: int

    @property
    def exact(self) -> bool:
        """Whether every input record became exactly one thing, in order."""
        return not (self.lost or self.duplicated or self.out_of_order) and self.suggestions == self.comparisons


def count(bootstrap_servers: str) -> Counts:
    """Read input and outputs and reconcile them by the address of each input record."""
    inputs = {(m.partition(), m.offset()) for m in read_committed(bootstrap_servers, TRANSACTIONS.name)}
    suggestions = [(m, *_address_in_event(m)) for m in read_committed(bootstrap_servers, SUGGESTIONS.name)]
    comparisons = Counter(_address_in_event(m) for m in read_committed(bootstrap_servers, COMPARISONS.name))
    dead_letters = Counter(_address_in_headers(m) for m in read_committed(bootstrap_servers, DEAD_LETTERS.name))
    suggested = Counter((partition, offset) for _, partition, offset in suggestions)
    outcomes = suggested + dead_letters
    compared = comparisons + dead_letters
    return Counts(
        inputs=len(inputs),
        suggestions=len(suggestions),
        comparisons=sum(comparisons.values()),
        dead_letters=sum(dead_letters.values()),
        lost=len(inputs - set(outcomes)) + len(inputs - set(compared)),
        duplicated=sum(n - 1 for n in outcomes.values()) + sum(n - 1 for n in compared.values()),
        out_of_order=_out_of_order(suggestions),
    )


def _out_of_order(suggestions: list[tuple[Message, int, int]]) -> int:
    """Suggestions that stand behind a later transaction of the same user."""
    last: dict[bytes, int] = {}
    behind = 0
    for message, _, offset in sorted(suggestions, key=lambda item: address(item[0])):
        user = message.key() or b""
        behind += offset < last.get(user, -1)
        last[user] = max(offset, last.get(user, -1))
    return behind


def _address_in_event(message: Message) -> tuple[int, int]:
    _, partition, offset = json.loads(message.value() or b"")["event_id"].rsplit("-", 2)
    return int(partition), int(offset)


def _address_in_headers(message: Message) -> tuple[int, int]:
    found = headers(message)
    return int(found["dlq.partition"]), int(found["dlq.offset"])
