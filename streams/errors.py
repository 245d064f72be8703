"""Errors of the stream programs.

StreamError
├── SettingsError       the environment holds nonsense
│   └── MappingError    a mapping of input records cannot be used; ``issues`` say where and why
├── TopicError          a topic is missing or has the wrong shape
│   └── TopicMissing    the broker that answers knows no such topic
├── BrokerUnreachable   nobody answers at the bootstrap address
├── PostgresAway        Postgres does not answer, or takes no writes for the moment
├── SchemaRegistryAway  the schema registry does not answer, or not as one
├── PositionsPending    a transaction that does not end holds committed positions
├── FencedError         the broker takes nothing of this worker any more
├── ProducerFatalError  the producer can go on no more; the parent starts a new process
├── RolloutRecordError  the rollout record cannot be read, written or linked
└── WarehouseRefusal    Postgres takes no rows until an operator has mended a table or a right
"""

from collections.abc import Sequence


class StreamError(Exception):
    """Base of all; its message is one line that says what to do, ``exit_code`` what the process returns."""

    exit_code = 1


class SettingsError(StreamError):
    """The environment holds nonsense."""

    exit_code = 2


class MappingError(SettingsError):
    """A mapping of input records cannot be used; each issue reads ``file:line: message``."""

    def __init__(self, issues: Sequence[object]) -> None:
        self.issues = tuple(issues)
        more = f" (and {len(issues) - 1} more; ledgermind mapping check prints all)" if len(issues) > 1 else ""
        super().__init__(f"{issues[0]}{more}")


class TopicError(StreamError):
    """A topic is missing or has the wrong shape."""

    exit_code = 3


class TopicMissing(TopicError):  # noqa: N818 - the field's own word
    """The broker that answers knows no such topic; one that was just made it may hear of a little later."""


class BrokerUnreachable(StreamError):  # noqa: N818 - the field's own word
    """Nobody answers at the bootstrap address."""

    exit_code = 4


class PostgresAway(StreamError):  # noqa: N818 - says what happened
    """Postgres does not answer, or takes no writes for the moment."""

    exit_code = 9


class SchemaRegistryAway(StreamError):  # noqa: N818 - says what happened
    """The schema registry does not answer, or not as one; what needs it ends, and its parent starts it again."""

    exit_code = 13


class PositionsPending(StreamError):  # noqa: N818 - the field's own word
    """A transaction that does not end holds the committed positions of ``partitions``, or the broker is not well."""

    exit_code = 11

    def __init__(self, partitions: Sequence[int], *, seconds: float) -> None:
        self.partitions = tuple(partitions)
        super().__init__(
            f"no committed position for partitions {', '.join(map(str, self.partitions))} of transactions within "
            f"{seconds:.0f} s: a transaction that does not end holds them, or the broker is not well; "
            "docs/SCALING.md says under Hanging transactions how to find and end it"
        )


class FencedError(StreamError):
    """The broker takes nothing of this worker any more; ``streams.kafka.fencing`` finds out why."""

    exit_code = 6


class ProducerFatalError(StreamError):
    """The producer can go on no more; the supervising parent starts a new process."""

    exit_code = 7


class RolloutRecordError(StreamError):
    """The rollout record cannot be read, written or linked."""

    exit_code = 8


class WarehouseRefusal(StreamError):  # noqa: N818 - the field's own word
    """Postgres takes no rows until an operator has mended a table or a right; nothing was landed, no position moved."""

    exit_code = 12
