"""Topic retention: until when each topic keeps a record of a user, by the settings that the broker has."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from schemas.contracts.topics import ROLLOUT_STATE, TOPICS, TopicSpec
from streams.kafka.topic_settings import read_settings
from streams.settings import KafkaSettings

# Everything else says what happens to a user's records in Kafka's own terms:
# https://kafka.apache.org/42/configuration/topic-configs/
NAMED: Final = ("cleanup.policy", "retention.ms", "retention.bytes", "segment.ms")
COMPACTED: Final = ("cleanup.policy", "segment.ms", "min.compaction.lag.ms", "max.compaction.lag.ms")
AFTER_COMPACTION: Final = "delete.retention.ms"
UNBOUNDED: Final = str(2**63 - 1)
HOLDS_USERS: Final = tuple(spec for spec in TOPICS if spec is not ROLLOUT_STATE)
UNTOLD: Final = "the broker does not tell its settings: the embedded one keeps records until it stops"
_UNITS: Final = ((86_400_000, "day"), (3_600_000, "hour"), (60_000, "minute"), (1_000, "second"))


@dataclass(frozen=True, slots=True)
class KeptUntil:
    """What becomes of a user's records on one topic, and the settings that say so."""

    topic: str
    words: str
    settings: Mapping[str, str]


def read_retention(kafka: KafkaSettings) -> list[KeptUntil]:
    """Return until when each topic that holds users keeps a record; raises BrokerUnreachable."""
    found = read_settings(kafka, HOLDS_USERS)
    if found is None:
        return [KeptUntil(spec.name, UNTOLD, {}) for spec in HOLDS_USERS]
    return [kept_until(spec, found[spec.name]) for spec in HOLDS_USERS]


def kept_until(spec: TopicSpec, settings: Mapping[str, str]) -> KeptUntil:
    """Return what the settings of a topic mean for a record of a user.

    A segment goes when its newest record is older than ``retention.ms``, and takes records for ``segment.ms``.
    """
    is_compacted = "compact" in settings["cleanup.policy"]
    named = {name: settings[name] for name in ((*COMPACTED, AFTER_COMPACTION) if is_compacted else NAMED)}
    if is_compacted:
        lag = settings["max.compaction.lag.ms"]
        bound = "at a time that no setting bounds" if lag == UNBOUNDED else f"within {span(int(lag))}"
        words = (
            f"hints that were taken back go when their segment is closed (after {span(int(settings['segment.ms']))} "
            f"or when it is full) and compacted ({bound}); the tombstones go {span(int(settings[AFTER_COMPACTION]))} "
            "after that"
        )
    elif settings["retention.ms"] == "-1":
        words = "records are kept for ever: set retention.ms, or delete them with kafka-delete-records"
    else:
        first, last = int(settings["retention.ms"]), int(settings["retention.ms"]) + int(settings["segment.ms"])
        words = f"a record goes between {span(first)} and {span(last)} after it was written"
        words += "" if settings["retention.bytes"] == "-1" else ", or before, by retention.bytes"
    return KeptUntil(spec.name, words, named)


def span(milliseconds: int) -> str:
    """Return a length of time in the largest unit that divides it."""
    for size, unit in _UNITS:
        if milliseconds and milliseconds % size == 0:
            count = milliseconds // size
            return f"{count} {unit}{'' if count == 1 else 's'}"
    return f"{milliseconds} ms"
