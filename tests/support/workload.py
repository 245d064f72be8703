"""Feed: a seeded mix of good, poisoned, empty, oversize, duplicate and null records for the chaos suite."""

import json
import random
from dataclasses import dataclass, field

from confluent_kafka import Producer

from ops.patience import patience_seconds
from schemas.contracts.topics import TRANSACTIONS

DESCRIPTIONS = (
    "TESCO STORES 3021 LONDON",
    "SQ *CAFE LUNA BERLIN",
    "SHELL 1234 HAMBURG",
    "NETFLIX.COM 866-579-7172",
    "ATM WITHDRAWAL HIGH ST",
    "ACME PAYROLL SALARY",
    "UNHEARD OF TRADING 77",
)


@dataclass(slots=True)
class Fed:
    """What was sent: how many records, and how many of them must become dead letters."""

    records: int = 0
    poison: int = 0
    keys: list[bytes] = field(default_factory=list)


class Feed:
    """Produces records one after the other; the same seed sends the same bytes."""

    def __init__(self, bootstrap_servers: str, *, seed: int, users: int = 500) -> None:
        self._dice = random.Random(seed)
        self._users = users
        self._producer = Producer(
            {
                "bootstrap.servers": bootstrap_servers,
                "enable.idempotence": True,
                "linger.ms": 10,
                "compression.type": "lz4",
                "partitioner": "murmur2_random",
                "message.max.bytes": 4_000_000,
                "queue.buffering.max.messages": 1_000_000,
            }
        )
        self.fed = Fed()

    def send(self, count: int) -> None:
        """Send the next ``count`` records and wait until the broker has them."""
        for _ in range(count):
            key, value, poisoned = self._next()
            self._producer.produce(TRANSACTIONS.name, value, key)
            self.fed.records += 1
            self.fed.poison += poisoned
            if self.fed.records % 2_000 == 0:
                self._producer.poll(0)
        assert self._producer.flush(patience_seconds()) == 0

    def _next(self) -> tuple[bytes | None, bytes | None, bool]:
        user = f"user-{self._dice.randrange(self._users)}"
        transaction = {
            "schema_version": "1.0",
            "txn_id": f"txn-{self.fed.records:08d}",
            "user_id": user,
            "account_id": f"{user}-card",
            "occurred_at": "2026-05-01T12:00:00Z",
            "amount": f"-{self._dice.randrange(1, 99_999) / 100:.2f}",
            "currency": "EUR",
            "description": self._dice.choice(DESCRIPTIONS),
        }
        key: bytes | None = user.encode()
        kind = self._dice.random()
        if kind < 0.002:
            return key, b'{"txn_id": ', True
        if kind < 0.004:
            return key, None, True
        if kind < 0.006:
            return key, b"", True
        if kind < 0.008:
            return None, json.dumps(transaction).encode(), True
        if kind < 0.0085:
            return key, json.dumps({**transaction, "description": "x" * 200_000}).encode(), True
        if kind < 0.0105:  # a txn_id that came before: scored again, it is another record
            transaction["txn_id"] = "txn-00000001"
        return key, json.dumps(transaction).encode(), False
