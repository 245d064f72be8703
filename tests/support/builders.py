"""Small parts that the tests of streams put together: records, a rollout record, rules and models that answer."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import msgspec

from schemas.events.candidate import Candidate, SuggestionSource
from schemas.events.comparison import Acceptance, Role
from schemas.events.overrides import Override
from schemas.events.rollout import ArmPolicy, RolloutRecord, ThresholdsSource, with_hash
from schemas.events.transaction import Transaction
from schemas.hash_chain import GENESIS_HASH
from schemas.taxonomy import Category
from schemas.text.descriptor import Descriptor
from scorer.serving.canary import bucket
from scorer.serving.decide import ModelAnswer
from streams.process.batch_types import Record

NOW = datetime(2026, 5, 1, 12, 30, tzinfo=UTC)
NOW_MS = int(NOW.timestamp() * 1_000)
GOOD = {
    "schema_version": "1.0",
    "txn_id": "t-1",
    "user_id": "u-1",
    "account_id": "a-1",
    "occurred_at": "2026-05-01T12:30:00Z",
    "amount": "-12.50",
    "currency": "EUR",
    "description": "SQ *CAFE LUNA 1234 BERLIN",
}


def record(offset: int = 0, *, user: str = "u-1", description: str = "CAFE LUNA") -> Record:
    """Return a record that holds a good transaction."""
    fields = {**GOOD, "txn_id": f"t-{offset}", "user_id": user, "description": description}
    return Record(0, offset, NOW_MS, user.encode(), json.dumps(fields).encode())


def first_rollout(**changes: object) -> RolloutRecord:
    """Return a sealed record 0: rules only, nobody in the canary, unless told otherwise."""
    plain = RolloutRecord(
        version=0,
        percent="0.00",
        shadow=True,
        shadow_percent="100.00",
        control=ArmPolicy(),
        canary=ArmPolicy(),
        salt="ledgermind",
        thresholds_source=ThresholdsSource.RELEASE,
        actor="a test",
        reason="first record",
        decided_at=NOW,
        verdict=None,
        evidence=None,
        prev_hash=GENESIS_HASH,
        hash="",
    )
    return with_hash(msgspec.structs.replace(plain, **changes))


def next_rollout(last: RolloutRecord, **changes: object) -> RolloutRecord:
    """Return the sealed record that follows ``last``."""
    return with_hash(msgspec.structs.replace(last, **{"version": last.version + 1, "prev_hash": last.hash, **changes}))


def user_in(fits: Callable[[int], bool]) -> str:
    """Return a user whose bucket under the usual salt fits."""
    return next(name for number in range(1_000_000) if fits(bucket(name := f"u-{number}", salt="ledgermind")))


def named(
    category: Category, confidence: float = 0.9, *, source: SuggestionSource = SuggestionSource.MODEL
) -> Candidate:
    """Return a candidate."""
    return Candidate(category, confidence, source, "rule-1" if source is SuggestionSource.RULES else None)


@dataclass
class PlainRules:
    """Rules that say the same of every transaction, and may fail at some."""

    says: Candidate | None = None
    fails_at: frozenset[str] = frozenset()
    version: str = "rules-1"

    def answer(self, transactions: Sequence[Transaction], descriptors: Sequence[Descriptor]) -> list[Candidate | None]:
        if self.fails_at & {transaction.txn_id for transaction in transactions}:
            raise ZeroDivisionError("SECRET DESCRIPTION")
        return [self.says] * len(transactions)


@dataclass
class PlainModel:
    """A model that does ``act`` when it is asked, then says the same of every transaction."""

    says: Candidate = field(default_factory=lambda: named(Category("Dining")))
    acceptance: Acceptance = Acceptance.ACCEPTED
    act: Callable[[], object] = lambda: None
    may_serve: bool = True
    asked: list[str] = field(default_factory=list)
    explained: list[bool] | None = None  # what it was last asked to explain

    def answer(
        self,
        transactions: Sequence[Transaction],
        descriptors: Sequence[Descriptor],
        *,
        role: Role,
        overrides: Mapping[Category, Override],
        explained: Sequence[bool] | None = None,
    ) -> list[ModelAnswer]:
        assert len(transactions) == len(descriptors)
        self.asked.extend(transaction.txn_id for transaction in transactions)
        self.explained = None if explained is None else list(explained)
        self.act()
        return [ModelAnswer(role, "m-1", self.acceptance, (self.says,))] * len(transactions)
