"""Build: a trained model to the files of a release, checked by loading them before anybody may see them."""

from collections.abc import Mapping
from dataclasses import replace

from schemas.taxonomy import CATEGORIES, TAXONOMY_VERSION
from scorer.errors import ReleaseError
from scorer.features.features import FEATURE_NAMES, FEATURE_VERSION
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
    OUT_OF_FOLD,
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
)
from scorer.release.release import Release, build_release
from trainer.errors import ReleaseRefused
from trainer.evaluation.scored_fold import ScoredFold, drift_baseline_of
from trainer.evaluation.served import MEASURES
from trainer.fit.trained import Refitted, Trained
from trainer.release.card.markdown import card_markdown
from trainer.release.card.page import card_page
from trainer.release.golden_rows import golden_transactions
from trainer.release.judged import judged_files
from trainer.release.provenance import Provenance
from trainer.release.tree_faults import tree_faults


def release_files(trained: Trained, provenance: Provenance) -> tuple[str, dict[str, bytes]]:
    """Return the model version and the content of every file of the release, ``manifest.json`` included.

    The version names the as-of minute and the content, so the same model has the same name. Raises ReleaseRefused where
    the trees diverged, ONNX Runtime and LightGBM disagree, or the files do not load.
    """
    served = trained.refitted or trained
    model = served.model
    faults = tree_faults(model, served.booster_text)
    if faults:
        raise ReleaseRefused(faults)
    files = {
        BOOSTER: served.booster_text.encode(),
        TREES: served.trees_onnx,
        TEXT: model.text.to_bytes(),
        KNOWN_WORDS: model.known_words.to_bytes(),
        VOCABULARY: model.vocabulary.to_bytes(),
        PRIORS: model.priors.to_bytes(),
        CALIBRATION: model.calibration.to_bytes(),
        THRESHOLDS: served.thresholds.to_bytes(),
        GOLDEN: golden.to_bytes(golden.record(golden_transactions(), model)),
        REFERENCE: drift_baseline_of(_fold_as_served(trained)).to_bytes(),
    }
    if trained.refitted is not None:
        files |= judged_files(trained) | {OUT_OF_FOLD: trained.refitted.out_of_fold.to_bytes()}
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
    metrics |= {
        f"{one.source}: {name}": value
        for one in trained.served
        for name, value in zip(MEASURES, (one.share, one.precision, one.low, one.high), strict=True)
        if value is not None
    }
    metrics |= {f"coverage {one.name}": one.coverage for one in trained.more_labels}
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
        refit=trained.refit_report,
        label_sources=dict(provenance.label_sources),
        metrics={name: round(value, 6) for name, value in metrics.items()},
        expected_fallback=round(_expected_fallback(trained), 6),
        gate=trained.gate,
        forced=provenance.forced,
        bootstrap=provenance.bootstrap,
        files={name: hash_of(content) for name, content in sorted(files.items())},
        sizes={name: len(content) for name, content in sorted(files.items())},
        arrays={name: describe_all(content) for name, content in sorted(files.items()) if _is_loaded_array(name)},
    )


def _expected_fallback(trained: Trained) -> float:
    refitted: Refitted | None = trained.refitted
    return 1.0 - trained.slices[0].coverage if refitted is None else refitted.expected_fallback


def _fold_as_served(trained: Trained) -> ScoredFold:
    """Return the gate fold with the merchants that a model of its first day would know: the served one is as fresh."""
    refitted = trained.refitted
    return trained.scored_fold if refitted is None else replace(trained.scored_fold, is_known=refitted.gate_is_known)


def _is_loaded_array(name: str) -> bool:
    """Return whether workers load the file and so check its arrays; what only a training reads is checked there."""
    return name in SERVED_FILES and name.endswith(".npz")
