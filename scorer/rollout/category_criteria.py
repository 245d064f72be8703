"""Category criteria: no category of the canary's model may be shown to be complained of, or wrong, too often.

Each category's count is held against its limit by an e-value that holds at any look, and alpha is divided by the
number of categories of the taxonomy (Bonferroni), so that a sound canary is held back with probability alpha at most.
"""

import shlex
from collections.abc import Mapping
from typing import NamedTuple

from schemas.events.rollout import CategoryCounts
from schemas.taxonomy import Category
from scorer.rollout.sequential_test import e_above


class Failing(NamedTuple):
    """A category that was shown to be beyond its limit."""

    category: Category
    failed: float
    asked: float

    def __str__(self) -> str:
        """As in a report."""
        return f"{self.category} {self.failed:.0f} of {self.asked:.0f}"


def complained_of(categories: Mapping[Category, CategoryCounts], *, limit: float, alpha: float) -> list[Failing]:
    """Return the categories of which more than ``limit`` of the suggestions were complained of."""
    counts = [Failing(category, one.complaints, one.served) for category, one in categories.items()]
    return [one for one in counts if _is_above(one, limit=limit, alpha=alpha)]


def imprecise(categories: Mapping[Category, CategoryCounts], *, least: float, alpha: float) -> list[Failing]:
    """Return the categories of which fewer than ``least`` of the merchants were right."""
    counts = [Failing(category, one.wrong, one.settled) for category, one in categories.items()]
    return [one for one in counts if _is_above(one, limit=1 - least, alpha=alpha)]


def mute_command(failing: list[Failing]) -> str:
    """Return the command that serves no model's answer of these categories any more."""
    mutes = " ".join(f"--mute {shlex.quote(one.category.value)}" for one in failing)
    return f'ledgermind rollout set {mutes} --reason "beyond the limits of a category"'


def _is_above(one: Failing, *, limit: float, alpha: float) -> bool:
    """Whether it was shown; complaints that come twice for one suggestion are one, so none exceeds what was asked."""
    if one.asked <= 0 or one.failed / one.asked <= limit:
        return False
    return e_above(one.failed, one.asked, limit=limit) >= len(Category) / alpha
