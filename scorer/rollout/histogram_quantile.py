"""Histogram quantile: a quantile from a histogram's cumulative buckets, by the rule of PromQL's histogram_quantile;
pure."""

import math
from collections.abc import Sequence


def quantile(buckets: Sequence[tuple[float, float]], share: float) -> float | None:
    """Return the quantile in the buckets' unit; each bucket is (upper bound, how many lie at or below it), ascending.

    Between two bounds the observations are taken as evenly spread; beyond the last finite bound that bound is returned.
    None without observations.
    """
    if not buckets or buckets[-1][1] <= 0:
        return None
    wanted = share * buckets[-1][1]
    lower_bound, lower_count = 0.0, 0.0
    for bound, count in buckets:
        if count >= wanted:
            if not math.isfinite(bound):
                return lower_bound
            return lower_bound + (bound - lower_bound) * (wanted - lower_count) / max(count - lower_count, 1e-12)
        lower_bound, lower_count = bound, count
    return lower_bound
