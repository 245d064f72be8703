"""Errors of the rules.

RulesError
├── RulesetError      a rule set that cannot be used; ``issues`` say where and why
└── CrosswalkError   a crosswalk file that cannot be read; ``path`` says which
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


class RulesError(Exception):
    """Base of message the rules raise."""


@dataclass(frozen=True, slots=True)
class RulesetIssue:
    """One piece of nonsense in a rule set; ``line`` counts from 1."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        """Return ``file:line: message``, as editors like it."""
        return f"{self.file}:{self.line}: {self.message}"


class RulesetError(RulesError):
    """A rule set cannot be used."""

    def __init__(self, issues: Sequence[RulesetIssue]) -> None:
        self.issues = tuple(issues)
        more = f" (and {len(issues) - 1} more; `ledgermind rules check` prints all)" if len(issues) > 1 else ""
        super().__init__(f"{issues[0]}{more}")


class CrosswalkError(RulesError):
    """A crosswalk file or rule file cannot be read."""

    def __init__(self, path: Path, why: str) -> None:
        self.path = path
        super().__init__(f"{path}: {why}")
