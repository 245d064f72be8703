"""Batch types: what a batch is between the steps of the pipeline."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from schemas.events.candidate import Candidate
from schemas.events.comparison import Comparison, Role
from schemas.events.dead_letter import ReadHeaders, RecordError
from schemas.events.rollout import RolloutRecord
from schemas.events.skip_reason import SkipReason
from schemas.events.suggestion import Arm, Suggestion
from schemas.events.transaction import Transaction
from schemas.text.descriptor import Descriptor
from scorer.serving.decide import Decision, ModelAnswer


class Record(Struct, frozen=True, gc=False):
    """One record of ``transactions`` as it was read; ``timestamp_ms`` is the record's own, and so are its headers.

    ``is_cut`` says that key or value were longer than a dead letter keeps, and that the rest is gone.
    """

    partition: int
    offset: int
    timestamp_ms: int
    key: bytes | None
    value: bytes | None
    headers: ReadHeaders | None = None
    is_cut: bool = False


class Scored(Struct, frozen=True, gc=False):
    """One transaction with its decision, as it goes out."""

    record: Record
    decision: Decision
    suggestion: Suggestion
    comparison: Comparison


class Refused(Struct, frozen=True, gc=False):
    """One record that becomes a dead letter."""

    record: Record
    fault: RecordError


class SkippedRecord(Struct, frozen=True, gc=False):
    """One record that a mapping leaves out: nothing is written for it, and its position moves."""

    record: Record
    reason: SkipReason


class Decoded(Struct, frozen=True):
    """A batch after decoding: what can be scored, in order, what cannot, and what is not meant to be."""

    records: list[Record]
    transactions: list[Transaction]
    descriptors: list[Descriptor]
    refused: list[Refused]
    skipped: Sequence[SkippedRecord] = ()


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
    hints_position: int | None = None
