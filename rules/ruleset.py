"""Rule set: named rules in the order of their file, as values."""

from dataclasses import dataclass

from rules.condition import Condition
from schemas.events.candidate import ExplanationKind
from schemas.events.transaction import Transaction
from schemas.taxonomy import Category


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule; of the rules that hold the highest ``priority`` answers.

    One whose default category this installation's taxonomy leaves out keeps its place and answers nothing: a rule
    below it would answer something else.
    """

    rule_id: str
    category: Category | None
    condition: Condition
    confidence: float
    priority: int = 0
    override: bool = False
    note: str | None = None
    kind: ExplanationKind = ExplanationKind.WORD
    line: int = 0
    left_out: str | None = None  # the default category for which there is none here


@dataclass(frozen=True, slots=True)
class Example:
    """A transaction with the category that the rules must answer, None where they must abstain."""

    transaction: Transaction
    expected: Category | None
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CrosswalkSource:
    """How surely and how strongly a crosswalk's facts answer."""

    priority: int
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruleset:
    """A rule set as written; the crosswalks it uses by name (see rules.crosswalk_rules)."""

    name: str
    version: str
    rules: tuple[Rule, ...]
    examples: tuple[Example, ...]
    crosswalks: dict[str, CrosswalkSource]
