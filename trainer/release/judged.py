"""Judged: the model of a release that its gate judged, which is another than the served one after a refit."""

from collections.abc import Mapping

from scorer.errors import ReleaseError
from scorer.model.calibration import Calibration
from scorer.model.gbm import load_trees
from scorer.model.known_words import KnownWords
from scorer.model.merchant_priors import MerchantPriors
from scorer.model.model import Model
from scorer.model.text_model import TextModel
from scorer.model.thresholds import Thresholds
from scorer.release.manifest import (
    JUDGED_CALIBRATION,
    JUDGED_KNOWN_WORDS,
    JUDGED_PRIORS,
    JUDGED_TEXT,
    JUDGED_THRESHOLDS,
    JUDGED_TREES,
)
from scorer.release.release import Release
from scorer.release.release_faults import number_faults
from trainer.fit.trained import Trained


def judged_files(trained: Trained) -> dict[str, bytes]:
    """Return the judged model as the files that lie beside a refitted one; the vocabulary is the same."""
    model = trained.model
    return {
        JUDGED_TREES: trained.trees_onnx,
        JUDGED_TEXT: model.text.to_bytes(),
        JUDGED_KNOWN_WORDS: model.known_words.to_bytes(),
        JUDGED_PRIORS: model.priors.to_bytes(),
        JUDGED_CALIBRATION: model.calibration.to_bytes(),
        JUDGED_THRESHOLDS: trained.thresholds.to_bytes(),
    }


def judged_model(release: Release, files: Mapping[str, bytes]) -> Model:
    """Return the model that the gate judged; raises ReleaseError where its files are damaged.

    ``files`` are those of ``release``, whose hashes were checked. Only this model may be compared on rows up to the
    cut-off of the release: a refitted one has learned them.
    """
    if not release.manifest.is_refitted:
        return release.model
    try:
        model = Model(
            TextModel.from_bytes(files[JUDGED_TEXT]),
            KnownWords.from_bytes(files[JUDGED_KNOWN_WORDS]),
            release.model.vocabulary,
            MerchantPriors.from_bytes(files[JUDGED_PRIORS]),
            load_trees(files[JUDGED_TREES]),
            Calibration.from_bytes(files[JUDGED_CALIBRATION]),
        )
        thresholds = Thresholds.from_bytes(files[JUDGED_THRESHOLDS])
    except (ValueError, KeyError) as error:
        raise ReleaseError(release.version, [f"its judged model cannot be read: {error}"]) from error
    if faults := number_faults(model.text, model.priors, model.calibration, thresholds):
        raise ReleaseError(release.version, [f"judged model: {fault}" for fault in faults])
    return model
