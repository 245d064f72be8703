"""Every batch that a fuzzer began with, and every one that once broke a promise, keeps it."""

from pathlib import Path

import pytest

from tests.fuzz.outcomes import SEPARATOR, Outcomes

CASES = sorted((Path(__file__).parent / "cases").iterdir())


@pytest.fixture(scope="module")
def outcomes() -> Outcomes:
    return Outcomes()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_case_has_one_outcome_for_each_record(outcomes: Outcomes, case: Path) -> None:
    outcomes.check(case.read_bytes())


def test_the_cases_reach_both_outcomes(outcomes: Outcomes) -> None:
    scored = outcomes.check(SEPARATOR.join(case.read_bytes() for case in CASES))
    assert 0 < scored < len(CASES)
