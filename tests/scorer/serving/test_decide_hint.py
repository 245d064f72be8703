"""A user's hint stands above rules and models: always names the category, never takes it from whoever names it."""

from functools import partial

import pytest

from schemas.events.candidate import Candidate, ExplanationKind, SuggestionSource
from schemas.events.comparison import Acceptance, ComparisonOutcome, Role
from schemas.events.hint import HINTED, Preference
from schemas.events.suggestion import Arm, FallbackReason
from schemas.taxonomy import Category
from scorer.serving.decide import ModelAnswer, decide

RULE = Candidate(Category("Groceries"), 0.9, SuggestionSource.RULES, "brand")
FORCED = Candidate(Category("Cash"), 1.0, SuggestionSource.RULES, "atm", override=True)
PICK = Candidate(Category("Dining"), 0.97, SuggestionSource.MODEL)
OTHER = Candidate(Category("Travel"), 0.93, SuggestionSource.MODEL)
SURE = ModelAnswer(Role.CHALLENGER, "m2", Acceptance.ACCEPTED, (PICK,))
UNSURE = ModelAnswer(Role.CHALLENGER, "m2", Acceptance.LOW_CONFIDENCE, (PICK,))
CHAMPION = ModelAnswer(Role.CHAMPION, "m1", Acceptance.ACCEPTED, (OTHER,))
GIFTS = HINTED[Preference.ALWAYS, Category("Groceries")]


@pytest.mark.parametrize("arm", list(Arm))
@pytest.mark.parametrize("challenger", [None, SURE, UNSURE], ids=["no model", "a sure model", "an unsure model"])
@pytest.mark.parametrize("rule", [None, RULE, FORCED], ids=["no rule", "a rule", "an overriding rule"])
def test_always_is_served_whoever_says_what(arm: Arm, challenger: ModelAnswer | None, rule: Candidate | None) -> None:
    hint = HINTED[Preference.ALWAYS, Category("Travel")]
    decision = decide(arm, rule=rule, champion=CHAMPION, challenger=challenger, hint=hint)
    assert decision.served is not None
    assert (decision.served.category, decision.source) == (Category("Travel"), SuggestionSource.HINT)
    assert [one.kind for one in decision.served.explanations] == [ExplanationKind.HINT]
    assert decision.fallback_reason is None
    assert not decision.is_evidence


def test_always_leaves_the_arms_as_they_would_be_without_it() -> None:
    plain = decide(Arm.CANARY, rule=RULE, champion=None, challenger=SURE)
    hinted = decide(Arm.CANARY, rule=RULE, champion=None, challenger=SURE, hint=GIFTS)
    assert (hinted.control_category, hinted.canary_category) == (plain.control_category, plain.canary_category)
    assert hinted.outcome is ComparisonOutcome.DISAGREE


@pytest.mark.parametrize(
    ("arm", "rule", "champion", "challenger", "never", "served", "reason"),
    [
        pytest.param(Arm.CONTROL, RULE, None, None, "Groceries", None, None, id="the rule's"),
        pytest.param(Arm.CONTROL, FORCED, CHAMPION, None, "Cash", OTHER, None, id="an overriding rule's"),
        pytest.param(Arm.CONTROL, RULE, CHAMPION, None, "Travel", RULE, None, id="the champion's leaves the rule"),
        pytest.param(Arm.CANARY, RULE, None, SURE, "Dining", RULE, None, id="the canary's is no fallback"),
        pytest.param(Arm.CANARY, RULE, CHAMPION, SURE, "Dining", OTHER, None, id="the canary's leaves the champion"),
        pytest.param(Arm.CANARY, None, None, SURE, "Dining", None, None, id="the canary's leaves silence"),
        pytest.param(
            Arm.CANARY, RULE, None, UNSURE, "Groceries", None, FallbackReason.LOW_CONFIDENCE, id="of a fallback"
        ),
    ],
)
def test_never_takes_the_category_from_whoever_names_it(
    arm: Arm,
    rule: Candidate | None,
    champion: ModelAnswer | None,
    challenger: ModelAnswer | None,
    never: str,
    served: Candidate | None,
    reason: FallbackReason | None,
) -> None:
    category = next(one for one in Category if one.startswith(never))
    hint = HINTED[Preference.NEVER, category]
    decision = decide(arm, rule=rule, champion=champion, challenger=challenger, hint=hint)
    assert (decision.served, decision.fallback_reason, decision.removed) == (served, reason, category)
    assert category not in (decision.control_category, decision.canary_category)
    assert decision.is_evidence


def test_never_of_a_category_that_nobody_names_changes_nothing() -> None:
    hint = HINTED[Preference.NEVER, Category("Fuel & Auto")]
    ask = partial(decide, Arm.CANARY, rule=RULE, champion=CHAMPION, challenger=SURE)
    assert ask(hint=hint) == ask()
