"""Pipeline: from the bytes of a batch to what is written for each record, in three pure steps around the scoring."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from msgspec import Struct

from schemas.candidate import Candidate, Source, band
from schemas.comparison import COMPARISON_SCHEMA_VERSION, Answer, Comparison, Role
from schemas.dead_letter import Fault
from schemas.descriptor import Descriptor, describe
from schemas.rollout import RolloutRecord
from schemas.suggestion import SUGGESTION_SCHEMA_VERSION, Arm, SuggestedCategory, Suggestion
from schemas.taxonomy import TAXONOMY_VERSION
from schemas.transaction import Transaction
from scorer.canary import BUCKETS, assign_arm, bucket
from scorer.decide import Decision, ModelAnswer, decide
from streams.codec import decode_transaction, encode_event

MAX_CANDIDATES: Final = 3


class Record(Struct, frozen=True, gc=False):
    """One record of ``transactions`` as it was read; ``timestamp_ms`` is the record's own."""

    partition: int
    offset: int
    timestamp_ms: int
    key: bytes | None
    value: bytes | None


class Scored(Struct, frozen=True, gc=False):
    """One transaction with its decision, as it goes out."""

    record: Record
    decision: Decision
    suggestion: Suggestion
    comparison: Comparison


class Refused(Struct, frozen=True, gc=False):
    """One record that becomes a dead letter."""

    record: Record
    fault: Fault


class Decoded(Struct, frozen=True):
    """A batch after decoding: what can be scored, in order, and what cannot."""

    records: list[Record]
    transactions: list[Transaction]
    descriptors: list[Descriptor]
    refused: list[Refused]


class Assigned(Struct, frozen=True):
    """Bucket and arm of every transaction of a batch, and whether the canary's model scores it in shadow."""

    buckets: list[int]
    arms: list[Arm]
    shadowed: list[bool]

    def asked_rows(self, role: Role) -> list[int]:
        """The rows that a model is asked: the champion all of them, since the canary may fall back to it."""
        if role is Role.CHAMPION:
            return list(range(len(self.arms)))
        return [
            row
            for row, (arm, shadowed) in enumerate(zip(self.arms, self.shadowed, strict=True))
            if shadowed or arm is Arm.CANARY
        ]


class Answers(Struct, frozen=True):
    """What rules and models said, one entry per transaction; a role that no arm names is absent."""

    rules: Sequence[Candidate | None]
    models: Mapping[Role, Sequence[ModelAnswer]]


class Context(Struct, frozen=True):
    """What is the same for every record of a batch; ``topic_id`` is the input topic's UUID."""

    topic_id: str
    rules_version: str
    rollout: RolloutRecord
    scored_in_us: int
    now: datetime


def decode(records: Sequence[Record]) -> Decoded:
    """Decode and describe every record; never raises on what a record holds."""
    kept: list[Record] = []
    transactions: list[Transaction] = []
    refused: list[Refused] = []
    for record in records:
        outcome = decode_transaction(record.key, record.value)
        if type(outcome) is Transaction:
            kept.append(record)
            transactions.append(outcome)
        else:
            assert isinstance(outcome, Fault)
            refused.append(Refused(record, outcome))
    return Decoded(kept, transactions, [describe(transaction) for transaction in transactions], refused)


def assign(transactions: Sequence[Transaction], rollout: RolloutRecord) -> Assigned:
    """Put every transaction's user into a bucket and an arm.

    The canary grows from the lowest bucket up, shadow scoring shrinks from the highest down.
    """
    buckets = [bucket(transaction.user_id, salt=rollout.salt) for transaction in transactions]
    share = rollout.basis_points
    first_shadowed = BUCKETS - rollout.shadow_basis_points if rollout.shadow else BUCKETS
    return Assigned(
        buckets,
        [assign_arm(number, basis_points=share) for number in buckets],
        [number >= first_shadowed for number in buckets],
    )


def conclude(decoded: Decoded, assigned: Assigned, answers: Answers, context: Context) -> list[Scored]:
    """Decide for each transaction of a batch and write its two events, in the order of the records."""
    champions = answers.models.get(Role.CHAMPION)
    challengers = answers.models.get(Role.CHALLENGER)
    return [
        _conclude_one(
            record,
            transaction,
            user_bucket=assigned.buckets[row],
            arm=assigned.arms[row],
            rule=answers.rules[row],
            champion=None if champions is None else champions[row],
            challenger=None if challengers is None else challengers[row],
            context=context,
        )
        for row, (record, transaction) in enumerate(zip(decoded.records, decoded.transactions, strict=True))
    ]


def _conclude_one(
    record: Record,
    transaction: Transaction,
    *,
    user_bucket: int,
    arm: Arm,
    rule: Candidate | None,
    champion: ModelAnswer | None,
    challenger: ModelAnswer | None,
    context: Context,
) -> Scored:
    rollout = context.rollout
    decision = decide(arm, rule=rule, champion=champion, challenger=challenger)
    event_id = f"{context.topic_id}-{record.partition}-{record.offset}"
    served = decision.served
    suggestion = Suggestion(
        schema_version=SUGGESTION_SCHEMA_VERSION,
        event_id=event_id,
        txn_id=transaction.txn_id,
        user_id=transaction.user_id,
        category=None if served is None else served.category,
        confidence=0.0 if served is None else served.confidence,
        band=None if served is None else band(served.confidence),
        source=decision.source,
        fallback_reason=decision.fallback_reason,
        candidates=_best_three(served, rule=rule, champion=champion, challenger=challenger),
        explanations=[] if served is None else list(served.explanations),
        arm=arm,
        bucket=user_bucket,
        model_version=_served_version(served, champion=champion, challenger=challenger),
        rules_version=context.rules_version,
        taxonomy_version=TAXONOMY_VERSION,
        rollout_version=rollout.version,
        suggested_at=context.now,
    )
    comparison = Comparison(
        schema_version=COMPARISON_SCHEMA_VERSION,
        event_id=event_id,
        txn_id=transaction.txn_id,
        user_id=transaction.user_id,
        arm=arm,
        bucket=user_bucket,
        answers=[
            _rules_answer(rule, version=context.rules_version),
            *(_model_answer(answer) for answer in (champion, challenger) if answer is not None),
        ],
        control_category=decision.control_category,
        canary_category=decision.canary_category,
        outcome=decision.outcome,
        served_source=decision.source,
        rollout_version=rollout.version,
        scored_in_us=context.scored_in_us,
        compared_at=context.now,
    )
    return Scored(record, decision, suggestion, comparison)


def _best_three(
    served: Candidate | None,
    *,
    rule: Candidate | None,
    champion: ModelAnswer | None,
    challenger: ModelAnswer | None,
) -> list[SuggestedCategory]:
    """The served answer first, then the others by confidence, each category once."""
    others = [candidate for answer in (challenger, champion) if answer is not None for candidate in answer.ranked]
    if rule is not None:
        others.append(rule)
    if len(others) > 1:
        others.sort(key=lambda candidate: -candidate.confidence)
    best: dict[str, Candidate] = {} if served is None else {served.category: served}
    for candidate in others:
        best.setdefault(candidate.category, candidate)
    return [
        SuggestedCategory(candidate.category, candidate.confidence, candidate.source)
        for candidate in list(best.values())[:MAX_CANDIDATES]
    ]


def _served_version(
    served: Candidate | None, *, champion: ModelAnswer | None, challenger: ModelAnswer | None
) -> str | None:
    """The version of the model that named the served category; null where no model did."""
    if served is None or served.source is not Source.MODEL:
        return None
    for answer in (challenger, champion):
        if answer is not None and answer.accepted is served:
            return answer.version
    return None


def _rules_answer(rule: Candidate | None, *, version: str) -> Answer:
    return Answer(
        role=Role.RULES,
        version=version,
        category=None if rule is None else rule.category,
        confidence=None if rule is None else rule.confidence,
        acceptance=None,
        rule_id=None if rule is None else rule.rule_id,
    )


def _model_answer(answer: ModelAnswer) -> Answer:
    best = answer.ranked[0] if answer.ranked else None
    return Answer(
        role=answer.role,
        version=answer.version,
        category=None if best is None else best.category,
        confidence=None if best is None else best.confidence,
        acceptance=answer.acceptance,
        rule_id=None,
    )


def encode(scored: Scored) -> tuple[bytes, bytes]:
    """Return the bytes of the suggestion and of the comparison."""
    return encode_event(scored.suggestion), encode_event(scored.comparison)
