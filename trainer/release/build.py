"""Build: a trained model to the files of a release, checked by loading them before anybody may see them."""

from collections.abc import Mapping
from typing import Final

import numpy as np

from schemas.taxonomy import CATEGORIES, TAXONOMY_VERSION
from schemas.text.descriptor import build_descriptor
from scorer.errors import ReleaseError
from scorer.features.features import FEATURE_NAMES, FEATURE_VERSION, numerics
from scorer.model.arrays import describe_all
from scorer.release import golden
from scorer.release.manifest import (
    BOOSTER,
    CALIBRATION,
    CARD,
    CARD_PAGE,
    GOLDEN,
    KNOWN_WORDS,
    MANIFEST,
    PRIORS,
    REFERENCE,
    RELEASE_FORMAT,
    TEXT,
    THRESHOLDS,
    TREES,
    VOCABULARY,
    Manifest,
    hash_of,
)
from scorer.release.release import Release, build_release
from trainer.errors import ReleaseRefused
from trainer.evaluation.scored_fold import drift_baseline_of
from trainer.fit.gbm import MAX_RAW_SCORE, raw_scores
from trainer.fit.trained import Trained
from trainer.release.card.markdown import card_markdown
from trainer.release.card.page import card_page
from trainer.release.golden_rows import golden_transactions
from trainer.release.provenance import Provenance

MAX_GAP: Final = 1e-5  # between ONNX Runtime and LightGBM, in probability


def release_files(trained: Trained, provenance: Provenance) -> tuple[str, dict[str, bytes]]:
    """Return the model version and the content of every file of the release, ``manifest.json`` included.

    The version names the as-of minute and the content, so the same model has the same name. Raises ReleaseRefused where
    the trees diverged, ONNX Runtime and LightGBM disagree, or the files do not load.
    """
    transactions = golden_transactions()
    faults = _tree_faults(trained)
    if faults:
        raise ReleaseRefused(faults)
    model = trained.model
    files = {
        BOOSTER: trained.booster_text.encode(),
        TREES: trained.trees_onnx,
        TEXT: model.text.to_bytes(),
        KNOWN_WORDS: model.known_words.to_bytes(),
        VOCABULARY: model.vocabulary.to_bytes(),
        PRIORS: model.priors.to_bytes(),
        CALIBRATION: model.calibration.to_bytes(),
        THRESHOLDS: trained.thresholds.to_bytes(),
        GOLDEN: golden.to_bytes(golden.record(transactions, model)),
        REFERENCE: drift_baseline_of(trained.scored_fold).to_bytes(),
    }
    content = hash_of("".join(f"{name}:{hash_of(files[name])}\n" for name in sorted(files)).encode())
    minute = "".join(letter for letter in provenance.as_of[:16] if letter.isdigit())
    version = f"{minute}-{content[:10]}"
    files[CARD] = card_markdown(version, trained, provenance).encode()
    files[CARD_PAGE] = card_page(version, trained, provenance).encode()
    files[MANIFEST] = _manifest(version, trained, provenance, files).to_bytes()
    check_files(files, version=version)
    return version, files


def check_files(files: Mapping[str, bytes], *, version: str) -> Release:
    """Return the release that the files make; raises ReleaseRefused where a worker would not load it."""
    try:
        return build_release(files, name=version, expected_version=version)
    except ReleaseError as error:
        raise ReleaseRefused(error.faults) from error


def _manifest(version: str, trained: Trained, provenance: Provenance, files: Mapping[str, bytes]) -> Manifest:
    whole = trained.slices[0]
    metrics = {f"{slice_.name}: macro_f1": slice_.macro_f1 for slice_ in trained.slices}
    metrics |= {
        "macro_f1": whole.macro_f1,
        "accuracy": whole.accuracy,
        "coverage": whole.coverage,
        "served_precision": -1.0 if whole.served_precision is None else whole.served_precision,
        **trained.after,
        **{f"{name}_before": value for name, value in trained.before.items()},
    }
    return Manifest(
        model_version=version,
        release_format=RELEASE_FORMAT,
        taxonomy_version=TAXONOMY_VERSION,
        feature_version=FEATURE_VERSION,
        classes=tuple(category.value for category in CATEGORIES),
        features=FEATURE_NAMES,
        as_of=provenance.as_of,
        seed=provenance.seed,
        git_commit=provenance.git_commit,
        mart_fingerprint=provenance.mart_fingerprint,
        folds=provenance.folds,
        label_sources=dict(provenance.label_sources),
        metrics={name: round(value, 6) for name, value in metrics.items()},
        expected_fallback=round(1.0 - whole.coverage, 6),
        gate=trained.gate,
        forced=provenance.forced,
        bootstrap=provenance.bootstrap,
        files={name: hash_of(content) for name, content in sorted(files.items())},
        sizes={name: len(content) for name, content in sorted(files.items())},
        arrays={name: describe_all(content) for name, content in sorted(files.items()) if name.endswith(".npz")},
    )


def _tree_faults(trained: Trained) -> list[str]:
    """Return why the trees cannot be served: diverged, or not the same in ONNX Runtime as in LightGBM."""
    model, transactions = trained.model, golden_transactions()
    descriptors = [build_descriptor(transaction) for transaction in transactions]
    numeric = numerics(transactions, descriptors, mcc=model.vocabulary.mcc)
    features = model.features(descriptors, numeric)
    by_booster = features[:, : len(CATEGORIES)] + raw_scores(trained.booster_text, features)
    if not np.isfinite(by_booster).all() or np.abs(by_booster).max() > MAX_RAW_SCORE:
        return [f"the trees diverged: a raw score is outside -{MAX_RAW_SCORE:.0f} to {MAX_RAW_SCORE:.0f}"]
    by_onnx = model.raw(descriptors, numeric)
    other = by_onnx._replace(scores=by_booster.astype(np.float32))
    gap = float(np.abs(model.calibration.apply(by_onnx) - model.calibration.apply(other)).max())
    return [] if gap <= MAX_GAP else [f"ONNX Runtime and LightGBM differ by {gap:.2g}"]
