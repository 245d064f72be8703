"""Out of fold: scores of rows by the judged model, which had not learned them.

They are those of the calibration fold, which calibrates, and of the gate fold; both are later than all that it learned.
The release keeps them, so that whoever verifies it can compute its calibration and its thresholds again.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from schemas.taxonomy import CATEGORIES
from scorer.model.arrays import Arrays, pack, unpack_as
from scorer.model.calibration import Calibration, Probabilities, RawScores
from scorer.model.model import Model
from scorer.model.thresholds import Thresholds
from scorer.release.manifest import FoldSummary
from trainer.dataset.folds import Folds, day_of
from trainer.evaluation.rules_baseline import NO_ANSWER, AskedRules
from trainer.fit.calibrate import calibrate

_KINDS = {
    "scores": ("float32", 2),
    "is_known": ("bool", 1),
    "evidence": ("uint8", 1),
    "labels": ("int64", 1),
    "keys": ("str", 1),
    "occurred_at": ("int64", 1),
}
_ASKED = {"rules": ("int64", 1), "is_override": ("bool", 1), "is_counted": ("bool", 1)}  # where the rules were asked


@dataclass(frozen=True, slots=True)
class OutOfFold:
    """Raw scores of rows in the order of their time, with label (category index), merchant key and time of each.

    ``occurred_at`` is in seconds since 1970. ``asked`` is what the rules answered to the first rows, those of the
    calibration fold; None where they were not asked, and in a release of an earlier version.
    """

    raw: RawScores
    labels: npt.NDArray[np.int64]
    keys: tuple[str, ...]
    occurred_at: npt.NDArray[np.int64]
    asked: AskedRules | None = None

    def __len__(self) -> int:
        return len(self.labels)

    def describe(self) -> FoldSummary:
        """Return first day, last day and number of the rows."""
        return FoldSummary(day_of(self.occurred_at[0]), day_of(self.occurred_at[-1]), len(self))

    def is_from(self, day: str) -> npt.NDArray[np.bool_]:
        """Return which rows happened on the day, as ``FoldSummary`` writes it, or later."""
        return np.asarray(self.occurred_at >= np.datetime64(day, "s").astype(np.int64), dtype=np.bool_)

    def before(self, day: str) -> "OutOfFold":
        """Return the rows that happened before the day."""
        kept = ~self.is_from(day)
        keys = tuple(key for key, is_kept in zip(self.keys, kept.tolist(), strict=True) if is_kept)
        scores, is_known, evidence = self.raw
        raw = RawScores(scores[kept], is_known[kept], evidence[kept])
        return OutOfFold(raw, self.labels[kept], keys, self.occurred_at[kept], self.asked)

    def to_bytes(self) -> bytes:
        """Return the rows as npz."""
        scores, is_known, evidence = self.raw
        asked: Arrays = {}
        if self.asked is not None:
            rules, is_override, is_counted = self.asked
            asked = {"rules": rules, "is_override": is_override, "is_counted": is_counted}
        return pack(
            scores=scores,
            is_known=is_known,
            evidence=evidence,
            labels=self.labels,
            keys=np.array(self.keys, dtype=np.str_),
            occurred_at=self.occurred_at,
            **asked,
        )

    @classmethod
    def from_bytes(cls, content: bytes) -> "OutOfFold":
        """Read what ``to_bytes`` wrote; raises ValueError where it is something else."""
        arrays = unpack_as(content, _KINDS)
        asked = _asked(unpack_as(content, _KINDS | _ASKED)) if "rules" in arrays else None
        rows = len(arrays["labels"])
        shapes = {name: array.shape for name, array in arrays.items()}
        if not rows or any(shape[0] != rows for name, shape in shapes.items() if name in _KINDS):
            raise ValueError("its arrays do not fit together")
        labels = arrays["labels"].astype(np.int64)
        if shapes["scores"] != (rows, len(CATEGORIES)) or labels.min() < 0 or labels.max() >= len(CATEGORIES):
            raise ValueError("its scores or labels are of another taxonomy")
        raw = RawScores(
            arrays["scores"].astype(np.float32),
            arrays["is_known"].astype(np.bool_),
            arrays["evidence"].astype(np.uint8),
        )
        keys = tuple(map(str, arrays["keys"].tolist()))
        return cls(raw, labels, keys, arrays["occurred_at"].astype(np.int64), asked)


@dataclass(frozen=True, slots=True)
class CrossFitted:
    """What out-of-fold scores give: a calibration of all rows, and the rows' own probabilities cross-fitted."""

    calibration: Calibration
    probabilities: Probabilities


def score_out_of_fold(model: Model, folds: Folds, *, asked: AskedRules | None) -> OutOfFold:
    """Return the scores of the calibration fold and of the gate fold by ``model``, which learned the train fold.

    ``asked`` is what the rules answered to the calibration fold.
    """
    parts = (folds.calibrate, folds.gate)
    scored = [model.raw(part.descriptors, part.numeric) for part in parts]
    return OutOfFold(
        raw=RawScores(*map(np.concatenate, zip(*scored, strict=True))),
        labels=np.concatenate([part.labels for part in parts]),
        keys=tuple(key for part in parts for key in part.keys),
        occurred_at=np.concatenate([part.occurred_at for part in parts]),
        asked=asked,
    )


def cross_fit_calibration(held: OutOfFold) -> CrossFitted:
    """Return the calibration of the least cross-fitted log-loss; no row's probability has seen its own merchant."""
    trial = calibrate(held.raw, held)
    return CrossFitted(trial.calibration, trial.cross_fitted)


def fallback_share(held: OutOfFold, probabilities: Probabilities, thresholds: Thresholds, *, since: str) -> float:
    """Return the share of the rows from the day ``since`` on whose best category stays below its threshold."""
    best = probabilities.argmax(axis=1)
    there = (np.arange(len(best)), best)
    below = probabilities[there] < thresholds.of_rows(held.raw.is_known, held.raw.evidence)[there]
    return float(below[held.is_from(since)].mean())


def _asked(arrays: Arrays) -> AskedRules:
    """Return the rules' answers of a file; raises ValueError where they do not fit together."""
    rules = arrays["rules"].astype(np.int64)
    is_override, is_counted = (arrays[name].astype(np.bool_) for name in ("is_override", "is_counted"))
    fits = len(rules) == len(is_override) == len(is_counted)
    if not fits or not ((rules >= NO_ANSWER) & (rules < len(CATEGORIES))).all():
        raise ValueError("its answers of the rules are of another taxonomy, or do not fit together")
    return AskedRules(rules, is_override, is_counted)
