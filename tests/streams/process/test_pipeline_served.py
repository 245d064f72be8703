"""Each arm is served what the rollout promises it, and both answers are kept."""

from dataclasses import dataclass, replace

import msgspec
import pytest

from schemas.events.candidate import Band, Candidate, SuggestionSource
from schemas.events.comparison import Acceptance, ComparisonOutcome, Role
from schemas.events.rollout import ArmPolicy, RolloutRecord
from schemas.events.suggestion import Arm, FallbackReason
from schemas.taxonomy import CATEGORIES, Category
from scorer.serving.decide import ModelAnswer
from streams.process.batch_types import Answers, Assigned, Context, Scored
from streams.process.pipeline import conclude, decode
from tests.support.builders import NOW, first_rollout, named, record

ROLLOUT = first_rollout(percent="50.00", canary=ArmPolicy("m-new"), control=ArmPolicy("m-old"))
DINING, FUEL, TRAVEL = Category("Dining"), Category("Fuel & Auto"), Category("Travel")


def context(rollout: RolloutRecord = ROLLOUT) -> Context:
    return Context("topic-id", "rules-1", rollout, 1_234, NOW)


def model(role: Role, category: Category, acceptance: Acceptance = Acceptance.ACCEPTED) -> ModelAnswer:
    silent = acceptance not in (Acceptance.ACCEPTED, Acceptance.LOW_CONFIDENCE)
    version = "m-old" if role is Role.CHAMPION else "m-new"
    return ModelAnswer(role, version, acceptance, () if silent else (named(category), named(TRAVEL, 0.05)))


def champion(acceptance: Acceptance = Acceptance.ACCEPTED) -> ModelAnswer:
    return model(Role.CHAMPION, Category("Utilities & Telecom"), acceptance)


def challenger(acceptance: Acceptance = Acceptance.ACCEPTED) -> ModelAnswer:
    return model(Role.CHALLENGER, DINING, acceptance)


def doubting(answer: ModelAnswer) -> ModelAnswer:
    """Return a model's answer that finds the rule's category too improbable."""
    return msgspec.structs.replace(answer, doubted=1 << CATEGORIES.index(FUEL))


RULE = named(FUEL, 0.8, source=SuggestionSource.RULES)
SAME_RULE = named(DINING, 0.8, source=SuggestionSource.RULES)
OVERRIDE = msgspec.structs.replace(RULE, override=True)


@dataclass(frozen=True, slots=True)
class Case:
    """One transaction's answers, and what is to be served of them."""

    arm: Arm
    rule: Candidate | None
    champion: ModelAnswer | None
    challenger: ModelAnswer | None
    category: Category | None
    source: SuggestionSource
    reason: FallbackReason | None
    outcome: ComparisonOutcome
    version: str | None = None


LOW, TIMEOUT, NOT_ASKED = Acceptance.LOW_CONFIDENCE, Acceptance.TIMEOUT, Acceptance.NOT_ASKED
CONTROL, CANARY, NONE, RULES, MODEL = (
    Arm.CONTROL,
    Arm.CANARY,
    SuggestionSource.NONE,
    SuggestionSource.RULES,
    SuggestionSource.MODEL,
)
BOTH, ONLY_CONTROL, ONLY_CANARY = (
    ComparisonOutcome.DISAGREE,
    ComparisonOutcome.CONTROL_ONLY,
    ComparisonOutcome.CANARY_ONLY,
)
PHONE, NEITHER = Category("Utilities & Telecom"), ComparisonOutcome.NEITHER
CASES = {
    "control is served the rule": Case(CONTROL, RULE, None, None, FUEL, RULES, None, ONLY_CONTROL),
    "control is silent without a rule": Case(CONTROL, None, None, None, None, NONE, None, NEITHER),
    "control is not served what is shadowed": Case(CONTROL, None, None, challenger(), None, NONE, None, ONLY_CANARY),
    "control keeps its rule beside a shadow": Case(CONTROL, RULE, None, challenger(), FUEL, RULES, None, BOTH),
    "control agrees with the shadow": Case(
        CONTROL, SAME_RULE, None, challenger(), DINING, RULES, None, ComparisonOutcome.AGREE
    ),
    "control has no fallback": Case(CONTROL, RULE, None, challenger(LOW), FUEL, RULES, None, ONLY_CONTROL),
    "control is not asked": Case(CONTROL, RULE, None, challenger(NOT_ASKED), FUEL, RULES, None, ONLY_CONTROL),
    "control serves its champion": Case(CONTROL, RULE, champion(), None, PHONE, MODEL, None, ONLY_CONTROL, "m-old"),
    "an unsure champion leaves the rule": Case(CONTROL, RULE, champion(LOW), None, FUEL, RULES, None, ONLY_CONTROL),
    "an overriding rule beats a champion": Case(CONTROL, OVERRIDE, champion(), None, FUEL, RULES, None, ONLY_CONTROL),
    "canary serves a sure model": Case(CANARY, RULE, None, challenger(), DINING, MODEL, None, BOTH, "m-new"),
    "canary serves it without a rule": Case(
        CANARY, None, None, challenger(), DINING, MODEL, None, ONLY_CANARY, "m-new"
    ),
    "canary serves it before the champion": Case(
        CANARY, RULE, champion(), challenger(), DINING, MODEL, None, BOTH, "m-new"
    ),
    "an overriding rule beats the canary": Case(CANARY, OVERRIDE, None, challenger(), FUEL, RULES, None, BOTH),
    "an overriding rule is no fallback": Case(
        CANARY, OVERRIDE, None, challenger(TIMEOUT), FUEL, RULES, None, ONLY_CONTROL
    ),
    "canary without a model serves the rule": Case(CANARY, RULE, None, None, FUEL, RULES, None, ONLY_CONTROL),
    "canary without a model serves the champion": Case(
        CANARY, RULE, champion(), None, PHONE, MODEL, None, ONLY_CONTROL, "m-old"
    ),
    "an unsure canary serves the champion": Case(
        CANARY, RULE, champion(), challenger(LOW), PHONE, MODEL, FallbackReason.LOW_CONFIDENCE, ONLY_CONTROL, "m-old"
    ),
    "an unsure canary without a rule is silent": Case(
        CANARY, None, None, challenger(LOW), None, NONE, FallbackReason.LOW_CONFIDENCE, NEITHER
    ),
} | {
    f"canary falls back: {reason.value}": Case(
        CANARY, RULE, None, challenger(Acceptance(reason.value)), FUEL, RULES, reason, ONLY_CONTROL
    )
    for reason in FallbackReason
    if reason is not FallbackReason.RULE_DOUBTED
}
DOUBTED = Case(CANARY, RULE, None, challenger(LOW), None, NONE, FallbackReason.RULE_DOUBTED, ONLY_CONTROL)
CASES["canary doubts the rule"] = replace(DOUBTED, challenger=doubting(challenger(LOW)))
CASES["control's champion doubts the rule"] = replace(
    DOUBTED, arm=CONTROL, champion=doubting(champion(LOW)), challenger=None, reason=None, outcome=NEITHER
)


def concluded(case: Case) -> Scored:
    models = {answer.role: [answer] for answer in (case.champion, case.challenger) if answer is not None}
    assigned = Assigned([17], [case.arm], [True])
    (scored,) = conclude(decode([record(5)]), assigned, Answers([case.rule], models), context())
    return scored


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_each_arm_is_served_what_it_was_promised(case: Case) -> None:
    scored = concluded(case)
    suggestion, comparison = scored.suggestion, scored.comparison
    assert (suggestion.category, suggestion.source, suggestion.fallback_reason, suggestion.model_version) == (
        case.category,
        case.source,
        case.reason,
        case.version,
    )
    assert (comparison.outcome, comparison.served_source, comparison.arm) == (case.outcome, case.source, case.arm)
    assert (suggestion.arm, suggestion.bucket, comparison.bucket) == (case.arm, 17, 17)
    assert (suggestion.rollout_version, comparison.rollout_version) == (ROLLOUT.version, ROLLOUT.version)
    assert (suggestion.suggested_at, comparison.compared_at, comparison.scored_in_us) == (NOW, NOW, 1_234)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_both_answers_are_kept_whatever_was_served(case: Case) -> None:
    answers = {answer.role: answer for answer in concluded(case).comparison.answers}
    assert answers[Role.RULES].category == (None if case.rule is None else case.rule.category)
    for given_answer in (case.champion, case.challenger):
        if given_answer is not None:
            kept = answers.pop(given_answer.role)
            best = given_answer.ranked[0] if given_answer.ranked else None
            assert (kept.version, kept.acceptance) == (given_answer.version, given_answer.acceptance)
            assert (kept.category, kept.confidence) == ((best.category, best.confidence) if best else (None, None))
            assert kept.doubts_rule == bool(given_answer.doubted)
    assert set(answers) == {Role.RULES}


def test_a_silent_suggestion_has_no_confidence_and_no_band() -> None:
    suggestion = concluded(CASES["control is silent without a rule"]).suggestion
    assert (suggestion.confidence, suggestion.band, suggestion.candidates, suggestion.explanations) == (
        0.0,
        None,
        (),
        (),
    )


def test_the_served_category_comes_first_then_the_others_by_confidence() -> None:
    suggestion = concluded(CASES["canary serves it before the champion"]).suggestion
    assert suggestion.band is Band.HIGH
    assert [candidate.category for candidate in suggestion.candidates] == [DINING, PHONE, FUEL]
    fallen = concluded(CASES["canary falls back: low_confidence"]).suggestion
    assert [candidate.category for candidate in fallen.candidates] == [FUEL, DINING, TRAVEL]
