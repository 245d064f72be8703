"""ACLs: what each program and each user of the topics must be allowed on the cluster; nothing else is needed."""

from collections.abc import Iterator
from typing import Final, Literal

from msgspec import Struct

from schemas.contracts.topics import (
    COMPARISONS,
    DEAD_LETTERS,
    FEEDBACK,
    HINTS,
    NAMES,
    ROLLOUT_STATE,
    SUGGESTIONS,
    TRANSACTIONS,
    TopicSpec,
)

Resource = Literal["topic", "group", "transactional id"]
Operation = Literal["Read", "Write"]
_ROLLOUT_ID: Final = "ledgermind-rollout-*"


class Acl(Struct, frozen=True):
    """One row: who may do what; a ``name`` that ends in ``*`` is a prefix."""

    user: str
    resource: Resource
    name: str
    operations: tuple[Operation, ...]


def _topics(user: str, *rows: tuple[TopicSpec, tuple[Operation, ...]]) -> Iterator[Acl]:
    for spec, operations in rows:
        yield Acl(user, "topic", spec.name, operations)


def _others(user: str, resource: Resource, operation: Operation, *names: str) -> Iterator[Acl]:
    for name in names:
        yield Acl(user, resource, NAMES.prefix + name, (operation,))


ACLS: Final = (
    *_topics(
        "worker",
        (TRANSACTIONS, ("Read",)),
        (SUGGESTIONS, ("Write",)),
        (COMPARISONS, ("Read", "Write")),
        (DEAD_LETTERS, ("Read", "Write")),
        (ROLLOUT_STATE, ("Read", "Write")),
        (HINTS, ("Read",)),
    ),
    *_others("worker", "group", "Read", "ledgermind-worker*", "ledgermind-reader"),
    *_others("worker", "transactional id", "Write", "ledgermind-worker-*", _ROLLOUT_ID),
    *_topics(
        "landing",
        (TRANSACTIONS, ("Read",)),
        (SUGGESTIONS, ("Read",)),
        (COMPARISONS, ("Read",)),
        (DEAD_LETTERS, ("Read",)),
        (FEEDBACK, ("Read",)),
        (ROLLOUT_STATE, ("Read",)),
        (HINTS, ("Read",)),
    ),
    *_others("landing", "group", "Read", "ledgermind-landing"),
    *_topics(
        "operator",
        (ROLLOUT_STATE, ("Read", "Write")),
        (DEAD_LETTERS, ("Read",)),
        (TRANSACTIONS, ("Read", "Write")),
        (COMPARISONS, ("Read",)),
        (FEEDBACK, ("Write",)),
        (HINTS, ("Read", "Write")),
    ),
    *_others("operator", "group", "Read", "ledgermind-reader", "ledgermind-worker*", "ledgermind-dlq-requeue*"),
    *_others("operator", "transactional id", "Write", _ROLLOUT_ID, "ledgermind-dlq-requeue"),
    *_topics("producer", (TRANSACTIONS, ("Write",))),
    *_topics("consumer", (SUGGESTIONS, ("Read",))),
    Acl("consumer", "group", "consumer", ("Read",)),  # whatever the consumer calls its own
)
