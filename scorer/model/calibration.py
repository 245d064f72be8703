"""Calibration: raw scores to probabilities that mean what they say.

Temperature first, one for merchants with a history and one for those without, of which a model is too sure; then, for
the categories where it does not hurt, isotonic knots, shrunk toward the value that they are given.
"""

from typing import Annotated, Final, NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt
from msgspec import Meta, Struct

from schemas.taxonomy import CATEGORIES
from scorer.model.known_words import WordingEvidence

FLOOR: Final = 1e-6  # no category is ever impossible: a probability of 0 for the truth costs infinitely much
MIN_SUM: Final = 1e-3  # of a row after its knots; renormalising less than this would serve the floor's noise

Probabilities = npt.NDArray[np.float64]


class RawScores(NamedTuple):
    """What a model gives before calibration: float32 [rows, categories], and what it knows of each row.

    ``is_known`` says whether the merchant has a history, ``evidence`` what is known of the wording
    (``scorer.model.known_words.WordingEvidence`` as uint8).
    """

    scores: npt.NDArray[np.float32]
    is_known: npt.NDArray[np.bool_]
    evidence: npt.NDArray[np.uint8]

    def rows(self, kept: npt.NDArray[np.bool_]) -> "RawScores":
        """Return the rows of a mask."""
        return RawScores(self.scores[kept], self.is_known[kept], self.evidence[kept])


# A sure answer of each category, and one that knows nothing: what a calibration must not map to nothing.
_PROBES: Final = RawScores(
    np.vstack((10.0 * np.eye(len(CATEGORIES)), np.zeros(len(CATEGORIES)))).astype(np.float32),
    np.ones(len(CATEGORIES) + 1, dtype=bool),
    np.full(len(CATEGORIES) + 1, WordingEvidence.WORDS, dtype=np.uint8),
)


class IsotonicMap(Struct, frozen=True):
    """A monotone piecewise linear map of one category's probability, weighted against the value it is given."""

    x: tuple[float, ...]
    y: tuple[float, ...]
    weight: Annotated[float, Meta(ge=0.0, le=1.0)]

    def apply(self, share: Probabilities) -> Probabilities:
        """Return the mapped probabilities of one category, float64 [rows]; they are not renormalised."""
        return share + self.weight * (np.interp(share, self.x, self.y) - share)


class Calibration(Struct, frozen=True, kw_only=True):
    """``temperature`` divides raw scores; ``knots`` holds one map per category in class order, None where none.

    ``method`` names how it was chosen (``trainer.fit.calibrate.Method``), "" where nothing was fitted.
    """

    temperature: float
    temperature_unknown: float  # of merchants without a history
    knots: tuple[IsotonicMap | None, ...] = (None,) * len(CATEGORIES)
    method: str = ""
    fitted_rows: int = 0
    fitted_from: str = ""  # first and last day of the fold it was fitted on
    fitted_to: str = ""

    def apply(self, raw: RawScores) -> Probabilities:
        """Return probabilities float64 [rows, categories] of raw scores; each row sums to 1."""
        return normalise(self._mapped(raw))

    def scale(self, raw: RawScores) -> Probabilities:
        """Return probabilities float64 [rows, categories] by the temperatures alone, without knots or floor."""
        temperature = np.where(raw.is_known, self.temperature, self.temperature_unknown)
        scaled = raw.scores / temperature[:, None]
        scaled -= scaled.max(axis=1, keepdims=True)
        shares = np.exp(scaled, out=scaled)
        shares /= shares.sum(axis=1, keepdims=True)
        return shares

    def _mapped(self, raw: RawScores) -> Probabilities:
        """Return what temperature and knots make of raw scores, before floor and renormalisation."""
        shares = self.scale(raw)
        for category, knots in enumerate(self.knots):
            if knots is not None:
                shares[:, category] = knots.apply(shares[:, category])
        return shares

    def faults(self) -> list[str]:
        """Return what is wrong with the numbers, one line each."""
        found = []
        found += [
            f"calibration: temperature {temperature} is not above 0"
            for temperature in (self.temperature, self.temperature_unknown)
            if not (np.isfinite(temperature) and temperature > 0)
        ]
        if len(self.knots) != len(CATEGORIES):
            found.append(f"calibration: has {len(self.knots)} categories, the taxonomy {len(CATEGORIES)}")
        for category, knots in zip(CATEGORIES, self.knots, strict=False):
            if knots is not None and (fault := _fault(knots)) is not None:
                found.append(f"calibration: {category}: {fault}")
        if not found and self._mapped(_PROBES).sum(axis=1).min() < MIN_SUM:
            found.append("calibration: a row of probabilities sums to zero before it is renormalised")
        return found

    def to_bytes(self) -> bytes:
        """Return the calibration as JSON."""
        return msgspec.json.format(msgspec.json.encode(self), indent=1)

    @classmethod
    def none(cls) -> "Calibration":
        """Return the calibration that changes nothing."""
        return cls(temperature=1.0, temperature_unknown=1.0)

    @classmethod
    def from_bytes(cls, content: bytes) -> "Calibration":
        """Read JSON; raises msgspec.ValidationError (a ValueError) where it is something else."""
        return msgspec.json.decode(content, type=cls)


def normalise(shares: Probabilities) -> Probabilities:
    """Lift every share [rows, categories] to the floor and make each row sum to 1; writes into ``shares``."""
    np.maximum(shares, FLOOR, out=shares)
    shares /= shares.sum(axis=1, keepdims=True)
    return shares


def _fault(knots: IsotonicMap) -> str | None:
    if len(knots.x) != len(knots.y) or len(knots.x) < 2:
        return "its knots do not pair up"
    x, y = np.array(knots.x), np.array(knots.y)
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        return "a knot is not finite"
    if (np.diff(x) <= 0).any() or (np.diff(y) < 0).any():
        return "its knots do not rise"
    return "a knot leaves 0 to 1" if min(*x, *y) < 0 or max(*x, *y) > 1 else None
