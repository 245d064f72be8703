"""The demo's summary holds each answer against the truth of its own transaction, whoever else uses the same id."""

from datetime import UTC, datetime

from ops.demo.summary import measure
from schemas.events.candidate import Band, SuggestionSource
from schemas.events.suggestion import SUGGESTION_SCHEMA_VERSION, Arm, Suggestion
from schemas.taxonomy import TAXONOMY_VERSION, Category


def said(user_id: str, account_id: str, category: Category) -> Suggestion:
    return Suggestion(
        schema_version=SUGGESTION_SCHEMA_VERSION,
        event_id=f"AAAAAAAAAAAAAAAAAAAAAA-0-{len(user_id + account_id)}",
        txn_id="1",
        user_id=user_id,
        account_id=account_id,
        category=category,
        confidence=0.9,
        band=Band.HIGH,
        source=SuggestionSource.RULES,
        fallback_reason=None,
        candidates=(),
        explanations=(),
        arm=Arm.CONTROL,
        bucket=0,
        model_version=None,
        rules_version="rules",
        taxonomy_version=TAXONOMY_VERSION,
        rollout_version=0,
        suggested_at=datetime(2026, 1, 1, tzinfo=UTC),
    )


def test_accounts_that_number_alike_are_measured_apart() -> None:
    answers = [
        said("ann", "giro", Category("Dining")),
        said("ann", "card", Category("Cash")),
        said("bob", "giro", Category("Travel")),
    ]
    truth = {
        ("ann", "giro", "1"): Category("Dining"),
        ("ann", "card", "1"): Category("Cash"),
        ("bob", "giro", "1"): Category("Dining"),
    }
    assert measure(answers, [], truth).served_precision == 2 / 3
