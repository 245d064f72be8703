"""The decision table: which answer each arm serves."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.events.candidate import Candidate, SuggestionSource
from schemas.events.comparison import Acceptance, ComparisonOutcome, Role
from schemas.events.suggestion import Arm, FallbackReason
from schemas.taxonomy import CATEGORIES, Category
from scorer.serving.decide import ModelAnswer, compare, decide

RULE = Candidate(category=Category("Groceries"), confidence=0.9, source=SuggestionSource.RULES, rule_id="brand")
FORCED = Candidate(
    category=Category("Cash"), confidence=1.0, source=SuggestionSource.RULES, rule_id="atm", override=True
)
PICK = Candidate(category=Category("Dining"), confidence=0.97, source=SuggestionSource.MODEL)
OTHER = Candidate(category=Category("Travel"), confidence=0.93, source=SuggestionSource.MODEL)
SURE = ModelAnswer(Role.CHALLENGER, "m2", Acceptance.ACCEPTED, (PICK,))
UNSURE = ModelAnswer(Role.CHALLENGER, "m2", Acceptance.LOW_CONFIDENCE, (PICK,))
LATE = ModelAnswer(Role.CHALLENGER, "m2", Acceptance.TIMEOUT)
GONE = ModelAnswer(Role.CHALLENGER, "m2", Acceptance.UNAVAILABLE)
BROKEN = ModelAnswer(Role.CHALLENGER, "m2", Acceptance.ERROR)
UNASKED = ModelAnswer(Role.CHALLENGER, "m2", Acceptance.NOT_ASKED)
CHAMPION = ModelAnswer(Role.CHAMPION, "m1", Acceptance.ACCEPTED, (OTHER,))
SHY_CHAMPION = ModelAnswer(Role.CHAMPION, "m1", Acceptance.LOW_CONFIDENCE, (OTHER,))


@pytest.mark.parametrize(
    ("arm", "rule", "champion", "challenger", "served", "reason"),
    [
        pytest.param(Arm.CANARY, RULE, None, SURE, PICK, None, id="canary serves a sure model"),
        pytest.param(Arm.CANARY, RULE, None, UNSURE, RULE, FallbackReason.LOW_CONFIDENCE, id="unsure falls back"),
        pytest.param(Arm.CANARY, RULE, None, LATE, RULE, FallbackReason.TIMEOUT, id="late model falls back"),
        pytest.param(Arm.CANARY, None, None, GONE, None, FallbackReason.UNAVAILABLE, id="no model, no rule"),
        pytest.param(Arm.CANARY, RULE, None, BROKEN, RULE, FallbackReason.ERROR, id="broken model falls back"),
        pytest.param(Arm.CANARY, RULE, None, None, RULE, None, id="canary without model is control"),
        pytest.param(Arm.CANARY, FORCED, None, SURE, FORCED, None, id="an overriding rule beats the model"),
        pytest.param(Arm.CANARY, FORCED, None, UNSURE, FORCED, None, id="an overriding rule is no fallback"),
        pytest.param(Arm.CANARY, RULE, CHAMPION, SURE, PICK, None, id="canary serves its challenger"),
        pytest.param(
            Arm.CANARY,
            RULE,
            CHAMPION,
            UNSURE,
            OTHER,
            FallbackReason.LOW_CONFIDENCE,
            id="falls back to champion",
        ),
        pytest.param(
            Arm.CANARY, RULE, SHY_CHAMPION, UNSURE, RULE, FallbackReason.LOW_CONFIDENCE, id="down to the rule"
        ),
        pytest.param(Arm.CONTROL, RULE, None, SURE, RULE, None, id="control shadows the model"),
        pytest.param(Arm.CONTROL, None, None, SURE, None, None, id="control keeps silent beside a sure model"),
        pytest.param(Arm.CONTROL, RULE, CHAMPION, SURE, OTHER, None, id="control serves its champion"),
        pytest.param(Arm.CONTROL, FORCED, CHAMPION, SURE, FORCED, None, id="overriding rule beats the champion"),
        pytest.param(Arm.CONTROL, RULE, None, UNASKED, RULE, None, id="control without shadow"),
    ],
)
def test_decide(
    arm: Arm,
    rule: Candidate | None,
    champion: ModelAnswer | None,
    challenger: ModelAnswer | None,
    served: Candidate | None,
    reason: FallbackReason | None,
) -> None:
    decision = decide(arm, rule=rule, champion=champion, challenger=challenger)
    assert decision.served is served
    assert decision.fallback_reason is reason
    assert decision.source is (SuggestionSource.NONE if served is None else served.source)


EVERYTHING = (1 << len(CATEGORIES)) - 1
ONLY_THE_RULE = 1 << CATEGORIES.index(RULE.category)
DOUBTS = msgspec.structs.replace(UNSURE, doubted=ONLY_THE_RULE)
DOUBTS_ANOTHER = msgspec.structs.replace(UNSURE, doubted=EVERYTHING - ONLY_THE_RULE)
SURE_AND_DOUBTS = msgspec.structs.replace(SURE, doubted=EVERYTHING)
CHAMPION_DOUBTS = msgspec.structs.replace(SHY_CHAMPION, doubted=ONLY_THE_RULE)
DOUBTED, LOW = FallbackReason.RULE_DOUBTED, FallbackReason.LOW_CONFIDENCE


@pytest.mark.parametrize(
    ("arm", "rule", "champion", "challenger", "served", "reason"),
    [
        pytest.param(Arm.CANARY, RULE, None, DOUBTS, None, DOUBTED, id="the canary's model doubts the rule"),
        pytest.param(Arm.CANARY, RULE, None, DOUBTS_ANOTHER, RULE, LOW, id="it doubts other categories only"),
        pytest.param(Arm.CANARY, None, None, DOUBTS, None, LOW, id="without a rule there is nothing to doubt"),
        pytest.param(Arm.CANARY, RULE, None, SURE_AND_DOUBTS, PICK, None, id="a sure model is served, doubt or not"),
        pytest.param(Arm.CANARY, FORCED, None, DOUBTS, FORCED, None, id="a rule that overrides is never doubted"),
        pytest.param(Arm.CANARY, RULE, CHAMPION, DOUBTS, OTHER, LOW, id="the champion's answer is no rule's"),
        pytest.param(Arm.CANARY, RULE, SHY_CHAMPION, DOUBTS, None, DOUBTED, id="an unsure champion leaves the doubt"),
        pytest.param(Arm.CANARY, RULE, CHAMPION_DOUBTS, UNSURE, None, DOUBTED, id="the champion's doubt holds too"),
        pytest.param(Arm.CANARY, RULE, CHAMPION_DOUBTS, SURE, PICK, None, id="but not against a sure challenger"),
        pytest.param(Arm.CANARY, RULE, CHAMPION_DOUBTS, LATE, None, FallbackReason.TIMEOUT, id="a fault stays a fault"),
        pytest.param(Arm.CONTROL, RULE, CHAMPION_DOUBTS, None, None, None, id="control under a champion that doubts"),
        pytest.param(Arm.CONTROL, FORCED, CHAMPION_DOUBTS, None, FORCED, None, id="which an overriding rule ignores"),
        pytest.param(Arm.CONTROL, RULE, None, DOUBTS, RULE, None, id="a model in shadow silences no rule of control"),
    ],
)
def test_a_rule_that_the_arm_s_model_doubts_is_not_served(
    arm: Arm,
    rule: Candidate | None,
    champion: ModelAnswer | None,
    challenger: ModelAnswer | None,
    served: Candidate | None,
    reason: FallbackReason | None,
) -> None:
    decision = decide(arm, rule=rule, champion=champion, challenger=challenger)
    assert (decision.served, decision.fallback_reason) == (served, reason)


@pytest.mark.parametrize("silent", [LATE, GONE, BROKEN], ids=lambda answer: answer.acceptance.value)
def test_where_the_model_said_nothing_the_rule_answers(silent: ModelAnswer) -> None:
    assert decide(Arm.CANARY, rule=RULE, champion=None, challenger=silent).served is RULE


CATEGORY = st.none() | st.sampled_from(CATEGORIES)


@given(control=CATEGORY, canary=CATEGORY)
def test_every_pair_has_exactly_one_outcome(control: Category | None, canary: Category | None) -> None:
    both = control is not None and canary is not None
    outcome = compare(control, canary)
    assert (outcome in {ComparisonOutcome.AGREE, ComparisonOutcome.DISAGREE}) == both
    assert (outcome is ComparisonOutcome.NEITHER) == (control is None and canary is None)
    if both:
        assert (outcome is ComparisonOutcome.AGREE) == (control == canary)


@pytest.mark.parametrize("acceptance", list(Acceptance))
def test_the_arm_alone_never_makes_a_fallback(acceptance: Acceptance) -> None:
    answer = ModelAnswer(Role.CHALLENGER, "m", acceptance, (PICK,))
    assert decide(Arm.CONTROL, rule=RULE, champion=None, challenger=answer).fallback_reason is None
