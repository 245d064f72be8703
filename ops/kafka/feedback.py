"""Feedback: what operators and applications without a producer of their own say of suggestions."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Final

import msgspec

from ops.kafka.publish import Published, outgoing_feedback, publish
from schemas.contracts.topics import FEEDBACK
from schemas.events.feedback import FEEDBACK_SCHEMA_VERSION, Feedback, FeedbackAction
from schemas.events.transaction import time_error
from streams.settings import KafkaSettings

ID_CHARACTERS: Final = 32
FIELDS: Final = ("action", "user_id", "account_id", "txn_id", "event_id", "category", "source", "given_at")


def make_feedback(said: Mapping[str, str | None], *, given_at: datetime) -> Feedback | str:
    """Return the feedback that these fields are, by their names in the contract, or what is wrong with one.

    Empty fields are absent. Without a ``feedback_id`` it gets one of its content, ``given_at`` included: said again it
    is the same feedback, and counts once.
    """
    fields = {name: value for name, value in said.items() if value}
    moment = given_at.astimezone(UTC).isoformat()
    fields |= {"schema_version": FEEDBACK_SCHEMA_VERSION, "given_at": moment}
    if not fields.get("feedback_id"):
        content = "\x1f".join(fields.get(name, "") or "" for name in FIELDS)
        fields["feedback_id"] = sha256(content.encode()).hexdigest()[:ID_CHARACTERS]
    if any("\0" in str(value) for value in fields.values()):
        return "a text field holds the character U+0000"
    try:
        feedback = msgspec.convert({"category": None, **fields}, Feedback)
    except msgspec.ValidationError as error:
        return _fault(str(error))
    if (fault := time_error("given_at", feedback.given_at)) is not None:
        return fault.detail
    if feedback.category is None and feedback.action is not FeedbackAction.REJECT:
        return f"category: is missing where the action is {feedback.action}"
    return feedback


def write_feedback(kafka: KafkaSettings, said: Iterable[Feedback]) -> Published:
    """Write feedback; landing takes one of a user and feedback_id once, however often it comes."""
    return publish(map(outgoing_feedback, said), kafka=kafka, topics=(FEEDBACK,))


def _fault(error: str) -> str:
    """Return which field is wrong, never what it held."""
    what, found, path = error.partition(" - at `$.")
    if found:
        return f"{path.rstrip('`')}: has the wrong type or value"
    return what if "missing required field" in what else "a field is missing or wrong"
