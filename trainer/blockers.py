"""Blockers: a failed precondition of a training, and its remedy."""

from dataclasses import dataclass
from enum import StrEnum


class BlockerReason(StrEnum):
    """Which check failed; a closed list, since a metric carries it as its label."""

    STALE = "stale"
    UNMEASURED = "unmeasured"
    NO_MART = "no_mart"
    NOT_TESTED = "not_tested"
    TEST_FAILED = "test_failed"
    CHANGED = "changed"
    UNFIT = "unfit"


@dataclass(frozen=True, slots=True)
class Blocker:
    """``finding`` says what was found, ``remedy`` is the command, or one of several, after which it may be gone."""

    reason: BlockerReason
    finding: str
    remedy: str

    def __str__(self) -> str:
        """The finding with its remedy."""
        return f"{self.finding} (run {self.remedy})"
