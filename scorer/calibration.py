"""Calibration: raw scores to probabilities that mean what they say.

Temperature first; where the fold allowed it, isotonic knots per category, shrunk toward the temperature-scaled value.
"""

from typing import Annotated, Final

import msgspec
import numpy as np
import numpy.typing as npt
from msgspec import Meta, Struct

from schemas.taxonomy import CATEGORIES

FLOOR: Final = 1e-6  # no category is ever impossible: a probability of 0 for the truth costs infinitely much

Probabilities = npt.NDArray[np.float64]


class Knots(Struct, frozen=True):
    """A monotone piecewise linear map of one category's probability, weighted against the value it is given."""

    x: tuple[float, ...]
    y: tuple[float, ...]
    weight: Annotated[float, Meta(ge=0.0, le=1.0)]


class Calibration(Struct, frozen=True, kw_only=True):
    """``temperature`` divides raw scores; ``knots`` holds one map per category in class order, None where none."""

    temperature: float
    knots: tuple[Knots | None, ...] = (None,) * len(CATEGORIES)
    fitted_rows: int = 0
    fitted_from: str = ""  # first and last day of the fold it was fitted on
    fitted_to: str = ""

    def apply(self, raw: npt.NDArray[np.float32]) -> Probabilities:
        """Return probabilities float64 [rows, categories] of raw scores; each row sums to 1."""
        scaled = raw.astype(np.float64) / self.temperature
        scaled -= scaled.max(axis=1, keepdims=True)
        shares = np.exp(scaled, out=scaled)
        shares /= shares.sum(axis=1, keepdims=True)
        for category, knots in enumerate(self.knots):
            if knots is not None:
                mapped = np.interp(shares[:, category], knots.x, knots.y)
                shares[:, category] += knots.weight * (mapped - shares[:, category])
        np.maximum(shares, FLOOR, out=shares)
        shares /= shares.sum(axis=1, keepdims=True)
        return shares

    def faults(self) -> list[str]:
        """Return what is wrong with the numbers, one line each."""
        found = []
        if not (np.isfinite(self.temperature) and self.temperature > 0):
            found.append(f"calibration: temperature {self.temperature} is not above 0")
        if len(self.knots) != len(CATEGORIES):
            found.append(f"calibration: has {len(self.knots)} categories, the taxonomy {len(CATEGORIES)}")
        for category, knots in zip(CATEGORIES, self.knots, strict=False):
            if knots is not None and (fault := _fault(knots)) is not None:
                found.append(f"calibration: {category}: {fault}")
        return found

    def to_bytes(self) -> bytes:
        """Return the calibration as JSON."""
        return msgspec.json.format(msgspec.json.encode(self), indent=1)

    @classmethod
    def from_bytes(cls, content: bytes) -> "Calibration":
        """Read JSON; raises msgspec.ValidationError (a ValueError) where it is something else."""
        return msgspec.json.decode(content, type=cls)


def _fault(knots: Knots) -> str | None:
    if len(knots.x) != len(knots.y) or len(knots.x) < 2:
        return "its knots do not pair up"
    x, y = np.array(knots.x), np.array(knots.y)
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        return "a knot is not finite"
    if (np.diff(x) <= 0).any() or (np.diff(y) < 0).any():
        return "its knots do not rise"
    return "a knot leaves 0 to 1" if min(*x, *y) < 0 or max(*x, *y) > 1 else None
