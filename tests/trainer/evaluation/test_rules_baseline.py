"""Rules baseline: the model against the rules, merchant by merchant, where both answer."""

from dataclasses import replace

import msgspec
import numpy as np
import numpy.typing as npt
import pytest

from ops.training.ask_rules import ask_rules_of
from rules.load import load_rules
from schemas.events.feedback import LabelSource
from tests.support.small_dataset import DOCUMENTS, VOCABULARY, folds, transactions
from trainer.dataset.from_transactions import build_table
from trainer.dataset.table import CATEGORY_INDEX, TrainingTable
from trainer.evaluation.gate import GateVerdict
from trainer.evaluation.gate_mode import GateMode
from trainer.evaluation.rules_baseline import NO_ANSWER, RuleAnswers, RulesBaseline, compare_rules
from trainer.fit.train import train

ROWS = 240


def fold(merchants: int = 60) -> TrainingTable:
    """Return rows of the small past, given to as many merchants as asked for."""
    rows = folds().train.rows(np.arange(ROWS))
    return replace(rows, keys=tuple(f"m{row % merchants}" for row in range(ROWS)))


def wrong_for(rows: TrainingTable, share: float) -> npt.NDArray[np.int64]:
    """Return answers of which the first ``share`` are wrong."""
    return np.where(np.arange(ROWS) < share * ROWS, (rows.labels + 1) % 22, rows.labels)


def compared(rows: TrainingTable, *, model: float, rules: float, unanswered: int = 0) -> RulesBaseline:
    said = wrong_for(rows, rules)
    said[:unanswered] = NO_ANSWER
    best = wrong_for(rows, model)
    return compare_rules(said, best=best, answers=np.ones(ROWS, dtype=bool), fold=rows, seed=1)


def test_a_model_that_is_clearly_worse_lies_below_zero_and_one_as_good_does_not() -> None:
    worse, level = compared(fold(), model=0.5, rules=0.1), compared(fold(), model=0.3, rules=0.3)
    assert worse.high is not None
    assert worse.difference == pytest.approx(-0.4)
    assert worse.high < 0
    assert (level.low, level.high) == (0.0, 0.0)


def test_only_rows_that_both_answer_and_no_rule_labelled_are_compared() -> None:
    rows = fold()
    by_rule = tuple(LabelSource.RULE if row % 2 else LabelSource.HUMAN for row in range(ROWS))
    found = compare_rules(
        np.where(np.arange(ROWS) < 100, NO_ANSWER, rows.labels),
        best=rows.labels,
        answers=np.arange(ROWS) < 200,  # the others would be answers of muted categories
        fold=replace(rows, sources=by_rule),
        seed=1,
    )
    assert (found.rows, found.merchants) == (50, 30)
    assert found.answered == pytest.approx(140 / 240)


@pytest.mark.parametrize(
    ("merchants", "unanswered", "rows"),
    [
        pytest.param(60, ROWS, 0, id="rules that never answer"),
        pytest.param(7, 0, ROWS, id="seven merchants"),
        pytest.param(1, 0, ROWS, id="one giant merchant"),
    ],
)
def test_too_few_merchants_are_no_comparison(merchants: int, unanswered: int, rows: int) -> None:
    found = compared(fold(merchants), model=1.0, rules=0.0, unanswered=unanswered)
    assert (found.rows, found.low, found.high) == (rows, None, None)


def numbered(rows: TrainingTable) -> TrainingTable:
    """Return the rows with twenty merchants for each of theirs, so that there are enough to compare by."""
    return replace(rows, keys=tuple(f"{key} {row % 20}" for row, key in enumerate(rows.keys)))


def test_a_model_that_the_rules_beat_is_refused() -> None:
    """The rules say what the labels say, and the labels of the small past are wrong once in twenty rows."""
    past = folds()
    beaten = train(
        replace(past, train=numbered(past.train), calibrate=numbered(past.calibrate), gate=numbered(past.gate)),
        vocabulary=VOCABULARY,
        documents=DOCUMENTS,
        mode=GateMode.STRICT,
        ask_rules=lambda rows: RuleAnswers(rows.labels, np.zeros(len(rows), dtype=bool)),
    )
    assert beaten.rules is not None
    assert beaten.rules.rules_accuracy == 1.0
    assert beaten.gate.verdict == GateVerdict.REFUSED
    assert any("the rules are right more often: 1.000" in reason for reason in beaten.gate.reasons)


def test_equal_ids_of_two_people_and_two_accounts_have_an_answer_each() -> None:
    rows, _ = transactions()
    named = [
        msgspec.structs.replace(rows[0], user_id=user, account_id=account, txn_id="1", description=description)
        for user, account, description in (
            ("ann", "bank a", "SHELL 3021"),
            ("ann", "bank b", "LUIGI PIZZERIA"),
            ("bob", "bank a", "VODAFONE LTD"),
        )
    ]
    table = build_table(named, ["Dining"] * 3, vocabulary=VOCABULARY)
    said = dict(zip(table.identities, ask_rules_of(named, load_rules(None))(table).categories.tolist(), strict=True))
    assert said == {
        ("ann", "bank a", "1"): CATEGORY_INDEX["Fuel & Auto"],
        ("ann", "bank b", "1"): CATEGORY_INDEX["Dining"],
        ("bob", "bank a", "1"): CATEGORY_INDEX["Utilities & Telecom"],
    }


def test_the_rules_are_asked_by_the_engine_that_serves() -> None:
    rows, _ = transactions()
    engine = load_rules(None)
    said = ask_rules_of(rows, engine)(folds().gate).categories
    assert said.shape == folds().gate.labels.shape
    known = said != NO_ANSWER
    assert 0 < known.sum() < len(said)  # vodafone and shell are known brands, luigi pizzeria is none
    assert (said[known] == folds().gate.labels[known]).mean() > 0.8
