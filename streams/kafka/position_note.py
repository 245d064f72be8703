"""Position note: what a committed position says beside its offset: of which topic it is, and whether it is paused."""

from typing import Final

_TOPIC_ID: Final = "topic-id="


def with_topic_id(note: str | None, topic_id: str) -> str:
    """Return the metadata that is committed: ``note``, such as a pause, and behind it the id of the topic.

    Versions that know no topic id read the beginning and take it for what it was.
    """
    return f"{note} {_TOPIC_ID}{topic_id}" if note else f"{_TOPIC_ID}{topic_id}"


def topic_id_of(metadata: str | None) -> str | None:
    """Return the id of the topic that a position was committed for, None where its metadata names none.

    Positions of versions before 0.2, and those that Kafka's own tools set, name none.
    """
    _, found, topic_id = (metadata or "").rpartition(_TOPIC_ID)
    return topic_id if found and topic_id else None


def note_of(metadata: str | None) -> str:
    """Return what metadata says beside the topic's id."""
    note, found, rest = (metadata or "").rpartition(_TOPIC_ID)
    return note.rstrip() if found else rest
