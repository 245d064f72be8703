"""CBPE: how often answers will turn out right, by their own calibrated confidence, before any label.

The estimate of confidence-based performance estimation (CBPE, as NannyML describes it): the mean confidence of the best
category. It is as good as the calibration, so it stands beside its own error once labels have settled.
"""

from collections import deque
from collections.abc import Sequence
from typing import Final

WINDOW: Final = 5_000  # answers
MIN_ANSWERS: Final = 200  # below which nothing is said


class ExpectedAccuracy:
    """The mean confidence over the last ``WINDOW`` answers of one model, in whole batches."""

    def __init__(self) -> None:
        self._batches: deque[tuple[int, float]] = deque()
        self._rows = 0
        self._sum = 0.0

    def add(self, confidences: Sequence[float]) -> None:
        """Take in the confidences of one batch."""
        if not confidences:
            return
        self._batches.append((len(confidences), sum(confidences)))
        self._rows += len(confidences)
        self._sum += self._batches[-1][1]
        while self._rows - self._batches[0][0] >= WINDOW:
            rows, total = self._batches.popleft()
            self._rows -= rows
            self._sum -= total

    @property
    def value(self) -> float | None:
        """The expected share of right answers, None while there are too few."""
        return self._sum / self._rows if self._rows >= MIN_ANSWERS else None
