"""Paired outcomes: what settled labels say of two policies, one sign per merchant; pure.

A model is a function of the merchant, so the labels of one merchant are one piece of evidence. Its sign is taken on
the first day on which it has a settled label, and never turned again: a sum that could still turn would give chance
another try at every look.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import Final, NamedTuple

RIGHT: Final = 1.0
SILENT: Final = 0.0
WRONG: Final = -1.0  # the cost of a wrong suggestion, in right ones


class Signs(NamedTuple):
    """How many merchants the canary served better, worse and alike."""

    better: int
    worse: int
    alike: int


class Pair(NamedTuple):
    """One settled label: its merchant, the day on which it became evidence, the canary's worth less control's."""

    merchant: str
    day: int  # since 1970
    difference: float


def worth(served: str | None, label: str) -> float:
    """Return what a served category is worth against its label; None is silence."""
    return SILENT if served is None else RIGHT if served == label else WRONG


def count_signs(pairs: Iterable[Pair]) -> Signs:
    """Return the signs of merchants."""
    signs = list(sign_days(pairs).values())
    return Signs(*(sum(1 for _, sign in signs if sign == wanted) for wanted in (1, -1, 0)))


def sign_days(pairs: Iterable[Pair]) -> dict[str, tuple[int, int]]:
    """Return the day and the sign (1, 0 or -1) of each merchant: of its labels of its first day, taken together."""
    first: dict[str, int] = {}
    sums: defaultdict[str, float] = defaultdict(float)
    for pair in pairs:
        day = first.get(pair.merchant)
        if day is None or pair.day < day:
            first[pair.merchant], sums[pair.merchant] = pair.day, pair.difference
        elif pair.day == day:
            sums[pair.merchant] += pair.difference
    return {merchant: (first[merchant], (value > 0) - (value < 0)) for merchant, value in sums.items()}
