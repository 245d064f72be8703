"""Coverage counts every transaction, and precision only those whose label is known."""

from rules.coverage import Coverage
from schemas.events.candidate import Candidate, SuggestionSource
from schemas.taxonomy import Category

DINING, CASH = Category("Dining"), Category("Cash")


def answer(category: Category) -> Candidate:
    return Candidate(category=category, confidence=0.9, source=SuggestionSource.RULES, rule_id="r")


def test_answers_labels_and_silence_are_counted_apart() -> None:
    counts = Coverage()
    counts.add([(answer(DINING), DINING), (answer(DINING), CASH), (answer(DINING), None)])
    counts.add([(None, CASH), (None, None)])
    assert (counts.transactions, counts.labelled) == (5, 3)
    assert counts.coverage == 3 / 5
    assert counts.accuracy == 1 / 2
    by_category = {line.category: line for line in counts.categories()}
    assert set(by_category) == {DINING, CASH}
    dining, cash = by_category[DINING], by_category[CASH]
    assert (dining.answered, dining.answered_labelled, dining.right, dining.labelled) == (3, 2, 1, 1)
    assert dining.precision == 1 / 2
    assert (cash.answered, cash.labelled, cash.precision) == (0, 2, None)


def test_a_history_without_labels_or_answers_has_no_precision() -> None:
    assert (Coverage().coverage, Coverage().accuracy) == (0.0, None)
    counts = Coverage()
    counts.add([(answer(CASH), None)])
    assert counts.accuracy is None
