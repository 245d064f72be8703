"""Topics: every topic of LedgerMind with its key, value, partitions and retention."""

from dataclasses import dataclass, field
from typing import Final, Literal

from msgspec import Struct

from schemas.contracts.topic_names import parse_topic_names
from schemas.environment import topic_variables
from schemas.events.comparison import Comparison
from schemas.events.feedback import Feedback
from schemas.events.hint import Hint
from schemas.events.rollout import RolloutRecord
from schemas.events.suggestion import Suggestion
from schemas.events.transaction import Transaction

DAY_MS: Final = 86_400_000
DEFAULT_NAMES: Final = (
    "transactions",
    "suggestions",
    "suggestion-compare",
    "transactions-dlq",
    "suggestion-feedback",
    "rollout-state",
    "user-hints",
)
NAMES: Final = parse_topic_names(*topic_variables(), known=DEFAULT_NAMES)


@dataclass(frozen=True, slots=True)
class TopicSpec:
    """How one topic is created and what travels on it; ``retention_ms`` of None keeps records for ever.

    Postgres, metrics and contracts know it by its ``default_name``, the cluster by its ``name``.
    """

    default_name: str
    key: str
    value: type[Struct] | None  # None: the original bytes of another topic
    partitions: int
    cleanup_policy: Literal["delete", "compact"]
    retention_ms: int | None
    summary: str
    name: str = field(init=False)  # read for each record that goes out: no property

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", NAMES.name(self.default_name))


TRANSACTIONS: Final = TopicSpec(
    "transactions",
    "user_id",
    Transaction,
    12,
    "delete",
    7 * DAY_MS,
    "Bank and card transactions to be categorised.",
)
SUGGESTIONS: Final = TopicSpec(
    "suggestions", "user_id", Suggestion, 12, "delete", 7 * DAY_MS, "One suggestion per transaction record."
)
COMPARISONS: Final = TopicSpec(
    "suggestion-compare",
    "user_id",
    Comparison,
    12,
    "delete",
    30 * DAY_MS,
    "All answers to one transaction record.",
)
DEAD_LETTERS: Final = TopicSpec(
    "transactions-dlq",
    "the original key",
    None,
    3,
    "delete",
    30 * DAY_MS,
    "Records that could not become a suggestion; headers say why and where from.",
)
FEEDBACK: Final = TopicSpec(
    "suggestion-feedback", "user_id", Feedback, 12, "delete", 30 * DAY_MS, "What users and later sources say."
)
ROLLOUT_STATE: Final = TopicSpec(
    "rollout-state", "<policy>/<version>", RolloutRecord, 1, "delete", None, "The hash-linked rollout record."
)
HINTS: Final = TopicSpec(
    "user-hints",
    "user_id, unit separator, merchant_key",
    Hint,
    1,  # every worker reads all of it, so more would divide nothing, and one offset says what a batch knew
    "compact",
    None,
    "Preferences of users by merchant, in one partition: its order is the order in which they hold.",
)
TOPICS: Final = (TRANSACTIONS, SUGGESTIONS, COMPARISONS, DEAD_LETTERS, FEEDBACK, ROLLOUT_STATE, HINTS)
_DEFAULT_NAMES: Final = {spec.name: spec.default_name for spec in TOPICS}
_NAMES_OF_DEFAULTS: Final = {spec.default_name: spec.name for spec in TOPICS}


def default_name_of(name: str) -> str:
    """Return what Postgres and metrics call the topic of this name; a topic that is none of ours keeps its name."""
    return _DEFAULT_NAMES.get(name, name)


def name_of(default_name: str) -> str:
    """Return what the topic that Postgres calls so is called on the cluster."""
    return _NAMES_OF_DEFAULTS.get(default_name, default_name)
