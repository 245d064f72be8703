"""Refit: the recipe that the gate judged, fitted again on all rows up to the cut-off.

A judged model never learns from the newest quarter of the rows: they calibrate and judge it. The refitted model learns
them too, and no row is left that it has not learned. So it is served with calibration, thresholds and rule floor of the
judged model, which come from rows that this one had not learned, and which the gate has judged.
"""

from collections.abc import Sequence
from dataclasses import replace

import msgspec
import numpy as np
import numpy.typing as npt

from scorer.model.lexicon import Document, Vocabulary
from scorer.model.model import Model
from scorer.release.manifest import Refit
from trainer.dataset.folds import Folds, known_rows
from trainer.dataset.merchant_priors import priors_at_cutoff
from trainer.dataset.synthetic import add_synthetic
from trainer.dataset.table import TrainingTable
from trainer.evaluation.evaluate import log_loss, top_label_ece
from trainer.evaluation.nonsense import fragments_threshold
from trainer.fit.fit_model import fit_model
from trainer.fit.out_of_fold import fallback_share, score_out_of_fold
from trainer.fit.trained import Refitted, Trained


def refit(
    trained: Trained,
    folds: Folds,
    known: TrainingTable,
    *,
    vocabulary: Vocabulary,
    documents: Sequence[Document],
    as_of: int,
    seed: int,
    synthetic: TrainingTable | None = None,
) -> Refitted:
    """Fit the recipe of ``trained`` on the ``known`` rows, all of those that were known at ``as_of``.

    ``as_of``, in seconds since 1970, freezes the merchant priors. ``synthetic`` rows are mixed in with the weight that
    the number of known rows leaves them.
    """
    learnt = known if synthetic is None else add_synthetic(known, synthetic)
    fitted = fit_model(
        learnt,
        vocabulary,
        documents,
        cut_off=as_of,
        seed=seed,
        past=trained.text_fit,
        past_text=trained.model.text,
    )
    held = score_out_of_fold(trained.model, folds, asked=trained.asked)
    probabilities = trained.model.calibration.apply(held.raw)
    model = replace(fitted.model, calibration=trained.model.calibration)
    thresholds = msgspec.structs.replace(
        trained.thresholds, fragments=fragments_threshold(model, folds.gate, seed=seed)
    )
    gate_from = folds.describe().gate.first_day
    newest = held.is_from(gate_from)
    return Refitted(
        model=model,
        booster_text=fitted.booster_text,
        trees_onnx=fitted.trees_onnx,
        thresholds=thresholds,
        out_of_fold=held,
        expected_fallback=fallback_share(held, probabilities, thresholds, since=gate_from),
        ece=top_label_ece(probabilities[newest], held.labels[newest]),
        log_loss=log_loss(probabilities, held.labels),
        learnt_log_loss=_learnt_log_loss(model, folds),
        gate_is_known=_known_when_it_began(folds, known),
    )


def with_refit(trained: Trained, refitted: Refitted, report: Refit) -> Trained:
    """Return what is written: the refitted model served beside the judged one, or the judged one alone if refused."""
    if not report.is_served:
        return replace(trained, refit_report=report)
    return replace(trained, refitted=refitted, refit_report=report)


def _learnt_log_loss(model: Model, folds: Folds) -> float:
    losses = [
        log_loss(model.calibration.apply(model.raw(part.descriptors, part.numeric)), part.labels) * len(part)
        for part in (folds.calibrate, folds.gate)
    ]
    return sum(losses) / (len(folds.calibrate) + len(folds.gate))


def _known_when_it_began(folds: Folds, known: TrainingTable) -> npt.NDArray[np.bool_]:
    """Return which rows of the gate fold are of merchants that had a history when the fold began."""
    gate_from = folds.boundaries.gate_from
    before = known_rows(known, as_of=gate_from)
    priors = priors_at_cutoff(before.keys, before.labels, observed_at=before.observed_at, cut_off=gate_from)
    return np.asarray(priors.look_up(folds.gate.keys)[1] > 0, dtype=np.bool_)
