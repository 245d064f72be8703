"""Pipeline: from the bytes of a batch to what is written for each record, in three pure steps around the scoring."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Final

from msgspec import Struct

from schemas.candidate import Candidate, Source, band
from schemas.comparison import COMPARISON_SCHEMA_VERSION, Answer, Comparison, Role
from schemas.dead_letter import Fault, ReadHeaders
from schemas.descriptor import Descriptor, describe
from schemas.rollout import RolloutRecord
from schemas.suggestion import SUGGESTION_SCHEMA_VERSION, Arm, SuggestedCategory, Suggestion
from schemas.taxonomy import TAXONOMY_VERSION, Category
from schemas.transaction import Transaction
from scorer.canary import BUCKETS, assign_arm, bucket
from scorer.decide import Decision, ModelAnswer, decide
from streams.codec import decode_transaction, encode_event

MAX_CANDIDATES: Final = 3


class Record(Struct, frozen=True, gc=False):
    """One record of ``transactions`` as it was read; ``timestamp_ms`` is the record's own, and so are its headers."""

    partition: int
    offset: int
    timestamp_ms: int
    key: bytes | None
    value: bytes | None
    headers: ReadHeaders | None = None


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
    salt = rollout.salt
    buckets = [bucket(transaction.user_id, salt=salt) for transaction in transactions]
    share = rollout.basis_points
    first_shadowed = BUCKETS - rollout.shadow_basis_points if rollout.shadow else BUCKETS
    return Assigned(
        buckets,
        [assign_arm(number, basis_points=share) for number in buckets],
        [number >= first_shadowed for number in buckets],
    )


def conclude(decoded: Decoded, assigned: Assigned, answers: Answers, context: Context) -> list[Scored]:
    """Decide for each transaction of a batch and write its two events, in the order of the records."""
    nobody = [None] * len(decoded.records)
    champions: Sequence[ModelAnswer | None] = answers.models.get(Role.CHAMPION, nobody)
    challengers: Sequence[ModelAnswer | None] = answers.models.get(Role.CHALLENGER, nobody)
    return [
        _conclude_one(
            record,
            transaction,
            assigned.buckets[row],
            assigned.arms[row],
            answers.rules[row],
            champions[row],
            challengers[row],
            context,
        )
        for row, (record, transaction) in enumerate(zip(decoded.records, decoded.transactions, strict=True))
    ]


def _conclude_one(
    record: Record,
    transaction: Transaction,
    user_bucket: int,
    arm: Arm,
    rule: Candidate | None,
    champion: ModelAnswer | None,
    challenger: ModelAnswer | None,
    context: Context,
) -> Scored:
    decision = decide(arm, rule=rule, champion=champion, challenger=challenger)
    event_id = f"{context.topic_id}-{record.partition}-{record.offset}"
    served = decision.served
    rules_version, rollout_version = context.rules_version, context.rollout.version
    # By position up to the source: a call with over 15 keywords builds a dict first, for each transaction.
    suggestion = Suggestion(
        SUGGESTION_SCHEMA_VERSION,
        event_id,
        transaction.txn_id,
        transaction.user_id,
        None if served is None else served.category,
        0.0 if served is None else served.confidence,
        None if served is None else band(served.confidence),
        decision.source,
        fallback_reason=decision.fallback_reason,
        candidates=_best_three(served, rule, champion, challenger),
        explanations=() if served is None else served.explanations,
        arm=arm,
        bucket=user_bucket,
        model_version=_served_version(served, champion=champion, challenger=challenger),
        rules_version=rules_version,
        taxonomy_version=TAXONOMY_VERSION,
        rollout_version=rollout_version,
        suggested_at=context.now,
    )
    comparison = Comparison(
        schema_version=COMPARISON_SCHEMA_VERSION,
        event_id=event_id,
        txn_id=transaction.txn_id,
        user_id=transaction.user_id,
        arm=arm,
        bucket=user_bucket,
        answers=_answers(rule, champion, challenger, rules_version=rules_version),
        control_category=decision.control_category,
        canary_category=decision.canary_category,
        outcome=decision.outcome,
        served_source=decision.source,
        rollout_version=rollout_version,
        scored_in_us=context.scored_in_us,
        compared_at=context.now,
    )
    return Scored(record, decision, suggestion, comparison)


def _best_three(
    served: Candidate | None,
    rule: Candidate | None,
    champion: ModelAnswer | None,
    challenger: ModelAnswer | None,
) -> tuple[SuggestedCategory, ...]:
    """The served answer first, then the others by confidence, each category once."""
    if champion is None and challenger is None:
        return () if rule is None else (SuggestedCategory(rule.category, rule.confidence, rule.source),)
    others: list[Candidate] = []
    if challenger is not None:
        others.extend(challenger.ranked)
    if champion is not None:
        others.extend(champion.ranked)
    if rule is not None:
        others.append(rule)
    others.sort(key=_by_confidence, reverse=True)
    named: list[Category] = []
    best: list[SuggestedCategory] = []
    for candidate in others if served is None else (served, *others):
        category = candidate.category
        if category not in named:
            named.append(category)
            best.append(SuggestedCategory(category, candidate.confidence, candidate.source))
            if len(best) == MAX_CANDIDATES:
                break
    return tuple(best)


_by_confidence: Final = attrgetter("confidence")


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


def _answers(
    rule: Candidate | None, champion: ModelAnswer | None, challenger: ModelAnswer | None, *, rules_version: str
) -> tuple[Answer, ...]:
    """What each that was there to ask has said: the rules first."""
    if rule is None:
        told = Answer(Role.RULES, rules_version, None, None, None, None)
    else:
        told = Answer(Role.RULES, rules_version, rule.category, rule.confidence, None, rule.rule_id)
    if champion is None and challenger is None:
        return (told,)
    return (told, *[_model_answer(answer) for answer in (champion, challenger) if answer is not None])


def _model_answer(answer: ModelAnswer) -> Answer:
    if not answer.ranked:
        return Answer(answer.role, answer.version, None, None, answer.acceptance, None)
    best = answer.ranked[0]
    return Answer(answer.role, answer.version, best.category, best.confidence, answer.acceptance, None)


def encode(scored: Scored) -> tuple[bytes, bytes]:
    """Return the bytes of the suggestion and of the comparison."""
    return encode_event(scored.suggestion), encode_event(scored.comparison)
