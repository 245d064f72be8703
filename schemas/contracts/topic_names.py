"""Topic names: what topics, groups and transactional ids are called on a cluster, from two variables.

A program has one set of names from its start to its end. Postgres and metrics keep the topics' ids, which never change,
so dbt models, dashboards and alerts hold whatever the names are.
"""

import re
from collections.abc import Collection, Mapping
from typing import Final

from msgspec import Struct

PREFIX_VARIABLE: Final = "LEDGERMIND_KAFKA_PREFIX"
NAMES_VARIABLE: Final = "LEDGERMIND_KAFKA_TOPICS"
MAX_CHARACTERS: Final = 249  # of a topic's name, as Apache Kafka has it
_LONGEST_OURS: Final = 30  # what a prefix must leave room for
_ALLOWED: Final = re.compile(r"[A-Za-z0-9._-]+")


class TopicNames(Struct, frozen=True):
    """The prefix, the own names by topic id, and one line for each thing that is wrong with them."""

    prefix: str
    own: Mapping[str, str]
    faults: tuple[str, ...]

    def name(self, topic_id: str) -> str:
        """Return what a topic is called: its own name, else its id behind the prefix."""
        return self.own.get(topic_id) or self.prefix + topic_id


def parse_topic_names(prefix: str, own: str, *, ids: Collection[str]) -> TopicNames:
    """Read both variables; ``own`` is such as ``transactions=bank.cards,suggestions=bank.suggestions``.

    What is wrong is left out and said in ``faults``.
    """
    faults: list[str] = []
    if prefix and (not _ALLOWED.fullmatch(prefix) or len(prefix) > MAX_CHARACTERS - _LONGEST_OURS):
        faults.append(
            f"{PREFIX_VARIABLE}={prefix[:60]}: use letters, digits, '.', '_' and '-', at most "
            f"{MAX_CHARACTERS - _LONGEST_OURS} of them"
        )
        prefix = ""
    found: dict[str, str] = {}
    for pair in filter(None, map(str.strip, own.split(","))):
        topic_id, equals, name = (part.strip() for part in pair.partition("="))
        fault = _fault(topic_id, name, ids=ids, given=found) if equals else "give a topic and its name, as a=b"
        if fault:
            faults.append(f"{NAMES_VARIABLE}: {pair[:60]}: {fault}")
        else:
            found[topic_id] = name
    names = TopicNames(prefix, found, ())
    called: dict[str, str] = {}
    for topic_id in ids:
        other = called.setdefault(names.name(topic_id), topic_id)
        if other != topic_id:
            faults.append(f"{NAMES_VARIABLE}: {other} and {topic_id} have the same name {names.name(topic_id)}")
    return TopicNames(prefix, found, tuple(faults))


def _fault(topic_id: str, name: str, *, ids: Collection[str], given: Collection[str]) -> str | None:
    if topic_id not in ids:
        return f"there is no topic {topic_id}; there are {', '.join(ids)}"
    if topic_id in given:
        return f"{topic_id} is named twice"
    if not _ALLOWED.fullmatch(name) or len(name) > MAX_CHARACTERS or name in (".", ".."):
        return f"a topic's name has letters, digits, '.', '_' and '-', at most {MAX_CHARACTERS} of them"
    return None
