"""History: what a rollout would see, minute by minute, whatever share it stands at; recorded or invented."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.int64]
MINUTES_A_DAY = 1_440


@dataclass(frozen=True, slots=True)
class History:
    """Counts per minute as if everybody were in the arm that is looked at; a share thins them.

    ``asked`` [minutes, 5] is in the order of ``scorer.rollout.compute_rates.Asked``;
    ``latencies`` [minutes, bounds + 1] counts each bucket alone;
    ``signs`` [merchants, 2] holds the minute at which a merchant became evidence and its sign;
    ``opinions`` [minutes, 4] are users who were pleased and displeased by the canary, and the same by control.
    """

    transactions: Counts
    asked: Counts
    agree: Counts
    disagree: Counts
    scoring_failed: Counts
    bounds: tuple[float, ...]  # seconds
    latencies: Counts
    signs: Counts
    opinions: Counts
    served: Counts
    complaints: Counts
    users_a_day: float
    expected_fallback: float

    def first(self, minutes: int) -> "History":
        """Return the history's first minutes."""
        return replace(
            self,
            transactions=self.transactions[:minutes],
            asked=self.asked[:minutes],
            agree=self.agree[:minutes],
            disagree=self.disagree[:minutes],
            scoring_failed=self.scoring_failed[:minutes],
            latencies=self.latencies[:minutes],
            signs=self.signs[self.signs[:, 0] < minutes],
            opinions=self.opinions[:minutes],
            served=self.served[:minutes],
            complaints=self.complaints[:minutes],
        )

    @property
    def minutes(self) -> int:
        """How long it is."""
        return len(self.transactions)
