"""Landing tables: which topic lands in which raw table, column by column."""

from dataclasses import dataclass
from typing import Final

from schemas.contracts.topics import (
    COMPARISONS,
    DEAD_LETTERS,
    FEEDBACK,
    HINTS,
    ROLLOUT_STATE,
    SUGGESTIONS,
    TRANSACTIONS,
)
from streams.landing.mapping.copy_format import ReadFields
from streams.landing.mapping.rows import (
    comparison_fields,
    dead_letter_fields,
    feedback_fields,
    hint_fields,
    rollout_fields,
    suggestion_fields,
)
from streams.landing.mapping.transaction_row import transaction_reader
from streams.process.codec import decode_transaction

ADDRESS: Final = ("source_topic", "source_topic_id", "source_partition", "source_offset", "recorded_at")
REJECTS: Final = "rejects"
REJECT_COLUMNS: Final = (*ADDRESS, "reason", "detail")

# A feedback that names a category is a label event; a rejection says only what the category is not. The event's name
# holds user and feedback id, so a feedback that was sent twice is one label, and no user can take another's name.
LABELS_FROM_FEEDBACK: Final = """
insert into raw.transaction_labels (label_event_id, txn_id, user_id, account_id, label, source, observed_at)
select
    'feedback:' || length(user_id) || ':' || user_id || ':' || feedback_id,
    txn_id, user_id, account_id, category, source, given_at
from landing_suggestion_feedback
where action in ('accept', 'correct', 'label')
on conflict (label_event_id) do nothing
"""


@dataclass(frozen=True, slots=True)
class LandingTable:
    """One raw table; ``columns`` follow the record's address and are in the order of ``read``'s fields."""

    table: str
    columns: tuple[str, ...]
    read: ReadFields
    then: str | None = None  # a statement over the temporary table, in the same transaction
    is_ours: bool = False  # only our workers write it

    @property
    def all_columns(self) -> tuple[str, ...]:
        """The address and the columns."""
        return (*ADDRESS, *self.columns)


TABLE_OF_TOPIC: Final[dict[str, LandingTable]] = {
    TRANSACTIONS.name: LandingTable(
        "transactions",
        (
            "txn_id",
            "user_id",
            "account_id",
            "occurred_at",
            "amount",
            "currency",
            "description",
            "merchant",
            "mcc",
            "country",
            "channel",
            "occurred_offset_minutes",
        ),
        transaction_reader(decode_transaction),
    ),
    SUGGESTIONS.name: LandingTable(
        "suggestion_events",
        (
            "event_id",
            "txn_id",
            "user_id",
            "account_id",
            "category",
            "confidence",
            "band",
            "source",
            "fallback_reason",
            "candidates",
            "explanations",
            "arm",
            "bucket",
            "model_version",
            "rules_version",
            "taxonomy_version",
            "rollout_version",
            "suggested_at",
            "hints_position",
        ),
        suggestion_fields,
        is_ours=True,
    ),
    COMPARISONS.name: LandingTable(
        "suggestion_compare",
        (
            "event_id",
            "txn_id",
            "user_id",
            "account_id",
            "arm",
            "bucket",
            "answers",
            "control_category",
            "canary_category",
            "outcome",
            "served_source",
            "rollout_version",
            "scored_in_us",
            "compared_at",
        ),
        comparison_fields,
        is_ours=True,
    ),
    DEAD_LETTERS.name: LandingTable(
        "dead_letters",
        (
            "reason",
            "detail",
            "origin_topic",
            "origin_partition",
            "origin_offset",
            "schema_version",
            "worker_version",
            "is_truncated",
            "original_key",
            "original_value",
            "origin_topic_id",
        ),
        dead_letter_fields,
    ),
    FEEDBACK.name: LandingTable(
        "suggestion_feedback",
        ("feedback_id", "txn_id", "user_id", "account_id", "event_id", "action", "category", "source", "given_at"),
        feedback_fields,
        then=LABELS_FROM_FEEDBACK,
    ),
    ROLLOUT_STATE.name: LandingTable(
        "rollout_decisions",
        (
            "version",
            "percent",
            "shadow",
            "control_model_version",
            "canary_model_version",
            "actor",
            "reason",
            "verdict",
            "decided_at",
            "record",
        ),
        rollout_fields,
    ),
    HINTS.name: LandingTable(
        "user_hints", ("user_id", "merchant_key", "preference", "category", "created_at"), hint_fields
    ),
}
