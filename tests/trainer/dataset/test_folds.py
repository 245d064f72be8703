"""Folds: by time, sharing no row, and only with labels that were known."""

import numpy as np
import pytest

from tests.support.small_dataset import AS_OF, folds, table
from trainer.dataset.folds import FoldBoundaries, choose_boundaries, split_by_time
from trainer.dataset.table import check, label_indices
from trainer.errors import DataFault, TrainingDataError

NOW = int(AS_OF.timestamp())
DAY = 86_400


def test_folds_share_no_row_and_follow_each_other() -> None:
    made = folds()
    names = [set(fold.txn_ids) for fold in (made.train, made.calibrate, made.gate)]
    assert not names[0] & names[1]
    assert not names[1] & names[2]
    assert made.train.occurred_at.max() < made.calibrate.occurred_at.min()
    assert made.calibrate.occurred_at.max() < made.gate.occurred_at.min()


def test_a_label_that_came_after_its_folds_end_is_in_no_fold() -> None:
    made, cut = folds(), folds().boundaries
    assert made.train.observed_at.max() < cut.calibrate_from
    assert made.calibrate.observed_at.max() < cut.gate_from
    late = (table().occurred_at < cut.calibrate_from) & (table().observed_at >= cut.calibrate_from)
    assert late.any()


def test_default_cut_offs_leave_most_rows_to_training() -> None:
    cut = choose_boundaries(table().occurred_at)
    share = float((table().occurred_at < cut.calibrate_from).mean())
    assert share == pytest.approx(0.76, abs=0.02)
    assert cut.calibrate_from % DAY == cut.gate_from % DAY == 0


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        pytest.param(lambda t: t.rows(np.arange(0)), DataFault.EMPTY, id="empty"),
        pytest.param(lambda t: t.rows(t.labels == t.labels[0]), DataFault.ONE_CLASS, id="one class"),
    ],
)
def test_a_table_that_cannot_make_a_model_is_refused(change, reason) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(TrainingDataError) as refused:
        check(change(table()))
    assert refused.value.reason is reason
    assert "\n" not in str(refused.value)


def test_a_label_outside_the_taxonomy_is_named() -> None:
    with pytest.raises(TrainingDataError, match="'Wine'") as refused:
        label_indices(["Groceries", "Wine"])
    assert refused.value.reason is DataFault.UNKNOWN_LABEL


@pytest.mark.parametrize(
    ("boundaries", "reason"),
    [
        pytest.param(FoldBoundaries(NOW, NOW - DAY), DataFault.FOLDS, id="wrong order"),
        pytest.param(FoldBoundaries(NOW - 2 * DAY, NOW - DAY), DataFault.TOO_FEW, id="nothing to calibrate on"),
    ],
)
def test_folds_that_say_nothing_are_refused(boundaries: FoldBoundaries, reason: DataFault) -> None:
    with pytest.raises(TrainingDataError) as refused:
        split_by_time(table(), boundaries, as_of=NOW)
    assert refused.value.reason is reason
