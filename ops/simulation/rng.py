"""RNG: seeded randomness that falls the same way on every machine, and the tables it is read through."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import exp
from random import Random
from statistics import NormalDist
from typing import Final, Generic, TypeVar

T = TypeVar("T")
QUANTILES: Final = 512


def dice(*name: int | str) -> Random:
    """Return the generator of that name; a string seed is hashed by SHA-512, the same in every process."""
    return Random("/".join(str(part) for part in name))


@dataclass(frozen=True, slots=True)
class Weighted(Generic[T]):
    """Items with cumulated weights, read by one number in [0, 1)."""

    items: tuple[T, ...]
    steps: tuple[float, ...]

    def pick(self, at: float) -> T:
        """Return the item whose share of [0, 1) holds ``at``."""
        return self.items[bisect_right(self.steps, at)]


def weighted(pairs: Iterable[tuple[T, float]]) -> Weighted[T]:
    """Return items with weights that need not sum to 1; at least one must be above 0."""
    kept = [(item, weight) for item, weight in pairs if weight > 0]
    sums = list(accumulate(weight for _, weight in kept))
    steps = [step / sums[-1] for step in sums]
    steps[-1] = 1.0
    return Weighted(tuple(item for item, _ in kept), tuple(steps))


def pick(items: Sequence[T], at: float) -> T:
    """Return one of equally likely items by a number in [0, 1)."""
    return items[int(at * len(items))]


def zipf(rank: int) -> float:
    """Return the weight of a rank counted from 0 (Zipf-Mandelbrot with exponent 1 and offset 2.7)."""
    return 1.0 / (rank + 2.7)


def counts(mean: float) -> Weighted[int]:
    """Return a Poisson table of counts up to 24."""
    weight, pairs = exp(-mean), []
    for count in range(25):
        pairs.append((count, weight))
        weight *= mean / (count + 1)
    return weighted(pairs)


def lognormal(median: float, sigma: float) -> tuple[float, ...]:
    """Return the quantiles of a log-normal, in the unit of its median, to be indexed by a random number."""
    normal = NormalDist()
    points = (normal.inv_cdf((at + 0.5) / QUANTILES) for at in range(QUANTILES))
    return tuple(median * exp(sigma * point) for point in points)
