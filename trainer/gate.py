"""Gate: whether a model is good enough to be served, on the gate fold only, with every reason."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

from schemas.taxonomy import Category
from scorer.manifest import Gate
from scorer.thresholds import MUTED, Threshold, Thresholds
from trainer.evaluate import View
from trainer.mode import Mode

LOWEST_MACRO_F1: Final = 0.72
LOWEST_CATEGORY_F1: Final = 0.60
LARGEST_ECE: Final = 0.05
ECE_ROWS: Final = 5_000  # a perfect calibrator shows .037 on 500 rows
SUPPORT: Final = 50.0  # effective rows from which a category is judged
FEWEST_EFFECTIVE_ROWS: Final = 200.0
LARGEST_LOSS: Final = 0.01  # of macro-F1 against the champion
BOOTSTRAPS: Final = 200


class Verdict(StrEnum):
    """The gate's word."""

    PASS = "PASS"  # noqa: S105
    REFUSED = "REFUSED"
    INCONCLUSIVE = "INCONCLUSIVE"


@dataclass(frozen=True, slots=True)
class Rivalry:
    """The difference of macro-F1, new model minus champion, with its lower bound at 95 %."""

    champion: str
    difference: float
    lower_bound: float


def judge(view: View, *, mode: Mode, rivalry: Rivalry | None = None, calibration: str | None = None) -> Gate:
    """Return the verdict on the view of the whole gate fold; ``calibration`` says how it worsened, if it did."""
    refusals, unknowns, muted = [], [], []
    effective = view.rows / view.design_effect
    if effective < FEWEST_EFFECTIVE_ROWS:
        unknowns.append(
            f"{view.rows} rows are worth {effective:.0f} independent ones, {FEWEST_EFFECTIVE_ROWS:.0f} are needed"
        )
    if not any(report.effective >= SUPPORT for report in view.categories):
        unknowns.append(f"no category has {SUPPORT:.0f} effective rows")
    unknowns += [] if calibration is None else [calibration]
    if view.macro_f1 < LOWEST_MACRO_F1:
        refusals.append(f"macro-F1 {view.macro_f1:.3f} is below {LOWEST_MACRO_F1}")
    for report in view.categories:
        if report.effective < SUPPORT or report.f1 >= LOWEST_CATEGORY_F1:
            continue
        if mode is Mode.MUTE:
            muted.append(report.category)
        else:
            refusals.append(
                f"{report.category}: F1 {report.f1:.3f} is below {LOWEST_CATEGORY_F1} ({report.support} rows)"
            )
    if view.rows >= ECE_ROWS and view.ece > LARGEST_ECE:
        refusals.append(f"calibration error {view.ece:.3f} is above {LARGEST_ECE}")
    if rivalry is not None and rivalry.lower_bound <= -LARGEST_LOSS:
        refusals.append(
            f"macro-F1 may be {-rivalry.lower_bound:.3f} below champion {rivalry.champion}, {LARGEST_LOSS} is allowed"
        )
    verdict = Verdict.REFUSED if refusals else Verdict.INCONCLUSIVE if unknowns else Verdict.PASS
    notes = [f"{category} is muted: its F1 is below {LOWEST_CATEGORY_F1}" for category in muted]
    return Gate(verdict.value, mode.value, (*refusals, *unknowns, *notes), tuple(muted))


def mute(thresholds: Thresholds, gate: Gate) -> Thresholds:
    """Return the thresholds with the gate's muted categories out of reach."""
    bars = dict(thresholds.by_category)
    for name in gate.muted:
        bars[Category(name)] = Threshold(value=MUTED, note="muted by the gate")
    return msgspec.structs.replace(thresholds, by_category=bars)


def compare(
    name: str,
    *,
    champion: npt.NDArray[np.int64],
    best: npt.NDArray[np.int64],
    labels: npt.NDArray[np.int64],
    keys: tuple[str, ...],
    seed: int,
) -> Rivalry:
    """Compare two models' answers on the same rows by a paired bootstrap over merchants."""
    count = int(labels.max()) + 1
    merchants, merchant = np.unique(np.array(keys, dtype=np.str_), return_inverse=True)
    generator = np.random.default_rng(seed)
    differences = np.empty(BOOTSTRAPS)
    for number in range(BOOTSTRAPS):
        drawn = np.bincount(generator.integers(len(merchants), size=len(merchants)), minlength=len(merchants))
        weight = drawn[merchant].astype(np.float64)
        differences[number] = _macro_f1(best, labels, weight, count) - _macro_f1(champion, labels, weight, count)
    whole = np.ones(len(labels))
    difference = _macro_f1(best, labels, whole, count) - _macro_f1(champion, labels, whole, count)
    return Rivalry(name, difference, float(np.quantile(differences, 0.05)))


def _macro_f1(
    best: npt.NDArray[np.int64], labels: npt.NDArray[np.int64], weight: npt.NDArray[np.float64], count: int
) -> float:
    size = max(count, int(best.max()) + 1)
    hits = np.bincount(labels[best == labels], weights=weight[best == labels], minlength=size)
    named, true = np.bincount(best, weights=weight, minlength=size), np.bincount(labels, weights=weight, minlength=size)
    there = true > 0
    return float((2 * hits[there] / (named + true)[there]).mean())
