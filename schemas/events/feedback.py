"""Feedback: what a user or a later source says of a transaction, on the topic ``suggestion-feedback``."""

from enum import StrEnum
from typing import Final

from msgspec import Struct

from schemas.events.suggestion import EventId
from schemas.events.transaction import Identifier, Instant, SchemaVersion
from schemas.taxonomy import Category

FEEDBACK_SCHEMA_VERSION: Final = "1.0"


class FeedbackAction(StrEnum):
    """What was done with the suggestion; ``label`` comes from a source that never saw one."""

    ACCEPT = "accept"
    REJECT = "reject"
    CORRECT = "correct"
    LABEL = "label"


class LabelSource(StrEnum):
    """Who vouches for a label; a human outweighs a rule, a rule an import."""

    HUMAN = "human"
    RULE = "rule"
    IMPORT = "import"


class Feedback(Struct, frozen=True, kw_only=True):
    """One act of feedback; ``category`` is the right one for correct and label, the shown one for accept.

    ``account_id`` or ``event_id`` tells apart two accounts of one user that number their transactions alike; feedback
    that names neither and fits both is refused as ambiguous.
    """

    schema_version: SchemaVersion
    feedback_id: Identifier
    txn_id: Identifier
    user_id: Identifier
    account_id: Identifier | None = None
    action: FeedbackAction
    category: Category | None
    source: LabelSource = LabelSource.HUMAN
    event_id: EventId | None = None
    given_at: Instant
