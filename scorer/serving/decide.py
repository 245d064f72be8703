"""Decide: which answer an arm serves, and why the canary fell back where it did."""

from typing import Final

from msgspec import Struct

from schemas.events.candidate import Candidate, Explanation, ExplanationKind, SuggestionSource
from schemas.events.comparison import Acceptance, ComparisonOutcome, Role
from schemas.events.hint import HintedCategory, Preference
from schemas.events.suggestion import Arm, FallbackReason
from schemas.taxonomy import CATEGORIES, DISPLAY_NAMES, Category

_BITS: Final = {category: 1 << place for place, category in enumerate(CATEGORIES)}


class ModelAnswer(Struct, frozen=True, gc=False):
    """One model's answer to one transaction; ``ranked`` holds at most three candidates, the best one first.

    ``doubted`` has bit ``i`` where the model gives category ``i`` of the taxonomy less than its floor; a model that
    said nothing doubts nothing.
    """

    role: Role
    version: str | None
    acceptance: Acceptance
    ranked: tuple[Candidate, ...] = ()
    doubted: int = 0

    def doubts(self, rule: Candidate) -> bool:
        """Whether the model finds a rule's category too improbable for it to be served."""
        return is_doubted(self.doubted, rule)

    @property
    def accepted(self) -> Candidate | None:
        """The best candidate, where it is above its category's threshold."""
        return self.ranked[0] if self.acceptance is Acceptance.ACCEPTED else None


class Decision(Struct, frozen=True, gc=False):
    """What is served, and what each arm would have served.

    A hint for a category stands above both arms: their categories are then those that it was preferred to. A hint
    against one takes it from both.
    """

    served: Candidate | None
    fallback_reason: FallbackReason | None
    control_category: Category | None
    canary_category: Category | None  # of the canary's model, before any fallback
    outcome: ComparisonOutcome
    removed: Category | None = None  # what a hint has taken from somebody who would have named it

    @property
    def source(self) -> SuggestionSource:
        """Who named the served category."""
        return SuggestionSource.NONE if self.served is None else self.served.source

    @property
    def is_evidence(self) -> bool:
        """Whether it says anything of an arm: what a hint serves does not. raw.is_evidence says so of landed rows."""
        return self.source is not SuggestionSource.HINT


FALLBACK_REASONS: Final = {
    Acceptance.LOW_CONFIDENCE: FallbackReason.LOW_CONFIDENCE,
    Acceptance.UNAVAILABLE: FallbackReason.UNAVAILABLE,
    Acceptance.ERROR: FallbackReason.ERROR,
    Acceptance.TIMEOUT: FallbackReason.TIMEOUT,
}


def is_doubted(doubted: int, rule: Candidate) -> bool:
    """Whether a rule's category has its bit in ``doubted``; of a rule that overrides it is not asked."""
    return not rule.override and bool(doubted & _BITS[rule.category])


def decide(
    arm: Arm,
    *,
    rule: Candidate | None,
    champion: ModelAnswer | None,
    challenger: ModelAnswer | None,
    hint: HintedCategory | None = None,
) -> Decision:
    """Serve the user's hint, else the arm's own answer: an overriding rule, its model where it is sure, the rule.

    ``champion`` is the model that control serves, ``challenger`` the one of the canary; None where an arm has none.
    A rule that the arm's model doubts is not served; one that overrides is. A canary without a sure model serves what
    control would serve, except such a rule. A category that the hint never wants is nobody's.
    """
    champion_pick = None if champion is None else champion.accepted
    challenger_pick = None if challenger is None else challenger.accepted
    removed = None
    if hint is not None and hint.preference is Preference.NEVER:
        proposed = (rule, champion_pick, challenger_pick)
        rule, champion_pick, challenger_pick = (
            None if one is not None and one.category is hint.category else one for one in proposed
        )
        removed = None if proposed == (rule, champion_pick, challenger_pick) else hint.category
    overriding = rule if rule is not None and rule.override else None
    doubted_by_champion = rule is not None and champion is not None and champion.doubts(rule)
    control = overriding or champion_pick or (None if doubted_by_champion else rule)
    served, reason = control, None
    if arm is Arm.CANARY and overriding is None and challenger is not None:
        served = challenger_pick or control
        reason = FALLBACK_REASONS.get(challenger.acceptance)
        if (
            rule is not None
            and challenger.acceptance is Acceptance.LOW_CONFIDENCE
            and champion_pick is None
            and (doubted_by_champion or challenger.doubts(rule))
        ):
            served, reason = None, FallbackReason.RULE_DOUBTED
    control_category = None if control is None else control.category
    canary_category = None if challenger_pick is None else challenger_pick.category
    if hint is not None and hint.preference is Preference.ALWAYS:
        served, reason = _hinted(hint), None
    outcome = compare(control_category, canary_category)
    return Decision(served, reason, control_category, canary_category, outcome, removed)


def explain_hint(hint: HintedCategory) -> Explanation:
    """Return a hint as one piece of evidence."""
    return Explanation(
        ExplanationKind.HINT, f"your hint for this merchant: {hint.preference} {DISPLAY_NAMES[hint.category]}"
    )


def _hinted(hint: HintedCategory) -> Candidate:
    return Candidate(hint.category, 1.0, SuggestionSource.HINT, explanations=(explain_hint(hint),))


def compare(control: Category | None, canary: Category | None) -> ComparisonOutcome:
    """Return how the two arms' categories relate; both silent is ``neither``."""
    if control is None:
        return ComparisonOutcome.NEITHER if canary is None else ComparisonOutcome.CANARY_ONLY
    if canary is None:
        return ComparisonOutcome.CONTROL_ONLY
    return ComparisonOutcome.AGREE if control is canary else ComparisonOutcome.DISAGREE
