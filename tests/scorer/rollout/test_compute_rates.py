"""The rates: nothing asked is no rate, every rate is a share, and an assignment is no fallback."""

from collections.abc import Callable
from itertools import cycle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.events.candidate import Candidate, SuggestionSource
from schemas.events.comparison import Acceptance, Role
from schemas.events.suggestion import BUCKETS, Arm
from schemas.taxonomy import CATEGORIES, Category
from scorer.rollout.compute_rates import (
    Asked,
    coverage,
    disagreement,
    errors,
    excess_fallback,
    fallback,
    scoring_failures,
    served,
)
from scorer.rollout.rates import share
from scorer.serving.canary import assign_arm, bucket
from scorer.serving.decide import ModelAnswer, decide

COUNT = st.integers(0, 10**9)
ASKED = st.builds(Asked, accepted=COUNT, low_confidence=COUNT, unavailable=COUNT, error=COUNT, timeout=COUNT)
RULE = Candidate(Category("Groceries"), 0.9, SuggestionSource.RULES, "rule-1")
HEARD = (Acceptance.ACCEPTED, Acceptance.LOW_CONFIDENCE, Acceptance.LOW_CONFIDENCE, Acceptance.TIMEOUT)
PICK = Candidate(Category("Dining"), 0.9, SuggestionSource.MODEL)


@given(asked=ASKED, expected=st.floats(0, 1))
def test_every_rate_of_what_was_asked_is_a_share_or_nothing(asked: Asked, expected: float) -> None:
    rates = (coverage(asked), fallback(asked), errors(asked), excess_fallback(asked, expected=expected))
    if asked.total == 0:
        assert set(rates) == {None}
    else:
        assert all(rate is not None and 0.0 <= rate <= 1.0 for rate in rates)


@given(part=COUNT, rest=COUNT)
def test_every_other_rate_is_a_share_or_nothing(part: int, rest: int) -> None:
    rates = (
        disagreement(agree=rest, disagree=part),
        served(named=part, records=part + rest),
        scoring_failures(scoring_failed=part, records=part + rest),
        share(part, part + rest),
    )
    if part + rest == 0:
        assert set(rates) == {None}
    else:
        assert all(rate is not None and 0.0 <= rate <= 1.0 for rate in rates)


@given(asked=ASKED)
def test_what_is_not_covered_falls_back(asked: Asked) -> None:
    covered, fell_back = coverage(asked), fallback(asked)
    if covered is not None and fell_back is not None:
        assert covered + fell_back == pytest.approx(1.0)
        assert excess_fallback(asked, expected=0.0) == pytest.approx(fell_back)


def tallied(
    users: list[str], basis_points: int, says: Callable[[str], Acceptance], *, doubted: int = 0
) -> dict[Arm, Asked]:
    """Return what became of one transaction a user, whose model says of each what it would say in either arm."""
    counts = {arm: dict.fromkeys(Asked.__struct_fields__, 0.0) for arm in Arm}
    for user in users:
        arm = assign_arm(bucket(user, salt="s"), basis_points=basis_points)
        answer = ModelAnswer(Role.CHALLENGER, "m", says(user), (PICK,), doubted)
        decision = decide(arm, rule=RULE, champion=None, challenger=answer)
        counts[arm][answer.acceptance.value] += 1
        assert (decision.fallback_reason is not None) == (
            arm is Arm.CANARY and answer.acceptance is not Acceptance.ACCEPTED
        )
    return {arm: Asked(**count) for arm, count in counts.items()}


@given(users=st.lists(st.text(min_size=1, max_size=8), max_size=60, unique=True), basis_points=st.integers(0, BUCKETS))
def test_being_in_control_is_no_fallback(users: list[str], basis_points: int) -> None:
    sure = tallied(users, basis_points, lambda _: Acceptance.ACCEPTED)
    assert {fallback(asked) for asked in sure.values()} <= {None, 0.0}
    unsure = tallied(users, basis_points, lambda _: Acceptance.LOW_CONFIDENCE)
    assert {fallback(asked) for asked in unsure.values()} <= {None, 1.0}
    assert sum(asked.total for asked in unsure.values()) == len(users)


def test_a_release_that_doubts_every_rule_has_the_rates_of_one_that_doubts_none() -> None:
    """Silence where a rule would have answered is neither an outage nor less coverage: the judge sees the model."""
    users = [f"user-{number}" for number in range(1_000)]
    words = dict(zip(users, cycle(HEARD), strict=False))
    everything = (1 << len(CATEGORIES)) - 1
    with_floor, without = (tallied(users, 5_000, words.__getitem__, doubted=mask) for mask in (everything, 0))
    assert with_floor == without
    assert {coverage(asked) for asked in with_floor.values()} != {None}


def test_a_small_share_leaves_the_fallback_rate_where_it_is() -> None:
    users = [f"user-{number}" for number in range(20_000)]

    def says(user: str) -> Acceptance:
        return Acceptance.LOW_CONFIDENCE if int(user.removeprefix("user-")) % 5 == 0 else Acceptance.ACCEPTED

    for basis_points in (100, 1_000, 5_000, BUCKETS):
        assert fallback(tallied(users, basis_points, says)[Arm.CANARY]) == pytest.approx(0.2, abs=0.08)


def test_only_a_model_that_is_not_well_is_an_error() -> None:
    asked = Asked(accepted=690, low_confidence=230, unavailable=20, error=30, timeout=30)
    assert (errors(asked), fallback(asked)) == (0.08, 0.31)
    assert excess_fallback(asked, expected=0.2) == pytest.approx(0.03 + 0.08)
