"""Intervals: exact bounds of a share, for the judge of rollouts and for the choice of thresholds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64] | float


def clopper_pearson_low(hits: Floats, misses: Floats, *, tail: float) -> Any:
    """Return the lower bound of a share that errs with probability ``tail`` (Clopper and Pearson 1934).

    ``hits`` and ``misses`` are counts above and from 0, which may be divided by a design effect; arrays give an array.
    """
    return special().betaincinv(hits, misses + 1, tail)


def clopper_pearson_high(hits: Floats, misses: Floats, *, tail: float) -> Any:
    """Return the upper bound of the same; ``misses`` is above 0."""
    return special().betaincinv(hits + 1, misses, 1 - tail)


def special() -> Any:
    """Return ``scipy.special``; ``scipy.stats.beta.ppf`` is the same function in a module that takes seconds."""
    import scipy.special  # noqa: PLC0415 - half a second, which commands that judge nothing do not wait for

    return scipy.special
