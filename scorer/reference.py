"""Reference: what a release was judged on, kept in it, so that a worker can tell when the world has moved on."""

from typing import Final

import msgspec
import numpy as np
from msgspec import Struct

from scorer.drift import Counts, Histogram, Rows, count, psi, psi_bar

FEWEST: Final = 200  # transactions below which a window says nothing


class Reference(Struct, frozen=True, kw_only=True):
    """The gate fold in histograms by feature; ``design_effect`` is how many of its rows are worth one."""

    rows: int
    design_effect: float
    histograms: dict[str, Histogram]

    def to_bytes(self) -> bytes:
        """Return the reference as JSON."""
        return msgspec.json.format(msgspec.json.encode(self), indent=1)

    @classmethod
    def from_bytes(cls, content: bytes) -> "Reference":
        """Read JSON; raises msgspec.ValidationError (a ValueError) where it is something else."""
        return msgspec.json.decode(content, type=cls)

    def count(self, rows: Rows) -> dict[str, Counts]:
        """Return how many rows fall into each bin of each feature."""
        return count(self.histograms, rows)

    def drift(self, window: dict[str, Counts]) -> dict[str, tuple[float, float]]:
        """Return PSI and its bar by feature; empty where the window holds too few rows to tell."""
        found = {}
        for name, counts in window.items():
            if counts.sum() < FEWEST:
                continue
            reference = np.array(self.histograms[name].counts)
            found[name] = (psi(reference, counts), psi_bar(reference, counts, design_effect=self.design_effect))
        return found
