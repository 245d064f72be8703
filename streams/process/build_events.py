"""Build events: the decision on one transaction, and the two events that say so."""

from operator import attrgetter
from typing import Final

import msgspec

from schemas.events.candidate import Candidate, SuggestionSource, band
from schemas.events.comparison import COMPARISON_SCHEMA_VERSION, Answer, Comparison, Role
from schemas.events.hint import HintedCategory, Preference
from schemas.events.suggestion import SUGGESTION_SCHEMA_VERSION, Arm, SuggestedCategory, Suggestion
from schemas.events.transaction import Transaction
from schemas.taxonomy import DEFAULT_VERSION, TAXONOMY_VERSION, Category
from scorer.serving.decide import ModelAnswer, decide, explain_hint
from streams.process.batch_types import Context, Record, Scored

MAX_CANDIDATES: Final = 3
_IS_OWN: Final = TAXONOMY_VERSION != DEFAULT_VERSION


def conclude_one(
    record: Record,
    transaction: Transaction,
    user_bucket: int,
    arm: Arm,
    rule: Candidate | None,
    champion: ModelAnswer | None,
    challenger: ModelAnswer | None,
    context: Context,
    hint: HintedCategory | None = None,
) -> Scored:
    """Decide for one transaction and write its two events; a role that was not asked is None."""
    decision = decide(arm, rule=rule, champion=champion, challenger=challenger, hint=hint)
    event_id = f"{context.topic_id}-{record.partition}-{record.offset}"
    served = decision.served
    rules_version, rollout_version = context.rules_version, context.rollout.version
    # By position up to the source: a call with over 15 keywords builds a dict first, for each transaction.
    suggestion = Suggestion(
        SUGGESTION_SCHEMA_VERSION,
        event_id,
        transaction.txn_id,
        transaction.user_id,
        transaction.account_id,
        None if served is None else served.category,
        0.0 if served is None else served.confidence,
        None if served is None else band(served.confidence),
        decision.source,
        fallback_reason=decision.fallback_reason,
        candidates=_best_three(served, rule, champion, challenger, hint),
        explanations=() if served is None else served.explanations,
        arm=arm,
        bucket=user_bucket,
        model_version=_served_version(served, champion=champion, challenger=challenger),
        rules_version=rules_version,
        taxonomy_version=TAXONOMY_VERSION,
        rollout_version=rollout_version,
        suggested_at=context.now,
        hints_position=context.hints_position,
    )
    if hint is not None and decision.removed is not None:
        explanations = (*suggestion.explanations, explain_hint(hint))
        suggestion = msgspec.structs.replace(suggestion, explanations=explanations)
    comparison = Comparison(
        schema_version=COMPARISON_SCHEMA_VERSION,
        event_id=event_id,
        txn_id=transaction.txn_id,
        user_id=transaction.user_id,
        account_id=transaction.account_id,
        arm=arm,
        bucket=user_bucket,
        answers=_answers(rule, champion, challenger, rules_version=rules_version),
        control_category=decision.control_category,
        canary_category=decision.canary_category,
        outcome=decision.outcome,
        served_source=decision.source,
        rollout_version=rollout_version,
        scored_in_us=context.scored_in_us,
        compared_at=context.now,
    )
    if _IS_OWN:  # as a further keyword it would cost those, too, who have no taxonomy of their own
        comparison = msgspec.structs.replace(comparison, taxonomy_version=TAXONOMY_VERSION)
    return Scored(record, decision, suggestion, comparison)


def _best_three(
    served: Candidate | None,
    rule: Candidate | None,
    champion: ModelAnswer | None,
    challenger: ModelAnswer | None,
    hint: HintedCategory | None,
) -> tuple[SuggestedCategory, ...]:
    """The served answer first, then the others by confidence, each category once, and none that a hint never wants."""
    if champion is None and challenger is None and hint is None:
        return () if rule is None else (SuggestedCategory(rule.category, rule.confidence, rule.source),)
    others: list[Candidate] = []
    if challenger is not None:
        others.extend(challenger.ranked)
    if champion is not None:
        others.extend(champion.ranked)
    if rule is not None:
        others.append(rule)
    others.sort(key=_by_confidence, reverse=True)
    unwanted = hint.category if hint is not None and hint.preference is Preference.NEVER else None
    named: list[Category] = []
    best: list[SuggestedCategory] = []
    for candidate in others if served is None else (served, *others):
        category = candidate.category
        if category not in named and category is not unwanted:
            named.append(category)
            best.append(SuggestedCategory(category, candidate.confidence, candidate.source))
            if len(best) == MAX_CANDIDATES:
                break
    return tuple(best)


_by_confidence: Final = attrgetter("confidence")


def _served_version(
    served: Candidate | None, *, champion: ModelAnswer | None, challenger: ModelAnswer | None
) -> str | None:
    """The version of the model that named the served category; null where no model did."""
    if served is None or served.source is not SuggestionSource.MODEL:
        return None
    for answer in (challenger, champion):
        if answer is not None and answer.accepted is served:
            return answer.version
    return None


def _answers(
    rule: Candidate | None, champion: ModelAnswer | None, challenger: ModelAnswer | None, *, rules_version: str
) -> tuple[Answer, ...]:
    """What each that was there to ask has said: the rules first."""
    if rule is None:
        told = Answer(Role.RULES, rules_version, None, None, None, None)
    else:
        told = Answer(Role.RULES, rules_version, rule.category, rule.confidence, None, rule.rule_id)
    if champion is None and challenger is None:
        return (told,)
    return (told, *[_model_answer(answer, rule) for answer in (champion, challenger) if answer is not None])


def _model_answer(answer: ModelAnswer, rule: Candidate | None) -> Answer:
    if not answer.ranked:
        return Answer(answer.role, answer.version, None, None, answer.acceptance, None)
    best = answer.ranked[0]
    doubts_rule = rule is not None and answer.doubts(rule)
    return Answer(answer.role, answer.version, best.category, best.confidence, answer.acceptance, None, doubts_rule)
