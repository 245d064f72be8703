"""Release: one immutable directory of a trained model, read and checked before it may answer."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

import numpy as np

from schemas.events.overrides import NO_OVERRIDES, Override
from schemas.events.transaction import Transaction
from schemas.taxonomy import CATEGORIES, Category
from schemas.text.descriptor import Descriptor
from scorer.errors import ReleaseError
from scorer.model.calibration import Calibration
from scorer.model.gbm import Trees, load_trees
from scorer.model.known_words import KnownWords
from scorer.model.lexicon import Vocabulary
from scorer.model.merchant_priors import MerchantPriors
from scorer.model.model import Model, ModelAnswers, answer
from scorer.model.rule_floor import rule_floors
from scorer.model.text_model import TextModel
from scorer.model.thresholds import Thresholds
from scorer.model.wordings import WordingCache
from scorer.release import golden
from scorer.release.drift_baseline import Reference
from scorer.release.manifest import (
    CALIBRATION,
    GOLDEN,
    KNOWN_WORDS,
    MANIFEST,
    PRIORS,
    REFERENCE,
    TEXT,
    THRESHOLDS,
    TREES,
    VOCABULARY,
    Manifest,
    hash_of,
    read_manifest,
)
from scorer.release.release_faults import fold_faults, manifest_faults, number_faults

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
    faults += [] if reference is None else reference.faults()
    if rows is not None and not rows:
        faults.append("golden.jsonl: holds no row")
    if text is None or known_words is None or vocabulary is None or priors is None or trees is None:
        raise ReleaseError(name, faults[:MAX_FAULTS])
    if calibration is None or thresholds is None or rows is None:
        raise ReleaseError(name, faults[:MAX_FAULTS])
    model = Model(text, known_words, vocabulary, priors, trees, calibration, WordingCache())
    if not faults and rows:
        faults += golden.find_differences(rows, model)
    if not faults and rows and reference is not None:
        faults += golden.find_faults_of_reference(rows, model, reference)
    if faults:
        raise ReleaseError(name, faults[:MAX_FAULTS])
    return Release(manifest, model, thresholds, reference, tuple(row.transaction for row in rows))


def _read(files: Mapping[str, bytes], name: str, read: Callable[[bytes], _T], faults: list[str]) -> _T | None:
    if name not in files:
        return None  # missing or changed, which has been said
    try:
        return read(files[name])
    except ValueError as error:
        faults.append(f"{name}: {error}")
        return None
