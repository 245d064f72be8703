"""Rights: what a worker may do at the broker at this moment, asked of the broker itself.

An error of authorization comes once, or never while nothing is fetched; the broker's own list is always the truth.
A broker that does not say what is allowed (the embedded one) is taken to allow everything.
"""

from collections.abc import Collection, Mapping
from typing import Final

from confluent_kafka import KafkaError, KafkaException, TopicCollection
from confluent_kafka.admin import AdminClient

from schemas.contracts.topics import COMPARISONS, DEAD_LETTERS, HINTS, ROLLOUT_STATE, SUGGESTIONS, TRANSACTIONS

ANSWER_SECONDS: Final = 3.0
READ: Final = "READ"
WRITE: Final = "WRITE"
NEEDED: Final[Mapping[str, str]] = {
    TRANSACTIONS.name: READ,
    SUGGESTIONS.name: WRITE,
    COMPARISONS.name: WRITE,
    DEAD_LETTERS.name: WRITE,
    ROLLOUT_STATE.name: READ,
    HINTS.name: READ,
}
_REFUSED: Final = (KafkaError.TOPIC_AUTHORIZATION_FAILED, KafkaError.GROUP_AUTHORIZATION_FAILED)


def missing_rights(admin: AdminClient, *, group: str) -> list[str]:
    """Return what this worker needs and may not do, such as ``read transactions``; raises KafkaException."""
    topics = admin.describe_topics(
        TopicCollection(list(NEEDED)), include_authorized_operations=True, request_timeout=ANSWER_SECONDS
    )
    groups = admin.describe_consumer_groups([group], include_authorized_operations=True, request_timeout=ANSWER_SECONDS)
    missing = [f"{NEEDED[name].lower()} {name}" for name in NEEDED if _lacks(topics[name], NEEDED[name])]
    return missing + ([f"read group {group}"] if _lacks(groups[group], READ) else [])


def _lacks(answer: object, operation: str) -> bool:
    try:
        described = answer.result(ANSWER_SECONDS)  # type: ignore[attr-defined]
    except KafkaException as error:
        if error.args[0].code() in _REFUSED:
            return True
        if error.args[0].code() in (KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError.NOT_COORDINATOR):
            return False  # it says nothing of rights
        raise
    allowed: Collection[object] | None = described.authorized_operations
    return bool(allowed) and operation not in {str(getattr(one, "name", one)) for one in allowed or ()}
