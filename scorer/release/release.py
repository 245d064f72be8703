"""Release: one immutable directory of a trained model, read and checked before it may answer."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

import numpy as np

from schemas.events.overrides import NO_OVERRIDES, Override
from schemas.events.transaction import Transaction
from schemas.taxonomy import CATEGORIES, TAXONOMY_VERSION, Category
from schemas.text.descriptor import Descriptor
from scorer.errors import ReleaseError
from scorer.features.features import FEATURE_NAMES, FEATURE_VERSION
from scorer.model.arrays import describe_all
from scorer.model.calibration import Calibration
from scorer.model.gbm import Trees, load_trees
from scorer.model.known_words import KnownWords
from scorer.model.lexicon import Vocabulary
from scorer.model.merchant_priors import MerchantPriors
from scorer.model.model import Model, ModelAnswers, answer
from scorer.model.rule_floor import rule_floors
from scorer.model.text_model import TextModel
from scorer.model.thresholds import Thresholds
from scorer.release import golden
from scorer.release.drift_baseline import Reference
from scorer.release.manifest import (
    CALIBRATION,
    GOLDEN,
    KNOWN_WORDS,
    MANIFEST,
    PRIORS,
    REFERENCE,
    RELEASE_FORMAT,
    SERVED_FILES,
    TEXT,
    THRESHOLDS,
    TREES,
    VOCABULARY,
    Manifest,
    hash_of,
    read_manifest,
)

MAX_FAULTS: Final = 20
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Release:
    """A checked model with its thresholds; ``answer`` may be called from any thread."""

    manifest: Manifest
    model: Model
    thresholds: Thresholds
    reference: Reference | None = None
    golden: tuple[Transaction, ...] = ()  # the invented transactions that it was tried out on

    @property
    def version(self) -> str:
        """The model version, the name of its directory."""
        return self.manifest.model_version

    @property
    def gate_verdict(self) -> str:
        """PASS, REFUSED or INCONCLUSIVE, as the gate said when it was trained."""
        return self.manifest.gate.verdict

    @property
    def expected_fallback(self) -> float:
        """The share of the gate fold's rows that stayed below their threshold, from 0 to 1."""
        return self.manifest.expected_fallback

    def answer(
        self,
        transactions: Sequence[Transaction],
        descriptors: Sequence[Descriptor],
        *,
        overrides: Mapping[Category, Override] = NO_OVERRIDES,
    ) -> ModelAnswers:
        """Return the answers to a batch under ``overrides``; ``descriptors[i]`` describes ``transactions[i]``."""
        floors = rule_floors(self.thresholds.rule_floor, overrides)
        if not transactions:
            nothing = np.empty((0, len(CATEGORIES)))
            return answer(nothing, nothing, np.empty(0, dtype=np.uint8), floors)
        raw = self.model.score(transactions, descriptors)
        bars = self.thresholds.overridden(overrides).of_rows(raw.is_known, raw.evidence)
        return answer(self.model.calibration.apply(raw), bars, raw.evidence, floors)


def load_release(path: Path) -> Release:
    """Read and check the release in ``path``; raises ReleaseError naming every fault."""
    if not (path / MANIFEST).is_file():
        what = "it has no manifest.json" if path.is_dir() else "there is no such directory"
        raise ReleaseError(str(path), [what])
    files = {entry.name: entry.read_bytes() for entry in sorted(path.iterdir()) if entry.is_file()}
    return build_release(files, name=str(path), expected_version=path.name)


def build_release(files: Mapping[str, bytes], *, name: str, expected_version: str | None = None) -> Release:
    """Return the release that ``files`` (name to content) make; raises ReleaseError naming every fault.

    It is tried out on its golden rows. Whatever fails in between is a fault of the release, never of who reads it.
    """
    try:
        return _build(files, name=name, expected_version=expected_version)
    except ReleaseError:
        raise
    except Exception as error:
        raise ReleaseError(name, [f"it cannot be read or tried out ({type(error).__name__})"]) from error


def _build(files: Mapping[str, bytes], *, name: str, expected_version: str | None) -> Release:
    if MANIFEST not in files:
        raise ReleaseError(name, ["manifest.json: is missing"])
    try:
        manifest = read_manifest(files[MANIFEST])
    except ValueError as error:
        raise ReleaseError(name, [f"manifest.json: {error}"]) from error
    faults = manifest_faults(manifest, files, expected_version=expected_version)
    files = {file: content for file, content in files.items() if hash_of(content) == manifest.files.get(file)}
    text = _read(files, TEXT, TextModel.from_bytes, faults)
    known_words = _read(files, KNOWN_WORDS, KnownWords.from_bytes, faults)
    vocabulary = _read(files, VOCABULARY, Vocabulary.from_bytes, faults)
    priors = _read(files, PRIORS, MerchantPriors.from_bytes, faults)
    trees: Trees | None = _read(files, TREES, load_trees, faults)
    calibration = _read(files, CALIBRATION, Calibration.from_bytes, faults)
    thresholds = _read(files, THRESHOLDS, Thresholds.from_bytes, faults)
    rows = _read(files, GOLDEN, golden.from_bytes, faults)
    reference = _read(files, REFERENCE, Reference.from_bytes, faults)
    faults += number_faults(text, priors, calibration, thresholds) + fold_faults(manifest, calibration)
    if rows is not None and not rows:
        faults.append("golden.jsonl: holds no row")
    if text is None or known_words is None or vocabulary is None or priors is None or trees is None:
        raise ReleaseError(name, faults[:MAX_FAULTS])
    if calibration is None or thresholds is None or rows is None:
        raise ReleaseError(name, faults[:MAX_FAULTS])
    model = Model(text, known_words, vocabulary, priors, trees, calibration)
    if not faults and rows:
        faults += golden.find_differences(rows, model)
    if not faults and rows and reference is not None:
        faults += golden.find_faults_of_reference(rows, model, reference)
    if faults:
        raise ReleaseError(name, faults[:MAX_FAULTS])
    return Release(manifest, model, thresholds, reference, tuple(row.transaction for row in rows))


def manifest_faults(manifest: Manifest, files: Mapping[str, bytes], *, expected_version: str | None) -> list[str]:
    """Return what stands against the manifest: other names, versions or orders than ours, missing or changed files."""
    if manifest.release_format != RELEASE_FORMAT:
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
    for file in sorted({*SERVED_FILES, *manifest.files}):
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
    if calibration is not None and calibration.fitted_to >= folds.gate.first_day:
        found.append("calibration: was fitted on rows of the gate fold")
    return found


def _read(files: Mapping[str, bytes], name: str, read: Callable[[bytes], _T], faults: list[str]) -> _T | None:
    if name not in files:
        return None  # missing or changed, which has been said
    try:
        return read(files[name])
    except ValueError as error:
        faults.append(f"{name}: {error}")
        return None
