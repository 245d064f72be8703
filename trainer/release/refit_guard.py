"""Refit guard: says of a refitted model whether it may be served in place of the judged one.

The gate judged the recipe, not this model, and no row is left that it has not learned. What can be seen without one:
its trees are sane, it answers the golden rows about as the judged model does, it is no worse on rows that it learned
than the judged model, which had not learned them, and the probabilities that it was calibrated by mean what they say.
"""

from typing import Final

import numpy as np

from schemas.text.descriptor import build_descriptor
from scorer.features.features import numerics
from scorer.model.calibration import Probabilities
from scorer.model.model import Model
from scorer.release.manifest import FoldSummary, Refit
from trainer.dataset.folds import summary_of
from trainer.dataset.table import TrainingTable
from trainer.evaluation.gate import ECE_ROWS, MAX_ECE
from trainer.fit.trained import Refitted, Trained
from trainer.release.golden_rows import golden_transactions
from trainer.release.tree_faults import tree_faults

MAX_GOLDEN_DISTANCE: Final = 0.35  # docs/EXPERIMENTS.md has what sound refits and broken ones measure
MAX_LEARNT_EXCESS: Final = 0.01  # nats: where both models are sure and right, the difference is noise


def check_refit(trained: Trained, refitted: Refitted, known: TrainingTable) -> Refit:
    """Return what the manifest says of a refit on the ``known`` rows; ``refused`` names every fault."""
    distance = _golden_distance(trained.model, refitted.model)
    newest = trained.slices[0].rows
    calibration = trained.model.calibration
    refused = tree_faults(refitted.model, refitted.booster_text)
    if not distance <= MAX_GOLDEN_DISTANCE:
        refused.append(
            f"its answers to the golden rows are {distance:.2f} from the judged model's, at most "
            f"{MAX_GOLDEN_DISTANCE} is allowed"
        )
    if not refitted.learnt_log_loss <= refitted.log_loss + MAX_LEARNT_EXCESS:
        refused.append(
            f"log-loss {refitted.learnt_log_loss:.3f} on rows that it learned, the judged model has "
            f"{refitted.log_loss:.3f} and did not learn them"
        )
    if newest >= ECE_ROWS and not refitted.ece <= MAX_ECE:
        refused.append(f"calibration error {refitted.ece:.3f} on {newest:,} out-of-fold rows is above {MAX_ECE}")
    return Refit(
        rows=summary_of(known),
        calibrated_on=FoldSummary(calibration.fitted_from, calibration.fitted_to, calibration.fitted_rows),
        ece=round(refitted.ece, 6),
        golden_distance=round(distance, 6),
        refused=tuple(refused),
    )


def _golden_distance(one: Model, other: Model) -> float:
    """Return the mean total variation distance of two models' answers to the golden rows, from 0 to 1."""
    ours, theirs = _golden_answers(one), _golden_answers(other)
    return float(0.5 * np.abs(ours - theirs).sum(axis=1).mean())


def _golden_answers(model: Model) -> Probabilities:
    transactions = golden_transactions()
    descriptors = [build_descriptor(transaction) for transaction in transactions]
    return model.calibration.apply(
        model.raw(descriptors, numerics(transactions, descriptors, mcc=model.vocabulary.mcc))
    )
