"""Release faults: what stands against a release, by its manifest, its arrays, its numbers and its folds."""

from collections.abc import Mapping

import numpy as np

from schemas.taxonomy import CATEGORIES, TAXONOMY_VERSION
from scorer.features.features import FEATURE_NAMES, FEATURE_VERSION
from scorer.model.arrays import describe_all
from scorer.model.calibration import Calibration
from scorer.model.merchant_priors import MerchantPriors
from scorer.model.text_model import TextModel
from scorer.model.thresholds import Thresholds
from scorer.release.manifest import (
    JUDGED_FILES,
    READABLE_FORMATS,
    RELEASE_FORMAT,
    SERVED_FILES,
    FoldSummary,
    Manifest,
    hash_of,
)


def manifest_faults(manifest: Manifest, files: Mapping[str, bytes], *, expected_version: str | None) -> list[str]:
    """Return what stands against the manifest: other names, versions or orders than ours, missing or changed files."""
    if manifest.release_format not in READABLE_FORMATS:
        return [f"release format {manifest.release_format} is not this program's {RELEASE_FORMAT}: train a new release"]
    found = []
    if expected_version is not None and manifest.model_version != expected_version:
        found.append(f"manifest.json: names version {manifest.model_version}, the directory is {expected_version}")
    if manifest.taxonomy_version != TAXONOMY_VERSION:
        found.append(f"taxonomy {manifest.taxonomy_version} is not this program's {TAXONOMY_VERSION}")
    if manifest.classes != tuple(category.value for category in CATEGORIES):
        found.append("class order differs from the taxonomy")
    if manifest.feature_version != FEATURE_VERSION or manifest.features != FEATURE_NAMES:
        found.append(f"features {manifest.feature_version} are not this program's {FEATURE_VERSION}")
    judged = JUDGED_FILES if manifest.is_refitted else ()
    for file in sorted({*SERVED_FILES, *judged, *manifest.files}):
        if file not in files:
            found.append(f"{file}: is missing")
        elif file not in manifest.files:
            found.append(f"{file}: the manifest has no hash of it")
        elif hash_of(files[file]) != manifest.files[file]:
            found.append(f"{file}: was changed after the release was written")
        elif len(files[file]) > manifest.sizes.get(file, len(files[file])):
            found.append(f"{file}: holds {len(files[file]):,} bytes, the manifest allows {manifest.sizes[file]:,}")
    return found + array_faults(manifest, files)


def array_faults(manifest: Manifest, files: Mapping[str, bytes]) -> list[str]:
    """Return where arrays have another dtype or shape than the manifest says; one without arrays says nothing."""
    found = []
    for file, arrays in manifest.arrays.items():
        try:
            there = describe_all(files[file]) if file in files else arrays
        except ValueError as error:
            found.append(f"{file}: {error}")
            continue
        found += [
            f"{file}: its array {name} is {there.get(name, 'missing')}, the manifest says {arrays.get(name, 'nothing')}"
            for name in sorted(arrays.keys() | there.keys())
            if there.get(name) != arrays.get(name)
        ]
    return found


def number_faults(
    text: TextModel | None,
    priors: MerchantPriors | None,
    calibration: Calibration | None,
    thresholds: Thresholds | None,
) -> list[str]:
    """Return which numbers, of what could be read, are not finite, not monotone or outside their range."""
    found = []
    if text is not None:
        if not all(np.isfinite(array).all() for array in (text.weights, text.idf, text.intercept)):
            found.append("text.npz: a weight is not finite")
        if text.intercept.size != 2 * len(CATEGORIES):
            found.append(f"text.npz: has {text.intercept.size} outputs, not {2 * len(CATEGORIES)}")
    if priors is not None:
        if not (np.isfinite(priors.shares).all() and np.isfinite(priors.support).all()):
            found.append("priors.npz: a share is not finite")
        elif (priors.shares < 0).any() or not np.allclose(priors.shares.sum(axis=1), 1.0, atol=1e-3):
            found.append("priors.npz: the shares of a merchant do not sum to 1")
    found += [] if calibration is None else calibration.faults()
    return found + ([] if thresholds is None else thresholds.faults())


def fold_faults(manifest: Manifest, calibration: Calibration | None) -> list[str]:
    """Return where the folds overlap: a gate that judges what was fitted on its own rows always passes."""
    folds, found = manifest.folds, []
    if not folds.train.last_day < folds.calibrate.first_day:
        found.append("the calibration fold begins before the train fold ends")
    if not folds.calibrate.last_day < folds.gate.first_day:
        found.append("the gate fold begins before the calibration fold ends")
    if calibration is None:
        return found
    refit = manifest.refit if manifest.is_refitted else None
    if refit is None:
        if calibration.fitted_to >= folds.gate.first_day:
            found.append("calibration: was fitted on rows of the gate fold")
        return found
    if not folds.train.last_day < refit.calibrated_on.first_day:
        found.append("refit: its out-of-fold rows begin before the train fold ends")
    fitted_on = FoldSummary(calibration.fitted_from, calibration.fitted_to, calibration.fitted_rows)
    if fitted_on != refit.calibrated_on:
        found.append("calibration: was fitted on other rows than the out-of-fold ones that the manifest names")
    return found
