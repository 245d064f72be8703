"""More labels: coverage never falls with them, and what the gate muted stays muted."""

import numpy as np
import pytest

from schemas.taxonomy import CATEGORIES
from scorer.model.threshold_setting import MUTED
from tests.trainer.fit.bound_simulation import Population
from trainer.evaluation.scored_fold import ScoredFold
from trainer.fit.held_rows import HeldRows
from trainer.fit.more_labels import LABELS, MoreLabels, foresee_labels
from trainer.fit.proven_thresholds import prove_thresholds

POPULATION = Population((lambda confidence: confidence, lambda confidence: np.full_like(confidence, 0.93)), 60)


def foreseen(seed: int, *, muted: tuple[str, ...] = ()) -> tuple[MoreLabels, ...]:
    """Return what is foreseen on a second draw for thresholds of a first one."""
    random = np.random.default_rng(seed)
    held, later = POPULATION.draw(random), POPULATION.draw(random)
    thresholds = prove_thresholds(held, fragments=MUTED, target_precision=0.9).thresholds
    return foresee_labels(held, thresholds, _fold(later), fragments=MUTED, muted=muted)


def _fold(rows: HeldRows) -> ScoredFold:
    keys = tuple(map(str, rows.merchant.tolist()))
    return ScoredFold(
        rows.shares, rows.labels, keys, np.zeros((len(keys), 1), np.float32), rows.is_known, rows.evidence
    )


@pytest.mark.parametrize("seed", range(5))
def test_more_labels_never_cost_coverage(seed: int) -> None:
    found = foreseen(seed)
    assert [one.name for one in found] == list(LABELS)
    coverages = [one.coverage for one in found]
    assert coverages == sorted(coverages)


def test_more_labels_buy_coverage_back_somewhere() -> None:
    assert any(found[0].coverage < found[-1].coverage for found in map(foreseen, range(5)))


def test_what_the_gate_muted_is_not_bought_back() -> None:
    assert {one.coverage for one in foreseen(1, muted=tuple(category.value for category in CATEGORIES))} == {0.0}
