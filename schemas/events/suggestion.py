"""Suggestion: what LedgerMind says of one transaction, on the topic ``suggestions``."""

from enum import StrEnum
from typing import Annotated, Final

from msgspec import Meta, Struct

from schemas.events.candidate import Band, Confidence, Explanation, SuggestionSource
from schemas.events.transaction import Instant
from schemas.taxonomy import Category

SUGGESTION_SCHEMA_VERSION: Final = "1.0"
BUCKETS: Final = 10_000  # of users, by the hash of their id: a share is a number of them, in basis points
Bucket = Annotated[int, Meta(ge=0, lt=BUCKETS, description="basis points, from the hash of the user")]
EventId = Annotated[
    str, Meta(min_length=1, max_length=64, description="<topic id>-<partition>-<offset> of the input record")
]


class Arm(StrEnum):
    """Which policy serves the user."""

    CONTROL = "control"
    CANARY = "canary"


class FallbackReason(StrEnum):
    """Why the canary's model was not served; rule_doubted: nor was the rule, which it finds too improbable."""

    LOW_CONFIDENCE = "low_confidence"
    UNAVAILABLE = "unavailable"
    ERROR = "error"
    TIMEOUT = "timeout"
    RULE_DOUBTED = "rule_doubted"


class SuggestedCategory(Struct, frozen=True, gc=False):
    """One of the best three, whether it was served or not."""

    category: Category
    confidence: Confidence
    source: SuggestionSource


class Suggestion(Struct, frozen=True, omit_defaults=True, gc=False):
    """One suggestion per transaction record; ``category`` is null where LedgerMind keeps silent.

    A transaction is named by ``user_id``, ``account_id`` and ``txn_id`` together: banks number per account. The fields
    after ``suggested_at`` may be absent: they are part of the contract before anything writes them.
    """

    schema_version: str
    event_id: EventId
    txn_id: str
    user_id: str
    account_id: str
    category: Category | None
    confidence: Confidence
    band: Band | None
    source: SuggestionSource
    fallback_reason: FallbackReason | None
    candidates: Annotated[tuple[SuggestedCategory, ...], Meta(max_length=3)]
    explanations: tuple[Explanation, ...]
    arm: Arm
    bucket: Bucket
    model_version: str | None
    rules_version: str
    taxonomy_version: str
    rollout_version: int
    suggested_at: Instant
    merchant: Annotated[str | None, Meta(description="the merchant's name, as a user may read it")] = None
    hints_position: Annotated[
        Annotated[int, Meta(ge=0)] | None,
        Meta(description="offset on user-hints before which every hint was applied"),
    ] = None
    revises: Annotated[EventId | None, Meta(description="event_id of the suggestion that this one replaces")] = None
