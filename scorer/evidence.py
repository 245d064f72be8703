"""Evidence: which of two policies serves people better, in numbers that stay valid however often one looks.

The unit is one settled label: what the canary's policy and what control's would have served are both held against it.
A model is a function of the merchant, so all labels of one merchant in one window are a single sign. An e-value of
1/alpha or more refutes, at level alpha, that the policies are equal (or worse by the margin), at whatever moment one
stops to look: Ville's inequality bounds the chance that it ever gets there by alpha.
"""

import math
from collections import defaultdict
from collections.abc import Iterable
from typing import Final, NamedTuple

import numpy as np
from scipy.special import betainc, betaln
from scipy.stats import binomtest

RIGHT: Final = 1.0
SILENT: Final = 0.0
WRONG: Final = -1.0  # the cost of a wrong suggestion, in right ones
_STAKES: Final = np.array([0.02, 0.05, 0.1, 0.2, 0.4, 0.8])  # of the wealth, on each pair


class Signs(NamedTuple):
    """How many merchants the canary served better, worse and alike."""

    better: int
    worse: int
    alike: int


def worth(served: str | None, label: str) -> float:
    """Return what a served category is worth against its label; None is silence."""
    return SILENT if served is None else RIGHT if served == label else WRONG


def count_signs(pairs: Iterable[tuple[str, float]]) -> Signs:
    """Return the signs of merchants; each pair is a merchant and the canary's worth less control's for one label."""
    differences: defaultdict[str, float] = defaultdict(float)
    for merchant, difference in pairs:
        differences[merchant] += difference
    signs = [(value > 0) - (value < 0) for value in differences.values()]
    return Signs(signs.count(1), signs.count(-1), signs.count(0))


def e_better(better: int, worse: int) -> float:
    """Return the e-value against "the canary is not better".

    A uniform mixture of all shares of wins above one half: Beta(b+1, c+1) 2^(b+c), times twice its mass above one half.
    """
    above_half = betainc(worse + 1, better + 1, 0.5)  # 1 - I_1/2(b+1, c+1)
    if above_half <= 0.0:
        return 0.0
    log_e = betaln(better + 1, worse + 1) + (better + worse) * math.log(2) + math.log(2) + math.log(above_half)
    return _exp(log_e)


def e_worse(better: int, worse: int) -> float:
    """Return the e-value against "the canary is not worse"."""
    return e_better(worse, better)


def e_not_inferior(signs: Signs, *, margin: float) -> float:
    """Return the e-value against "the canary is worse by ``margin`` or more" (a share of pairs, in (0, 1)).

    Betting: each pair X in {-1, 0, 1} multiplies the wealth by 1 + stake (X + margin); the mean over fixed stakes.
    """
    log_wealth = (
        signs.better * np.log1p(_STAKES * (1 + margin))
        + signs.alike * np.log1p(_STAKES * margin)
        + signs.worse * np.log1p(_STAKES * (margin - 1))
    )
    highest = float(log_wealth.max())
    return _exp(highest + math.log(float(np.exp(log_wealth - highest).mean())))


def mcnemar_p(better: int, worse: int) -> float:
    """Return the exact two-sided p-value of McNemar's test; for a report after a fixed number of pairs only."""
    discordant = better + worse
    return 1.0 if discordant == 0 else float(binomtest(better, discordant, 0.5).pvalue)


def sample_ratio_p(canary_users: int, users: int, *, share: float) -> float:
    """Return the exact p-value of this many users in the canary at its share, from 0 to 1; small means a mismatch."""
    return 1.0 if users == 0 else float(binomtest(canary_users, users, share).pvalue)


def difference_interval(signs: Signs, *, z: float = 1.96) -> tuple[float, float]:
    """Return the interval of (better - worse) / all, in [-1, 1]; Agresti and Min 2005, half a pair in each cell."""
    total = sum(signs) + 2
    better, worse = (signs.better + 0.5) / total, (signs.worse + 0.5) / total
    middle = better - worse
    half = z * math.sqrt(max(0.0, better + worse - middle**2) / total)
    return max(-1.0, middle - half), min(1.0, middle + half)


def _exp(log_value: float) -> float:
    return math.exp(min(log_value, 700.0))  # beyond, a float ends; 1/alpha is long passed
