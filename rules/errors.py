"""Errors of the rules.

RulesError
├── RulesetError      a rule set that cannot be used; ``faults`` say where and why
└── VocabularyError   a crosswalk file that cannot be read; ``path`` says which
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


class RulesError(Exception):
    """Base of what the rules raise."""


@dataclass(frozen=True, slots=True)
class RulesetFault:
    """One piece of nonsense in a rule set; ``line`` counts from 1."""

    file: str
    line: int
    what: str

    def __str__(self) -> str:
        """Return ``file:line: what``, as editors like it."""
        return f"{self.file}:{self.line}: {self.what}"


class RulesetError(RulesError):
    """A rule set cannot be used."""

    def __init__(self, faults: Sequence[RulesetFault]) -> None:
        self.faults = tuple(faults)
        more = f" (and {len(faults) - 1} more; `ledgermind rules check` prints all)" if len(faults) > 1 else ""
        super().__init__(f"{faults[0]}{more}")


class VocabularyError(RulesError):
    """A crosswalk file or rule file cannot be read."""

    def __init__(self, path: Path, why: str) -> None:
        self.path = path
        super().__init__(f"{path}: {why}")
