"""Verify refit: whether what is served of a refitted model comes from scores of rows that were not learned.

The release keeps the out-of-fold scores, so calibration, thresholds, rule floor and expected fallback are computed from
them again.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np

from schemas.taxonomy import CATEGORIES
from scorer.errors import ReleaseError
from scorer.model.calibration import Calibration
from scorer.model.threshold_setting import MUTED
from scorer.model.thresholds import Thresholds
from scorer.release.manifest import JUDGED_CALIBRATION, JUDGED_THRESHOLDS, OUT_OF_FOLD, FoldSummary, Manifest
from scorer.release.release import Release
from trainer.evaluation.rules_baseline import AskedRules
from trainer.fit.choose_rule_floor import floor_of
from trainer.fit.held_rows import HeldRows, held_rows
from trainer.fit.out_of_fold import OutOfFold, cross_fit_calibration, fallback_share
from trainer.fit.proven_thresholds import ProvenThresholds, prove_thresholds
from trainer.release.judged import judged_model

MAX_GAP: Final = 1e-3  # in probability: the search for a temperature may end elsewhere on another machine
MAX_SHARE_GAP: Final = 1e-3  # of the gate fold's rows


def refit_faults(release: Release, files: Mapping[str, bytes]) -> list[str]:
    """Return what stands against the refitted model of a release that loads; nothing where none is served."""
    manifest = release.manifest
    if manifest.refit is None or not manifest.is_refitted:
        return []
    try:
        judged_model(release, files)
        held = OutOfFold.from_bytes(files[OUT_OF_FOLD])
    except ReleaseError as error:
        return list(error.faults)
    except ValueError as error:
        return [f"{OUT_OF_FOLD}: {error}"]
    judged = Thresholds.from_bytes(files[JUDGED_THRESHOLDS])
    return [
        *_judged_faults(manifest, Calibration.from_bytes(files[JUDGED_CALIBRATION])),
        *_row_faults(manifest, held),
        *_calibration_faults(release, held, fragments=judged.fragments),
    ]


def _judged_faults(manifest: Manifest, calibration: Calibration) -> list[str]:
    if calibration.fitted_to >= manifest.folds.gate.first_day:
        return ["judged calibration: was fitted on rows of the gate fold"]
    return []


def _row_faults(manifest: Manifest, held: OutOfFold) -> list[str]:
    calibrate, gate = manifest.folds.calibrate, manifest.folds.gate
    if held.describe() != FoldSummary(calibrate.first_day, gate.last_day, calibrate.rows + gate.rows):
        return [f"{OUT_OF_FOLD}: holds other rows than the out-of-fold ones that the manifest names"]
    return []


def _calibration_faults(release: Release, held: OutOfFold, *, fragments: float) -> list[str]:
    manifest, served = release.manifest, release.thresholds
    gate_from = manifest.folds.gate.first_day
    calibrating = held.before(gate_from)
    if not len(calibrating):
        return [f"{OUT_OF_FOLD}: holds no row of the calibration fold"]
    crossed = cross_fit_calibration(calibrating)
    gap = float(np.abs(release.model.calibration.apply(held.raw) - crossed.calibration.apply(held.raw)).max())
    if not gap <= MAX_GAP:
        return [f"calibration: is not the one that the out-of-fold scores give, but differs by {gap:.2g}"]
    if served.confidence is None:
        return ["thresholds: an earlier version chose them, whose bounds do not hold; train a release again"]
    proving = held_rows(crossed.probabilities, calibrating, calibrating.raw)
    again = prove_thresholds(proving, fragments=fragments, target_precision=served.wanted_precision)
    others = _other_thresholds(served, again.thresholds)
    if others:
        return [f"thresholds: those of {', '.join(others)} are not what the out-of-fold scores give"]
    if floor := _floor_faults(served, again, proving, calibrating.asked):
        return floor
    share = fallback_share(held, release.model.calibration.apply(held.raw), served, since=gate_from)
    if not abs(share - manifest.expected_fallback) <= MAX_SHARE_GAP:
        stated = manifest.expected_fallback
        return [f"expected fallback {stated:.3f} is not the {share:.3f} that the out-of-fold scores give"]
    return []


def _floor_faults(
    served: Thresholds, again: ProvenThresholds, proving: HeldRows, asked: AskedRules | None
) -> list[str]:
    """Return whether the rule floor is another than the rules' answers to the calibration fold give."""
    if served.rule_floor is None:
        return []
    if asked is None or len(asked.categories) != len(proving.labels):
        return [f"{OUT_OF_FOLD}: holds no answers of the rules to the calibration fold, but there is a rule floor"]
    floor = floor_of(again, proving, served, asked, target_precision=served.wanted_precision)
    if floor.value == served.rule_floor.value:
        return []
    return [f"rule floor: {served.rule_floor.value} is not the {floor.value} that the out-of-fold scores give"]


def _other_thresholds(served: Thresholds, again: Thresholds) -> list[str]:
    """Return the categories whose threshold is another; the gate may have muted one."""
    found = []
    for category in CATEGORIES:
        there, here = served.by_category[category], again.by_category[category]
        values = ((there.value, here.value), (there.unknown or there.value, here.unknown or here.value))
        if any(value not in (own, MUTED) for value, own in values):
            found.append(category.value)
    return found
