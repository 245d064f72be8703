"""Priors: no row sees a label of its own month or later."""

import numpy as np

from tests.support.small_dataset import table
from trainer.dataset.merchant_priors import month_of, priors_as_of_month, priors_at_cutoff

DAY = 86_400
MONTH_STARTS = np.array(["2025-01-05", "2025-02-10", "2025-03-20"], dtype="datetime64[s]").astype(np.int64)


def priors(observed: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    labels = np.array([2, 2, 5])
    return priors_as_of_month(["shop"] * 3, labels, occurred_at=MONTH_STARTS, observed_at=observed)


def test_a_label_counts_from_the_month_after_it_became_known() -> None:
    shares, support = priors(MONTH_STARTS + DAY)
    assert support.tolist() == [0, 1, 2]
    assert shares[2, 2] == 1.0


def test_a_late_label_counts_late() -> None:
    _, support = priors(MONTH_STARTS + 40 * DAY)
    assert support.tolist() == [0, 0, 1]


def test_a_label_of_today_changes_no_prior_of_today() -> None:
    one = table()
    labels = one.labels.copy()
    last = month_of(one.occurred_at) == month_of(one.occurred_at).max()
    labels[last] = (labels[last] + 1) % 22
    before = priors_as_of_month(one.keys, one.labels, occurred_at=one.occurred_at, observed_at=one.observed_at)
    after = priors_as_of_month(one.keys, labels, occurred_at=one.occurred_at, observed_at=one.observed_at)
    assert (before[0] == after[0]).all()


def test_the_empty_key_is_no_merchant() -> None:
    _, support = priors_as_of_month([""] * 3, np.zeros(3, np.int64), occurred_at=MONTH_STARTS, observed_at=MONTH_STARTS)
    assert support.tolist() == [0, 0, 0]


def test_frozen_priors_stop_at_the_cut_off_and_know_no_stranger() -> None:
    made = priors_at_cutoff(["a", "b", ""], np.array([1, 1, 1]), observed_at=np.array([10, 30, 5]), cut_off=20)
    shares, support = made.look_up(["a", "b", "", "c"])
    assert support.tolist() == [1, 0, 0, 0]
    assert shares[0, 1] == 1.0
    assert shares[1:].sum() == 0
