"""Blockers: one thing that stands against a training, and the command that would mend it."""

from dataclasses import dataclass
from enum import StrEnum


class BlockReason(StrEnum):
    """Which check stands against it; a closed list, since a metric carries it as its label."""

    STALE = "stale"
    UNMEASURED = "unmeasured"
    NO_MART = "no_mart"
    NOT_TESTED = "not_tested"
    TEST_FAILED = "test_failed"
    CHANGED = "changed"
    UNFIT = "unfit"


@dataclass(frozen=True, slots=True)
class Block:
    """``what`` was found, and ``mend``: the command, or one of several, after which it may be gone."""

    reason: BlockReason
    what: str
    mend: str

    def __str__(self) -> str:
        """The finding with its remedy."""
        return f"{self.what} (run {self.mend})"
