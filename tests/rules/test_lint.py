"""Rules that can never answer and rules that contradict each other are named."""

import pytest

from rules.lint import Problem, find_problems
from rules.parser.ruleset import parse_ruleset


def rule(name: str, category: str, when: str, priority: int = 0) -> str:
    return f"  - {{id: {name}, category: {category}, priority: {priority}, when: {when}}}\n"


@pytest.mark.parametrize(
    ("rules", "problems"),
    [
        pytest.param(
            rule("a", "Cash", "{merchant: rewe}", 9) + rule("b", "Dining", "{merchant: rewe}"),
            [(Problem.SHADOWED, "b", "a")],
            id="the same text below another",
        ),
        pytest.param(
            rule("a", "Cash", "{merchant: rewe}", 9) + rule("b", "Dining", "{merchant: rewe city}"),
            [(Problem.SHADOWED, "b", "a")],
            id="a longer text below another",
        ),
        pytest.param(
            rule("a", "Cash", "{merchant: rewe}") + rule("b", "Dining", "{merchant: rewe}"),
            [(Problem.CONFLICTING, "a", "b"), (Problem.CONFLICTING, "b", "a")],
            id="the same text, alike strong",
        ),
        pytest.param(
            rule("a", "Cash", "{mcc: 5411}", 9) + rule("b", "Dining", "{mcc: 5411-5412}"),
            [(Problem.SHADOWED, "b", "a")],
            id="the same code below another",
        ),
        pytest.param(rule("a", "Cash", "{day: 1}"), [(Problem.SLOW, "a", None)], id="nothing to find it by"),
        pytest.param(
            rule("a", "Cash", "{merchant: rewe, day: 1}", 9) + rule("b", "Dining", "{merchant: rewe}"),
            [],
            id="a rule that asks more leaves room",
        ),
        pytest.param(
            rule("a", "Cash", "{merchant: rewe}") + rule("b", "Dining", "{merchant: rewe city}"),
            [],
            id="a longer text, alike strong, answers first",
        ),
    ],
)
def test_problems_are_named_with_both_rules(rules: str, problems: list[tuple[Problem, str, str | None]]) -> None:
    ruleset = parse_ruleset(f'name: mine\nversion: "1.0"\nrules:\n{rules}', file="mine.yml")
    found = [(finding.problem, finding.rule_id, finding.other_id) for finding in find_problems(ruleset.rules)]
    assert found == problems
