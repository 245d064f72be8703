"""Who answers a row and how precise each source is, as the worker itself would decide."""

from dataclasses import replace

import numpy as np
import pytest

from schemas.events.candidate import Candidate, SuggestionSource
from schemas.events.comparison import Acceptance, Role
from schemas.events.feedback import LabelSource
from schemas.events.suggestion import Arm
from schemas.taxonomy import CATEGORIES
from scorer.model.rule_floor import RuleFloor
from scorer.serving.decide import ModelAnswer, decide
from tests.support.small_dataset import folds
from trainer.dataset.table import TrainingTable
from trainer.evaluation.rules_baseline import NO_ANSWER, RuleAnswers
from trainer.evaluation.served import (
    DOUBTED,
    EVERYTHING,
    FALLBACK,
    MODEL,
    OVERRIDES,
    ServedPrecision,
    served_precision,
    who_answers,
)

ROWS, COUNT, FLOOR = 1_200, len(CATEGORIES), 0.4
RANDOM = np.random.default_rng(11)
SHARES = RANDOM.dirichlet(np.full(COUNT, 0.15), size=ROWS)
THRESHOLDS = np.full((ROWS, COUNT), 0.8)
SAID = RuleAnswers(
    np.where(RANDOM.random(ROWS) < 0.2, NO_ANSWER, SHARES.argsort(axis=1)[:, -2]), RANDOM.random(ROWS) < 0.1
)
LABELS = np.where(RANDOM.random(ROWS) < 0.6, SHARES.argmax(axis=1), SAID.categories % COUNT)


def past(*, merchants: int = 300, source: LabelSource = LabelSource.HUMAN) -> TrainingTable:
    rows = folds().train.rows(np.arange(ROWS) % len(folds().train))
    keys = tuple(f"m{row % merchants}" for row in range(ROWS))
    return replace(rows, labels=LABELS, keys=keys, sources=(source,) * ROWS)


def measured(fold: TrainingTable, floor: RuleFloor | None) -> dict[str, ServedPrecision]:
    found = who_answers(SHARES, THRESHOLDS, fold.labels, SAID)
    return {one.source: one for one in served_precision(found, fold, floor, seed=1)}


def worker_serves(row: int) -> tuple[str, int] | None:
    """Return source and category that a worker serves in the canary."""
    place, best = int(SAID.categories[row]), int(SHARES[row].argmax())
    rule = None
    if place != NO_ANSWER:
        is_override = bool(SAID.is_override[row])
        rule = Candidate(CATEGORIES[place], 0.9, SuggestionSource.RULES, "rule", override=is_override)
    said = Acceptance.ACCEPTED if SHARES[row, best] >= THRESHOLDS[row, best] else Acceptance.LOW_CONFIDENCE
    doubted = sum(1 << bit for bit in range(COUNT) if SHARES[row, bit] < FLOOR)
    picked = Candidate(CATEGORIES[best], 0.5, SuggestionSource.MODEL)
    model = ModelAnswer(Role.CHALLENGER, "m", said, (picked,), doubted)
    served = decide(Arm.CANARY, rule=rule, champion=None, challenger=model).served
    if served is None:
        return None
    source = OVERRIDES if served.override else MODEL if served.source is SuggestionSource.MODEL else FALLBACK
    return source, CATEGORIES.index(served.category)


def test_it_is_what_a_worker_decides_row_by_row() -> None:
    found = who_answers(SHARES, THRESHOLDS, LABELS, SAID)
    masks = {MODEL: found.by_model, OVERRIDES: found.by_override, FALLBACK: found.by_fallback(FLOOR)}
    assert all(mask.any() for mask in masks.values())
    for row in range(ROWS):
        served = worker_serves(row)
        assert {name for name, mask in masks.items() if mask[row]} == (set() if served is None else {served[0]})
        assert served is None or found.is_right[row] == (served[1] == LABELS[row])


def test_everything_served_is_the_sum_of_its_sources_and_what_is_doubted_is_not_in_it() -> None:
    told = measured(past(), RuleFloor(value=FLOOR))
    everything = told[EVERYTHING]
    parts = [told[name] for name in (MODEL, OVERRIDES, FALLBACK)]
    assert everything.rows == sum(part.rows for part in parts)
    assert told[DOUBTED].rows == measured(past(), None)[EVERYTHING].rows - everything.rows > 0
    right = sum(part.rows * (part.precision or 0.0) for part in parts)
    assert everything.precision == pytest.approx(right / everything.rows)
    assert everything.share == everything.rows / ROWS
    assert everything.low is not None
    assert everything.high is not None
    assert everything.low < (everything.precision or 0.0) < everything.high


def test_labels_that_a_rule_gave_do_not_count_and_seven_merchants_have_no_interval() -> None:
    assert {one.rows for one in measured(past(source=LabelSource.RULE), None).values()} == {0}
    assert {(one.low, one.high) for one in measured(past(merchants=7), None).values()} == {(None, None)}
