"""The tail of a line, its town and street, says nothing about what was bought there."""

import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from rules.engine import RuleEngine
from rules.load import load_rules
from schemas.events.transaction import Transaction
from schemas.text.descriptor import build_descriptor

Make = Callable[..., Transaction]
LINES = Path(__file__).with_name("place_tails.csv")
MIN_SILENT_OR_RIGHT = 0.95


@pytest.fixture(scope="module")
def engine() -> RuleEngine:
    return load_rules()


def test_three_hundred_lines_with_places_are_answered_rightly_or_not_at_all(engine: RuleEngine, make: Make) -> None:
    """Made up from the names of towns, streets and chains; ``right`` is empty where no line tells what was bought."""
    rows = list(csv.DictReader(LINES.read_text(encoding="utf-8").splitlines()))
    lines = [make(row["description"], currency=row["currency"], country=row["country"] or None) for row in rows]
    answers = engine.answer(lines, [build_descriptor(line) for line in lines])
    wrong = [
        f"{row['description']}: {answer.category.value} by {answer.rule_id}, not {row['right'] or 'nothing'}"
        for row, answer in zip(rows, answers, strict=True)
        if answer is not None and answer.category.value not in row["right"].split("/")
    ]
    known = [row for row in rows if row["right"]]
    answered = sum(answer is not None for row, answer in zip(rows, answers, strict=True) if row["right"])
    assert len(rows) == 300
    assert 1 - len(wrong) / len(rows) >= MIN_SILENT_OR_RIGHT, "\n".join(wrong)
    assert answered / len(known) >= 0.8, [
        r["description"] for r, a in zip(rows, answers, strict=True) if r["right"] and a is None
    ]
