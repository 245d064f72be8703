"""Topic names: what topics, groups and transactional ids are called on a cluster, from two variables.

A program has one set of names from its start to its end. Postgres and metrics keep the default names,
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
    """The prefix, the own names by default name, and one line for each thing that is wrong with them."""

    prefix: str
    own: Mapping[str, str]
    faults: tuple[str, ...]

    def name(self, default_name: str) -> str:
        """Return what a topic is called: its own name, else its default name behind the prefix."""
        return self.own.get(default_name) or self.prefix + default_name


def parse_topic_names(prefix: str, own: str, *, known: Collection[str]) -> TopicNames:
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
        default_name, equals, name = (part.strip() for part in pair.partition("="))
        fault = _fault(default_name, name, known=known, given=found) if equals else "give a topic and its name, as a=b"
        if fault:
            faults.append(f"{NAMES_VARIABLE}: {pair[:60]}: {fault}")
        else:
            found[default_name] = name
    names = TopicNames(prefix, found, ())
    called: dict[str, str] = {}
    for default_name in known:
        other = called.setdefault(names.name(default_name), default_name)
        if other != default_name:
            faults.append(f"{NAMES_VARIABLE}: {other} and {default_name} have the same name {names.name(default_name)}")
    return TopicNames(prefix, found, tuple(faults))


def _fault(default_name: str, name: str, *, known: Collection[str], given: Collection[str]) -> str | None:
    if default_name not in known:
        return f"there is no topic {default_name}; there are {', '.join(known)}"
    if default_name in given:
        return f"{default_name} is named twice"
    if not _ALLOWED.fullmatch(name) or len(name) > MAX_CHARACTERS or name in (".", ".."):
        return f"a topic's name has letters, digits, '.', '_' and '-', at most {MAX_CHARACTERS} of them"
    return None
