"""Pipeline: from the bytes of a batch to what is written for each record, in three pure steps around the scoring."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from schemas.events.comparison import Role
from schemas.events.dead_letter import RecordError
from schemas.events.hint import HintedCategory, hint_name
from schemas.events.rollout import RolloutRecord
from schemas.events.skip_reason import SkipReason
from schemas.events.suggestion import BUCKETS
from schemas.events.transaction import Transaction
from schemas.text.descriptor import build_descriptor
from scorer.serving.canary import assign_arm, bucket
from scorer.serving.decide import ModelAnswer
from streams.process.batch_types import Answers, Assigned, Context, Decoded, Record, Refused, Scored, SkippedRecord
from streams.process.build_events import conclude_one
from streams.process.codec import DecodeRecord, decode_transaction, encode_event

_NOTHING: Final[Mapping[str, HintedCategory]] = MappingProxyType({})


def decode(records: Sequence[Record], read: DecodeRecord = decode_transaction) -> Decoded:
    """Decode and describe every record; never raises on what a record holds."""
    kept: list[Record] = []
    transactions: list[Transaction] = []
    refused: list[Refused] = []
    skipped: list[SkippedRecord] = []
    for record in records:
        outcome = read(record.key, record.value)
        if type(outcome) is Transaction:
            kept.append(record)
            transactions.append(outcome)
        elif type(outcome) is SkipReason:
            skipped.append(SkippedRecord(record, outcome))
        else:
            assert isinstance(outcome, RecordError)
            refused.append(Refused(record, outcome))
    descriptors = [build_descriptor(transaction) for transaction in transactions]
    return Decoded(kept, transactions, descriptors, refused, skipped)


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


def conclude(
    decoded: Decoded,
    assigned: Assigned,
    answers: Answers,
    context: Context,
    hinted: Mapping[str, HintedCategory] = _NOTHING,
) -> list[Scored]:
    """Decide for each transaction of a batch and write its two events, in the order of the records.

    ``hinted`` are the hints of the batch's users and merchants, by ``hint_name``.
    """
    nobody: Sequence[None] = [None] * len(decoded.records)
    champions: Sequence[ModelAnswer | None] = answers.models.get(Role.CHAMPION, nobody)
    challengers: Sequence[ModelAnswer | None] = answers.models.get(Role.CHALLENGER, nobody)
    hints: Sequence[HintedCategory | None] = _by_row(decoded, hinted) if hinted else nobody
    return [
        conclude_one(
            record,
            transaction,
            assigned.buckets[row],
            assigned.arms[row],
            answers.rules[row],
            champions[row],
            challengers[row],
            context,
            hints[row],
        )
        for row, (record, transaction) in enumerate(zip(decoded.records, decoded.transactions, strict=True))
    ]


def _by_row(decoded: Decoded, hinted: Mapping[str, HintedCategory]) -> Sequence[HintedCategory | None]:
    return [
        hinted.get(hint_name(transaction.user_id, descriptor.merchant_key))
        for transaction, descriptor in zip(decoded.transactions, decoded.descriptors, strict=True)
    ]


def encode(scored: Scored) -> tuple[bytes, bytes]:
    """Return the bytes of the suggestion and of the comparison."""
    return encode_event(scored.suggestion), encode_event(scored.comparison)
