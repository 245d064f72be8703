"""Calibrate: choose how raw scores become probabilities, by rows that each choice was not fitted on.

Four methods are tried: none, temperatures alone, isotonic knots alone, and both. A category has knots wherever they do
not raise the cross-fitted log-loss; of the methods the one of the least cross-fitted log-loss is taken, of equals the
simplest. Cross-fitting is by merchant: no row's probability has seen a label of its own merchant.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import Final, NamedTuple, Protocol
from zlib import crc32

import msgspec
import numpy as np
import numpy.typing as npt

from schemas.taxonomy import CATEGORIES
from scorer.model.calibration import Calibration, IsotonicMap, Probabilities, RawScores, normalise
from trainer.dataset.folds import day_of
from trainer.evaluation.evaluate import log_loss
from trainer.evaluation.merchants import MIN_MERCHANTS
from trainer.fit.choose_thresholds import MIN_UNKNOWN_ROWS

CROSS_FITS: Final = 5
MIN_POSITIVES: Final = 30  # of the fold, for knots
MIN_ROWS: Final = 100  # of merchants with a history, for a temperature
SHRINKAGE: Final = 200.0  # positives at which a category's isotonic map counts for half
_CLIP: Final = 1e-4  # no knot says never or always
_TEMPERATURES: Final = (0.2, 5.0)
_COUNT: Final = len(CATEGORIES)
_Labels = npt.NDArray[np.int64]


class LabelledRows(Protocol):
    """Rows in the order of their time: a training table has all that calibration asks of them, and more."""

    @property
    def labels(self) -> _Labels:
        """Category indices int64 [rows]."""

    @property
    def keys(self) -> tuple[str, ...]:
        """The merchant of each row."""

    @property
    def occurred_at(self) -> npt.NDArray[np.int64]:
        """Seconds since 1970, int64 [rows]."""

    def __len__(self) -> int: ...


class Method(StrEnum):
    """How raw scores become probabilities, the simplest first."""

    NONE = "none"
    TEMPERATURE = "temperature"
    ISOTONIC = "isotonic"
    BOTH = "temperature and isotonic"

    @property
    def has_temperature(self) -> bool:
        """Whether temperatures are fitted."""
        return self in (Method.TEMPERATURE, Method.BOTH)

    @property
    def has_isotonic(self) -> bool:
        """Whether categories may have knots."""
        return self in (Method.ISOTONIC, Method.BOTH)


class _Fits(NamedTuple):
    """Whether the whole fold has enough rows for temperatures: of merchants with a history, and of those without."""

    known: bool
    unknown: bool


class Trial(NamedTuple):
    """One method: its calibration, fitted on the whole fold, and the fold's cross-fitted probabilities."""

    method: Method
    calibration: Calibration
    cross_fitted: Probabilities


def calibrate(raw: RawScores, fold: LabelledRows) -> Trial:
    """Return the trial of the least cross-fitted log-loss, of equals the simplest."""
    labels = fold.labels
    return min(compare_methods(raw, fold), key=lambda trial: log_loss(trial.cross_fitted, labels))


def compare_methods(raw: RawScores, fold: LabelledRows) -> tuple[Trial, ...]:
    """Return every method's trial on the fold's raw scores, in the order of ``Method``."""
    first, last = day_of(fold.occurred_at[0]), day_of(fold.occurred_at[-1])
    merchants = np.array(fold.keys, dtype=np.str_)
    part = np.array([part_of(key) for key in fold.keys])
    # Decided by the whole fold, so that no cross-fit falls to the other side of a limit.
    fits = _Fits(
        known=int(raw.is_known.sum()) >= MIN_ROWS,
        unknown=int((~raw.is_known).sum()) >= MIN_UNKNOWN_ROWS
        and len(np.unique(merchants[~raw.is_known])) >= MIN_MERCHANTS,
    )
    trials = []
    for method in Method:
        scaled, mapped = _cross_fit(raw, fold.labels, part, method, fits)
        with_isotonic = _choose_isotonic(scaled, mapped, fold.labels) if method.has_isotonic else (False,) * _COUNT
        fitted = msgspec.structs.replace(
            _fit(raw, fold.labels, method, fits, with_isotonic=with_isotonic),
            method=method.value,
            fitted_rows=len(fold),
            fitted_from=first,
            fitted_to=last,
        )
        trials.append(Trial(method, fitted, normalise(np.where(np.array(with_isotonic), mapped, scaled))))
    return tuple(trials)


def part_of(key: str) -> int:
    """Return in which of the CROSS_FITS parts a merchant is."""
    return crc32(key.encode("utf-8", "surrogatepass")) % CROSS_FITS


def _cross_fit(
    raw: RawScores, labels: _Labels, part: npt.NDArray[np.int64], method: Method, fits: _Fits
) -> tuple[Probabilities, Probabilities]:
    """Return each row by what was fitted on the other folds: scaled only, and with every category's knots."""
    scaled = np.empty(raw.scores.shape, dtype=np.float64)
    mapped = np.empty_like(scaled)
    every = (method.has_isotonic,) * _COUNT
    for held in np.unique(part):
        is_held = part == held
        fitted = _fit(raw.rows(~is_held), labels[~is_held], method, fits, with_isotonic=every)
        scaled[is_held] = fitted.scale(raw.rows(is_held))
        for category, knots in enumerate(fitted.knots):
            share = scaled[is_held, category]
            mapped[is_held, category] = share if knots is None else knots.apply(share)
    return scaled, mapped


def _choose_isotonic(scaled: Probabilities, mapped: Probabilities, labels: _Labels) -> tuple[bool, ...]:
    """Return which categories have knots: each, in class order, where the cross-fitted log-loss is no worse for it."""
    with_isotonic = np.zeros(_COUNT, dtype=bool)
    least = log_loss(normalise(scaled.copy()), labels)
    for category in np.flatnonzero(np.bincount(labels, minlength=_COUNT) >= MIN_POSITIVES):
        with_isotonic[category] = True
        loss = log_loss(normalise(np.where(with_isotonic, mapped, scaled)), labels)
        with_isotonic[category] = loss <= least
        least = min(loss, least)
    return tuple(with_isotonic.tolist())


def _fit(raw: RawScores, labels: _Labels, method: Method, fits: _Fits, *, with_isotonic: Sequence[bool]) -> Calibration:
    scaling = Calibration.none()
    if method.has_temperature:
        known = _temperature(raw.rows(raw.is_known), labels[raw.is_known]) if fits.known else 1.0
        # Too few to be measured are not made surer than the model is: history says nothing of merchants without one.
        unknown = _temperature(raw.rows(~raw.is_known), labels[~raw.is_known]) if fits.unknown else max(1.0, known)
        scaling = Calibration(temperature=known, temperature_unknown=unknown)
    shares = scaling.scale(raw)
    knots = tuple(
        _isotonic_map(shares[:, category], labels == category) if has_isotonic else None
        for category, has_isotonic in enumerate(with_isotonic)
    )
    return msgspec.structs.replace(scaling, knots=knots)


def _temperature(raw: RawScores, labels: _Labels) -> float:
    """Return the temperature of the least log-loss, 1 for no rows."""
    if not len(labels):
        return 1.0

    from scipy.optimize import minimize_scalar  # noqa: PLC0415 - see _knots

    def loss(log_temperature: float) -> float:
        temperature = float(np.exp(log_temperature))
        return log_loss(Calibration(temperature=temperature, temperature_unknown=temperature).apply(raw), labels)

    found = minimize_scalar(loss, bounds=np.log(_TEMPERATURES), method="bounded", options={"xatol": 1e-4})
    return float(np.exp(found.x))


def _isotonic_map(shares: npt.NDArray[np.float64], truth: npt.NDArray[np.bool_]) -> IsotonicMap | None:
    """Return the isotonic map of one category, None where its rows rise nowhere."""
    from sklearn.isotonic import IsotonicRegression  # noqa: PLC0415 - takes seconds, and is not needed to refuse

    positives = int(truth.sum())
    isotonic = IsotonicRegression(y_min=_CLIP, y_max=1 - _CLIP, out_of_bounds="clip").fit(shares, truth)
    x, place = np.unique(isotonic.X_thresholds_, return_index=True)
    if len(x) < 2:
        return None
    y = np.maximum.accumulate(isotonic.y_thresholds_[place])
    return IsotonicMap(tuple(map(float, x)), tuple(map(float, y)), positives / (positives + SHRINKAGE))
