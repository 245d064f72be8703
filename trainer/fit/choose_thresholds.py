"""Choose thresholds: for each category the lowest threshold at which its answers are proven to be precise enough.

Each category has tests of its own (``trainer.fit.fixed_sequence``). Those that prove nothing share one threshold that
their answers prove together; where that proves nothing either, or a category's own answers are less precise there than
wanted, the category is muted. Merchants without a history are judged by themselves first, all categories together: what
history makes right would otherwise vouch for answers that have none. Where they are too few, or prove nothing, none of
their answers is accepted.
"""

from collections.abc import Sequence
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

from schemas.taxonomy import CATEGORIES
from scorer.model.threshold_setting import MUTED
from scorer.model.thresholds import Threshold, Thresholds, lowest_bars
from trainer.evaluation.merchants import MIN_MERCHANTS, design_effect, number
from trainer.fit.fixed_sequence import FixedSequence, Proof, lowest_proven, sequence_of
from trainer.fit.precision_bound import AnswerCounts, GradedAnswers

TARGET_PRECISION: Final = 0.90
CONFIDENCE: Final = 0.90  # of each bound, one-sided; what it costs is in docs/EXPERIMENTS.md
MIN_UNKNOWN_ROWS: Final = 100  # of merchants without a history, to be judged by themselves
SHARES: Final = "proves nothing alone: shares the threshold that such categories prove together"
REFUTED: Final = "proves nothing alone, and from the shared threshold on it is less precise than wanted"
UNPROVEN: Final = "nothing proves a threshold"
_Floats = npt.NDArray[np.float64]
_Ints = npt.NDArray[np.int64]
_Mask = npt.NDArray[np.bool_]


def choose_thresholds(
    shares: _Floats,
    labels: _Ints,
    keys: Sequence[str] | _Ints,
    *,
    is_known: _Mask,
    evidence: npt.NDArray[np.uint8],
    fragments: float = MUTED,
    target_precision: float = TARGET_PRECISION,
    labels_times: float = 1.0,
) -> Thresholds:
    """Return the thresholds from cross-fitted probabilities [rows, categories] of the calibration fold.

    ``keys`` name each row's merchant, or number it. ``is_known`` says which merchants have a history; those without
    need the threshold of all of them, too. ``evidence`` says what is known of each wording: without any it is never
    served, by fragments of words from ``fragments`` on. With ``labels_times`` as many labels, as right as these, the
    thresholds would be these; infinitely many take what was measured for proven.
    """
    best = shares.argmax(axis=1)
    merchant = keys if isinstance(keys, np.ndarray) else number(keys)[1]
    answers = GradedAnswers(shares[np.arange(len(best)), best], best == labels, merchant, best)
    may_answer = answers.confidence >= lowest_bars(fragments)[evidence]
    tests = sequence_of(answers.rows(may_answer), level=CONFIDENCE, target=target_precision, labels=labels_times)
    unknown = _of_unknown(answers.rows(may_answer & ~is_known), tests)
    servable = answers.rows(may_answer & (is_known | (answers.confidence >= unknown.value)))
    named = [servable.rows(servable.category == index) for index in range(len(CATEGORIES))]
    own = [lowest_proven(one, tests) if len(one) else None for one in named]
    rest = servable.rows(np.array([proof is None for proof in own])[servable.category])
    shared = lowest_proven(rest, tests)
    by_category = {}
    for category, one, proof in zip(CATEGORIES, named, own, strict=True):
        threshold = _share(one, shared, tests) if proof is None else proven(proof)
        if threshold.value < unknown.value:
            threshold = msgspec.structs.replace(threshold, unknown=unknown.value)
        by_category[category] = threshold
    effects = [design_effect(one.is_right, one.merchant) for one in named if len(one)]
    return Thresholds(
        wanted_precision=target_precision,
        confidence=CONFIDENCE,
        design_effect=float(np.median(effects or [1.0])),
        by_category=by_category,
        unknown=unknown,
        shared=_unproven(rest) if shared is None else proven(shared),
        fragments=fragments,
    )


def proven(proof: Proof) -> Threshold:
    """Return a threshold with its evidence."""
    return _counted(proof.value, proof.counts, bound=proof.bound)


def _of_unknown(answers: GradedAnswers, tests: FixedSequence) -> Threshold:
    """Return the threshold of merchants without a history, out of reach where they prove nothing."""
    names = len(np.unique(answers.merchant))
    if len(answers) < MIN_UNKNOWN_ROWS or names < MIN_MERCHANTS:
        few = f"fewer than {MIN_UNKNOWN_ROWS} rows of {MIN_MERCHANTS} merchants without a history"
        return Threshold(value=MUTED, rows=len(answers), merchants=names, note=f"{few}: their answers are not served")
    proof = lowest_proven(answers, tests)
    return _unproven(answers) if proof is None else proven(proof)


def _share(answers: GradedAnswers, shared: Proof | None, tests: FixedSequence) -> Threshold:
    """Return the threshold of a category whose answers prove nothing alone."""
    if shared is None:
        return _unproven(answers)
    if not (answers.confidence >= shared.value).any():
        return Threshold(value=shared.value, note=SHARES)
    counts = tests.count_at(answers, shared.value)
    if counts.right[0] < tests.target * counts.rows[0]:
        return _counted(MUTED, counts, note=REFUTED)
    return _counted(shared.value, counts, note=SHARES)


def _counted(value: float, counts: AnswerCounts, *, bound: float | None = None, note: str = "") -> Threshold:
    return Threshold(
        value=value,
        precision=float(counts.right[0] / counts.rows[0]),
        bound=bound,
        rows=int(counts.rows[0]),
        merchants=int(counts.merchants[0]),
        note=note,
    )


def _unproven(answers: GradedAnswers) -> Threshold:
    precision = float(answers.is_right.mean()) if len(answers) else None
    names = len(np.unique(answers.merchant))
    return Threshold(value=MUTED, precision=precision, rows=len(answers), merchants=names, note=UNPROVEN)
