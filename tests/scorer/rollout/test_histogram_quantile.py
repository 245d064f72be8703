"""A quantile of a histogram is the one that PromQL would show."""

import math

import pytest

from scorer.rollout.histogram_quantile import quantile


@pytest.mark.parametrize(
    ("counts", "value"),
    [
        pytest.param((0, 0, 0, 0), None, id="nothing seen"),
        pytest.param((100, 100, 100, 100), 0.095, id="all in the first bucket"),
        pytest.param((0, 100, 100, 100), 0.1 + 0.4 * 0.95, id="spread evenly in a bucket"),
        pytest.param((90, 100, 100, 100), 0.1 + 0.4 * 0.5, id="half way through a bucket"),
        pytest.param((0, 0, 0, 100), 1.0, id="beyond the last bound"),
    ],
)
def test_quantile(counts: tuple[int, ...], value: float | None) -> None:
    found = quantile(list(zip((0.1, 0.5, 1.0, math.inf), counts, strict=True)), 0.95)
    assert found == (None if value is None else pytest.approx(value))


def test_no_bucket_has_no_quantile() -> None:
    assert quantile([], 0.95) is None
