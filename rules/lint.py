"""Lint: rules that can never answer, and rules that contradict each other."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from rules.condition import Mcc, Text, TextKind
from rules.engine import Branch, branches_of
from rules.index import build_index
from rules.ruleset import Rule


class Problem(StrEnum):
    """What is wrong with a rule beside another."""

    SHADOWED = "shadowed"  # the other always answers first
    CONFLICTING = "conflicting"  # both answer alike strongly, with different categories
    SLOW = "slow"  # nothing to find it by: it is asked of every transaction


@dataclass(frozen=True, slots=True)
class LintFinding:
    """One problem: of which rule, in which line, with what evidence, and because of which other rule."""

    problem: Problem
    rule_id: str
    line: int
    evidence: str
    other_id: str | None

    def __str__(self) -> str:
        """Return one line of words."""
        match self.problem:
            case Problem.SHADOWED:
                why = f"{self.evidence} never answers, {self.other_id} stands above it"
            case Problem.CONFLICTING:
                why = f"{self.evidence} stands alike strongly in {self.other_id}, with another category"
            case Problem.SLOW:
                why = "asks neither text nor code nor channel, so it is asked of every transaction"
        return f"line {self.line}: {self.rule_id} is {self.problem.value}: {why}"


def find_problems(rules: Sequence[Rule]) -> list[LintFinding]:
    """Return the problems of rules as written, in the order of their lines; crosswalk facts are not rules here."""
    branches = [branch for rule in rules for branch in branches_of(rule)]
    found = [*_of_texts(branches), *_of_codes(branches)]
    found.extend(
        LintFinding(Problem.SLOW, branch.rule.rule_id, branch.rule.line, "", None)
        for branch in branches
        if branch.index_key is None
    )
    return sorted(dict.fromkeys(found), key=lambda finding: (finding.line, finding.evidence))


def _of_texts(branches: Sequence[Branch]) -> Iterable[LintFinding]:
    # Only a branch that asks nothing besides its text always answers, so only those can shadow others.
    plain: dict[Text, list[Rule]] = {}
    for branch in branches:
        if (
            isinstance(branch.index_key, Text)
            and branch.residual is None
            and branch.index_key.kind is not TextKind.REGEX
        ):
            plain.setdefault(branch.index_key, []).append(branch.rule)
    index = build_index(plain)
    for branch in branches:
        if not isinstance(branch.index_key, Text) or branch.index_key.kind is not TextKind.WORDS:
            continue
        for literal in branch.index_key.texts:
            if "*" in literal:
                continue
            for hit in index.find(literal):
                for other in plain[hit.text]:
                    # A text that must open or be the description says less about a text that stands anywhere.
                    if other is not branch.rule and hit.text.kind is TextKind.WORDS:
                        yield from _between(branch, other, f"“{literal}”", same=hit.literal == literal)


def _of_codes(branches: Sequence[Branch]) -> Iterable[LintFinding]:
    plain: dict[str, list[Rule]] = {}
    for branch in branches:
        if isinstance(branch.index_key, Mcc) and branch.residual is None:
            for code in branch.index_key.codes:
                plain.setdefault(code, []).append(branch.rule)
    for branch in branches:
        if isinstance(branch.index_key, Mcc):
            for code in sorted(branch.index_key.codes):
                for other in plain.get(code, ()):
                    if other is not branch.rule:
                        yield from _between(branch, other, f"code {code}", same=True)


def _between(branch: Branch, other: Rule, evidence: str, *, same: bool) -> Iterable[LintFinding]:
    rule = branch.rule
    if other.priority > rule.priority:
        yield LintFinding(Problem.SHADOWED, rule.rule_id, rule.line, evidence, other.rule_id)
    elif same and branch.residual is None and other.priority == rule.priority and other.category is not rule.category:
        yield LintFinding(Problem.CONFLICTING, rule.rule_id, rule.line, evidence, other.rule_id)
