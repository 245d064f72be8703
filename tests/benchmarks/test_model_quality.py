"""The model on real purchases: trained on the earlier months, judged on the later ones."""

import pytest

from tests.benchmarks.learnt import learn
from tests.benchmarks.traffic import PURCHASES, purchases

pytestmark = pytest.mark.benchmark


def test_later_months_of_real_purchases() -> None:
    if purchases() is None:
        pytest.skip(f"LEDGERMIND_REAL_DATA names no folder with {PURCHASES}")
    learnt = learn()
    print(f"\n{learnt.version}: {learnt.rows:,} rows in {learnt.seconds:.1f} s")
    for view in learnt.trained.views:
        print(
            f"{view.name:20} {view.rows:6} macro-F1 {view.macro_f1:.3f} accuracy {view.accuracy:.3f} log-loss "
            f"{view.log_loss:.3f} ECE {view.ece:.4f} coverage {view.coverage:.3f} "
            f"precision {view.served_precision or 0:.3f}"
        )
    print(learnt.trained.gate)
    whole, unseen = learnt.trained.views[0], learnt.trained.views[1]
    assert whole.macro_f1 >= 0.73
    assert whole.ece <= 0.02
    assert unseen.ece <= 0.05
