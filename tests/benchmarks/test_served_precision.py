"""Served precision: what thresholds and rule floor give on the half year after they were chosen, cut-off by cut-off.

Each half year is calibrated on the one before it and taught by all before that. The last half year of the purchases is
not looked at.
"""

from dataclasses import replace

import msgspec
import pytest

from ops.training.ask_rules import ask_rules_of
from rules.load import load_rules
from tests.benchmarks.labelled_csv import read_labelled
from tests.benchmarks.model import labelled, seconds_of
from tests.benchmarks.traffic import PURCHASES, purchases
from trainer.dataset.folds import FoldBoundaries, split_by_time
from trainer.dataset.lexicon import read_vocabulary
from trainer.evaluation.nonsense import fragments_threshold
from trainer.evaluation.rules_baseline import AskedRules, is_independent
from trainer.evaluation.scored_fold import ScoredFold
from trainer.evaluation.served import EVERYTHING, served_precision, who_answers
from trainer.fit.calibrate import calibrate
from trainer.fit.choose_rule_floor import floor_of
from trainer.fit.choose_thresholds import TARGET_PRECISION
from trainer.fit.fit_model import fit_model
from trainer.fit.held_rows import held_rows
from trainer.fit.more_labels import foresee_labels
from trainer.fit.proven_thresholds import prove_thresholds
from trainer.fit.train import SEED

pytestmark = [pytest.mark.benchmark, pytest.mark.timeout(3_600)]
CUT_OFFS = (  # calibrate from, judge from, judge to
    ("2014-07-01", "2015-01-01", "2015-07-01"),
    ("2015-01-01", "2015-07-01", "2016-01-01"),
    ("2015-04-01", "2015-10-01", "2016-04-01"),
    ("2015-07-01", "2016-01-01", "2016-07-01"),
)


@pytest.mark.parametrize(("calibrate_from", "judge_from", "judge_to"), CUT_OFFS, ids=[one[1] for one in CUT_OFFS])
def test_everything_served_on_the_next_half_year(calibrate_from: str, judge_from: str, judge_to: str) -> None:
    file = purchases()
    if file is None:
        pytest.skip(f"LEDGERMIND_REAL_DATA names no folder with {PURCHASES}")
    boundaries = FoldBoundaries(seconds_of(calibrate_from), seconds_of(judge_from))
    folds = split_by_time(labelled(), boundaries, as_of=seconds_of(judge_to))
    vocabulary, documents = read_vocabulary()
    model = fit_model(folds.train, vocabulary, documents, cut_off=boundaries.calibrate_from, seed=SEED).model
    held, late = folds.calibrate, folds.gate
    raw, later = (model.raw(rows.descriptors, rows.numeric) for rows in (held, late))
    calibrated = calibrate(raw, held)
    fragments = fragments_threshold(replace(model, calibration=calibrated.calibration), held, seed=SEED)
    proving = held_rows(calibrated.cross_fitted, held, raw)
    proven = prove_thresholds(proving, fragments=fragments, target_precision=TARGET_PRECISION)
    thresholds = proven.thresholds
    ask = ask_rules_of(read_labelled(file)[0], load_rules(None))
    asked = AskedRules(*ask(held), is_independent(held))
    floor = floor_of(proven, proving, thresholds, asked, target_precision=TARGET_PRECISION)
    shares = calibrated.calibration.apply(later)
    scored = ScoredFold(shares, late.labels, late.keys, late.numeric, later.is_known, later.evidence)
    found = who_answers(shares, thresholds.of_rows(later.is_known, later.evidence), late.labels, ask(late))
    served = {
        name: served_precision(found, late, chosen, seed=SEED) for name, chosen in (("chosen", floor), ("none", None))
    }
    print(f"\n{judge_from}, {len(late):,} rows, {msgspec.json.encode(floor).decode()}")
    print(f"  everything the model answers: {msgspec.json.encode(thresholds.everything).decode()}")
    for one in foresee_labels(proving, thresholds, scored, fragments=fragments, muted=()):
        print(f"  {one.name}: coverage {one.coverage:.3f} precision {one.precision or 0:.3f}")
    for name, sources in served.items():
        print(f"  rule floor: {name}")
        for part in sources:
            print(
                f"    {part.source:40} {part.rows:6} share {part.share:.3f} precision {part.precision or 0:.3f} "
                f"({part.low or 0:.3f} to {part.high or 1:.3f})",
                flush=True,
            )
    everything, before = (sources[0] for sources in served.values())
    assert everything.source == EVERYTHING
    assert (everything.precision or 0.0) > (before.precision or 1.0)
