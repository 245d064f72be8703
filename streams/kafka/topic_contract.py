"""Topic contract: which settings of the topics delivery rests on, and what is wrong with those that a broker has."""

from collections.abc import Mapping, Sequence
from typing import Final

from msgspec import Struct

from schemas.contracts.topics import COMPARISONS, DEAD_LETTERS, SUGGESTIONS, TRANSACTIONS, TopicSpec
from schemas.events.dead_letter import MAX_KEY_BYTES, MAX_ORIGINAL_BYTES

HEADER_BYTES: Final = 16_384  # of a dead letter's headers and of its batch, generously
EVENT_BYTES: Final = 65_536  # no suggestion and no comparison is longer
BEFORE: Final = "message.timestamp.before.max.ms"
MIN_ISR: Final = "min.insync.replicas"
AFTER: Final = "message.timestamp.after.max.ms"


class TopicFault(Struct, frozen=True):
    """One setting that the contract does not allow; ``needed`` of None is nothing that a setting could mend."""

    topic: str
    setting: str
    found: str
    needed: str | None
    why: str
    stops: bool = False  # a worker must not start: records would be lost without a trace

    @property
    def line(self) -> str:
        """What an operator is told."""
        mend = "" if self.needed is None else f", {self.needed} is needed; ledgermind topics alter sets it"
        return f"topic {self.topic}: {self.setting} is {self.found}: {self.why}{mend}"


def find_faults(
    specs: Sequence[TopicSpec], settings: Mapping[str, Mapping[str, str]], copies: Mapping[str, int], *, brokers: int
) -> list[TopicFault]:
    """Return what is wrong with the settings that each topic has; ``copies`` is each topic's replication factor."""
    faults: list[TopicFault] = []
    for spec in specs:
        found = settings[spec.name]
        faults += _cleanup(spec, found)
        faults += _copies(spec.name, found, copies[spec.name], brokers=brokers)
        if spec in (SUGGESTIONS, COMPARISONS, DEAD_LETTERS):
            faults += _output(spec, found, settings.get(TRANSACTIONS.name))
    return faults


def _cleanup(spec: TopicSpec, found: Mapping[str, str]) -> list[TopicFault]:
    policies = set(found["cleanup.policy"].split(","))
    faults = []
    if spec.cleanup_policy == "compact" and "compact" not in policies:
        why = "the last record of each key must stay"
        faults.append(TopicFault(spec.name, "cleanup.policy", found["cleanup.policy"], "compact", why))
    if spec.cleanup_policy == "delete" and "compact" in policies:
        why = "compaction removes records of the same key, read or not"
        stops = spec is TRANSACTIONS
        faults.append(TopicFault(spec.name, "cleanup.policy", found["cleanup.policy"], "delete", why, stops))
    if spec.retention_ms is None and "delete" in policies:
        faults += [
            TopicFault(spec.name, setting, found[setting], "-1", "its records must never expire")
            for setting in ("retention.ms", "retention.bytes")
            if int(found[setting]) >= 0
        ]
    return faults


def _copies(topic: str, found: Mapping[str, str], copies: int, *, brokers: int) -> list[TopicFault]:
    least = int(found[MIN_ISR])
    if least > copies:
        why = f"there are {copies} copies, so nothing can be written"
        return [TopicFault(topic, MIN_ISR, str(least), str(copies), why)]
    if copies > 1 and least < 2:
        why = f"of {copies} copies one is enough to acknowledge a record, which is lost with that broker"
        return [TopicFault(topic, MIN_ISR, str(least), "2", why)]
    if copies == 1 and brokers > 1:
        why = f"its records are lost with one of {brokers} brokers; kafka-reassign-partitions.sh adds copies"
        return [TopicFault(topic, "the replication factor", "1", None, why)]
    return []


def _output(spec: TopicSpec, found: Mapping[str, str], source: Mapping[str, str] | None) -> list[TopicFault]:
    """What is written carries the timestamps of what was read, and a dead letter its bytes, too."""
    faults = []
    longest = MAX_ORIGINAL_BYTES + MAX_KEY_BYTES + HEADER_BYTES if spec is DEAD_LETTERS else EVENT_BYTES
    if source is not None:
        longest = min(longest, int(source["max.message.bytes"]) + HEADER_BYTES)
    if int(found["max.message.bytes"]) < longest:
        why = "a record that it must take may be longer"
        faults.append(TopicFault(spec.name, "max.message.bytes", found["max.message.bytes"], str(longest), why))
    if found["message.timestamp.type"] != "CreateTime":
        why = "an event carries the time of the record that it answers"
        faults.append(
            TopicFault(spec.name, "message.timestamp.type", found["message.timestamp.type"], "CreateTime", why)
        )
    if source is not None and source["message.timestamp.type"] == "CreateTime":
        why = f"{TRANSACTIONS.name} takes records of times that this topic refuses"
        faults += [
            TopicFault(spec.name, setting, found[setting], source[setting], why)
            for setting in (BEFORE, AFTER)
            if int(found[setting]) < int(source[setting])
        ]
    return faults
