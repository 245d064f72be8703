"""Sequential test: which of two policies serves people better, in numbers that stay valid however often one looks.

The unit is one merchant (``scorer.rollout.paired_outcomes``): what the canary's policy and what control's would have
served are both held against its settled labels. An e-value of 1/alpha or more refutes, at level alpha, that the
policies are equal (or worse by the margin), at whatever moment one stops to look: alpha bounds the chance of ever
getting there (Ville).
"""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING

from scorer.intervals import clopper_pearson_high, clopper_pearson_low, special
from scorer.rollout.paired_outcomes import Signs

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

# NumPy is imported by what computes with it: a rollout without evidence is shown without it.


@cache
def _rates_above() -> Floats:
    import numpy as np  # noqa: PLC0415 - as above

    return (np.arange(32) + 0.5) / 32  # from the limit (0) to four times the limit (1)


@cache
def _stakes() -> Floats:
    import numpy as np  # noqa: PLC0415 - as above

    return np.array([0.02, 0.05, 0.1, 0.2, 0.4, 0.8])  # of the wealth, on each pair


def e_better(better: float, worse: float) -> float:
    """Return the e-value against "the canary is not better".

    A uniform mixture of all shares of wins above one half: Beta(b+1, c+1) 2^(b+c), times twice its mass above one half.
    """
    functions = special()
    above_half = functions.betainc(worse + 1, better + 1, 0.5)  # 1 - I_1/2(b+1, c+1)
    if above_half <= 0.0:
        return 0.0
    log_share = functions.betaln(better + 1, worse + 1)
    log_e = log_share + (better + worse) * math.log(2) + math.log(2) + math.log(above_half)
    return _exp(log_e)


def e_worse(better: float, worse: float) -> float:
    """Return the e-value against "the canary is not worse"."""
    return e_better(worse, better)


def e_not_inferior(signs: Signs, *, margin: float) -> float:
    """Return the e-value against "the canary is worse by ``margin`` or more" (a share of pairs, in (0, 1)).

    Betting: each pair X in {-1, 0, 1} multiplies the wealth by 1 + stake (X + margin); the mean over fixed stakes.
    """
    import numpy as np  # noqa: PLC0415 - as above

    stakes = _stakes()
    log_wealth = (
        signs.better * np.log1p(stakes * (1 + margin))
        + signs.alike * np.log1p(stakes * margin)
        + signs.worse * np.log1p(stakes * (margin - 1))
    )
    highest = float(log_wealth.max())
    return _exp(highest + math.log(float(np.exp(log_wealth - highest).mean())))


def e_above(failed: float, asked: float, *, limit: float) -> float:
    """Return the e-value against "at most ``limit`` of what is asked fails" (a share, in (0, 1)).

    A mixture of likelihood ratios p^x (1-p)^(n-x) / limit^x (1-limit)^(n-x) over rates p from the limit to four times
    it, each of which is a supermartingale where the true rate is at most the limit (Robbins 1970, "Statistical methods
    related to the law of the iterated logarithm"; Ville's inequality makes it valid at any time). Rates further up are
    found by these as well, only later than by their own: a canary that fails on all passes 20 within three answers.
    """
    import numpy as np  # noqa: PLC0415 - as above

    return _exp(float(log_e_above(np.array([failed]), np.array([asked]), limit=limit)[0]))


def log_e_above(failed: Floats, asked: Floats, *, limit: float) -> Floats:
    """Return the logarithms of ``e_above`` for many pairs of counts, each array of shape [n]."""
    import numpy as np  # noqa: PLC0415 - as above

    rates = limit + (min(1.0, 4 * limit) - limit) * _rates_above()
    fails, passes = np.log(rates / limit), np.log((1 - rates) / (1 - limit))
    log_wealth = failed[:, None] * fails + (asked - failed)[:, None] * passes
    highest = log_wealth.max(axis=1)
    found: Floats = highest + np.log(np.exp(log_wealth - highest[:, None]).mean(axis=1))
    return found


def lowest_rate(failed: float, asked: float, *, level: float) -> float:
    """Return the exact one-sided lower bound of a share at a level (Clopper and Pearson 1934); 0 for nothing asked."""
    import numpy as np  # noqa: PLC0415 - as above

    return float(lowest_rates(np.array([failed]), np.array([asked]), level=level)[0])


def lowest_rates(failed: Floats, asked: Floats, *, level: float) -> Floats:
    """Return ``lowest_rate`` for many pairs of counts, each array of shape [n]."""
    import numpy as np  # noqa: PLC0415 - as above

    bounds = clopper_pearson_low(np.maximum(failed, 0.5), asked - failed, tail=1 - level)
    found: Floats = np.where(failed > 0, bounds, 0.0)
    return found


def mcnemar_p(better: int, worse: int) -> float:
    """Return the exact two-sided p-value of McNemar's test; for a report after a fixed number of pairs only."""
    discordant = better + worse
    return min(1.0, 2 * float(special().bdtr(min(better, worse), discordant, 0.5)))


def win_share_interval(better: int, worse: int, *, level: float = 0.95) -> tuple[float, float]:
    """Return the exact interval of the share of wins among merchants that differ (Clopper and Pearson)."""
    tail = (1 - level) / 2
    low = 0.0 if better == 0 else float(clopper_pearson_low(better, worse, tail=tail))
    high = 1.0 if worse == 0 else float(clopper_pearson_high(better, worse, tail=tail))
    return low, high


def sample_ratio_p(canary_users: int, users: int, *, share: float) -> float:
    """Return the exact p-value of this many users in the canary at its share, from 0 to 1; small means a mismatch.

    Twice the smaller tail of the binomial distribution.
    """
    functions = special()
    at_most = float(functions.bdtr(canary_users, users, share))
    at_least = float(functions.bdtrc(canary_users - 1, users, share)) if canary_users else 1.0
    return min(1.0, 2 * min(at_most, at_least))


def difference_interval(signs: Signs, *, z: float = 1.96) -> tuple[float, float]:
    """Return the interval of (better - worse) / all, in [-1, 1]; Agresti and Min 2005, half a pair in each cell."""
    total = sum(signs) + 2
    better, worse = (signs.better + 0.5) / total, (signs.worse + 0.5) / total
    middle = better - worse
    half = z * math.sqrt(max(0.0, better + worse - middle**2) / total)
    return max(-1.0, middle - half), min(1.0, middle + half)


def _exp(log_value: float) -> float:
    return math.exp(min(log_value, 700.0))  # beyond, a float ends; 1/alpha is long passed
