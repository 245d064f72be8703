"""Comparison: every answer to one transaction, side by side, on the topic ``suggestion-compare``."""

from enum import StrEnum
from typing import Annotated, Final

from msgspec import Meta, Struct

from schemas.events.candidate import Confidence, SuggestionSource
from schemas.events.suggestion import Arm, Bucket, EventId
from schemas.events.transaction import Instant
from schemas.taxonomy import DEFAULT_VERSION, Category

COMPARISON_SCHEMA_VERSION: Final = "1.0"


class Role(StrEnum):
    """Who answered."""

    RULES = "rules"
    CHAMPION = "champion"
    CHALLENGER = "challenger"


class Acceptance(StrEnum):
    """The model's own word on its answer."""

    ACCEPTED = "accepted"
    LOW_CONFIDENCE = "low_confidence"
    UNAVAILABLE = "unavailable"
    ERROR = "error"
    TIMEOUT = "timeout"
    NOT_ASKED = "not_asked"


class ComparisonOutcome(StrEnum):
    """What control would serve, compared with what the canary would serve from its model."""

    AGREE = "agree"
    DISAGREE = "disagree"
    CANARY_ONLY = "canary_only"
    CONTROL_ONLY = "control_only"
    NEITHER = "neither"


class Answer(Struct, frozen=True, omit_defaults=True, gc=False):
    """One answer; ``acceptance`` is null for the rules.

    ``doubts_rule`` says of a model that it finds the rules' category too improbable to be served; absent: it does not.
    """

    role: Role
    version: str | None
    category: Category | None
    confidence: Confidence | None
    acceptance: Acceptance | None
    rule_id: str | None
    doubts_rule: bool = False


class Comparison(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """All answers to one transaction record and what was served of them."""

    schema_version: str
    event_id: EventId
    txn_id: str
    user_id: str
    account_id: str
    arm: Arm
    bucket: Bucket
    answers: tuple[Answer, ...]
    control_category: Category | None
    canary_category: Category | None
    outcome: ComparisonOutcome
    served_source: SuggestionSource
    rollout_version: int
    scored_in_us: Annotated[int, Meta(ge=0, description="scoring time of the batch this record was in, microseconds")]
    compared_at: Instant
    taxonomy_version: Annotated[str, Meta(description="of all categories here, where it is not the default")] = (
        DEFAULT_VERSION
    )
