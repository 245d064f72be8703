from datetime import UTC, datetime
from types import MappingProxyType

import pytest
from msgspec.structs import replace

from ops.console.try_it import DEFAULTS, ReleaseAnswer, served_by_arm, transaction_of
from ops.releases.opinion import Opinion
from schemas.events.candidate import Candidate, SuggestionSource
from schemas.events.dead_letter import DeadLetterReason, RecordError
from schemas.events.rollout import ArmPolicy, RolloutRecord
from schemas.events.transaction import Transaction
from schemas.taxonomy import CATEGORIES, Category
from tests.ops.console.test_history import record

NOW = datetime(2026, 5, 1, tzinfo=UTC)
LINE = MappingProxyType({**DEFAULTS, "description": "TESCO", "currency": "gbp", "country": " gb ", "mcc": "5411"})
RULE = Candidate(Category("Groceries"), 0.9, SuggestionSource.RULES, "tesco")
OVERRIDING = Candidate(Category("Cash"), 1.0, SuggestionSource.RULES, "atm", override=True)


def opinion(category: Category, *, is_accepted: bool = True, may_serve: bool = True) -> Opinion:
    return Opinion(
        version="a",
        ranked=((category, 0.8),),
        threshold=0.5,
        is_accepted=is_accepted,
        may_serve=may_serve,
        outcome="",
        why=(),
    )


DOUBTING = replace(opinion(Category("Dining"), is_accepted=False), doubted=(1 << len(CATEGORIES)) - 1)


def rollout(percent: str) -> RolloutRecord:
    return replace(record(1, percent), control=ArmPolicy(), canary=ArmPolicy("a"))


def test_codes_are_read_in_capital_letters_and_what_was_left_empty_is_not_sent() -> None:
    full, bare = (transaction_of({**LINE, **changes}, now=NOW) for changes in ({}, {"country": "", "mcc": ""}))
    assert isinstance(full, Transaction)
    assert isinstance(bare, Transaction)
    assert (full.currency, full.country, full.mcc) == ("GBP", "GB", "5411")
    assert (bare.country, bare.mcc) == (None, None)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"description": "a\0b"}, DeadLetterReason.INVALID_VALUE),
        ({"description": "x" * 1_025}, DeadLetterReason.TOO_LONG),
        ({"amount": "NaN"}, DeadLetterReason.INVALID_VALUE),
        ({"currency": ""}, DeadLetterReason.INVALID_VALUE),
        ({"mcc": "٥٤١١"}, DeadLetterReason.INVALID_VALUE),
    ],
    ids=["NUL", "too long", "no number", "no currency", "digits of another script"],
)
def test_a_line_that_a_worker_would_refuse_is_refused_for_the_same_reason(
    changes: dict[str, str], reason: DeadLetterReason
) -> None:
    found = transaction_of({**LINE, **changes}, now=NOW)
    assert isinstance(found, RecordError)
    assert found.reason is reason


@pytest.mark.parametrize(
    ("rule", "said", "expected"),
    [
        pytest.param(RULE, opinion(Category("Dining")), Category("Dining"), id="a sure model is served"),
        pytest.param(RULE, opinion(Category("Dining"), is_accepted=False), Category("Groceries"), id="else the rule"),
        pytest.param(RULE, DOUBTING, None, id="which the model doubts"),
        pytest.param(OVERRIDING, DOUBTING, Category("Cash"), id="no model doubts a rule that overrides"),
        pytest.param(
            RULE, replace(DOUBTING, may_serve=False), Category("Groceries"), id="nor does one that may not serve"
        ),
        pytest.param(
            RULE, opinion(Category("Dining"), may_serve=False), Category("Groceries"), id="a gate that did not pass"
        ),
        pytest.param(RULE, None, Category("Groceries"), id="a release that does not load"),
        pytest.param(OVERRIDING, opinion(Category("Dining")), Category("Cash"), id="a rule that wins over the model"),
        pytest.param(None, opinion(Category("Dining"), is_accepted=False), None, id="nobody is sure"),
    ],
)
def test_the_canary_serves_what_a_worker_would(
    rule: Candidate | None, said: Opinion | None, expected: Category | None
) -> None:
    answer = ReleaseAnswer(version="a", role="canary", opinion=said, fault=None)
    found = served_by_arm(rollout("50.00"), rule, [answer])
    assert {arm: one and one.category for arm, one in found.items()} == {
        "control": rule and rule.category,
        "canary": expected,
    }


def test_an_arm_without_users_serves_nothing() -> None:
    answer = ReleaseAnswer(version="a", role="canary", opinion=opinion(Category("Dining")), fault=None)
    assert list(served_by_arm(rollout("0.00"), RULE, [answer])) == ["control"]
    assert list(served_by_arm(rollout("100.00"), RULE, [answer])) == ["canary"]
    assert list(served_by_arm(None, RULE, [])) == ["control"]
