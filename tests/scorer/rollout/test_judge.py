"""The judge promotes only what every number allows, takes back what the policy says, and holds where it cannot know."""

import functools
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

import scorer
from schemas.events.rollout import CategoryCounts, Verdict
from schemas.taxonomy import Category
from scorer.errors import PolicyError
from scorer.rollout.compute_rates import Asked, coverage, disagreement, excess_fallback, fallback
from scorer.rollout.criteria import Holds
from scorer.rollout.judge import judge
from scorer.rollout.metric_names import Rate
from scorer.rollout.metrics import Standing
from scorer.rollout.policy import Policy, parse_policy
from scorer.rollout.rollback_rules import streaks

FOLDER = Path(scorer.__file__).parent / "rollout" / "policies"
DAY = 86_400.0


@functools.cache
def policy(name: str = "default") -> Policy:
    return parse_policy((FOLDER / f"{name}.yml").read_text(), file=f"{name}.yml")


GOOD = Standing(
    percent=10.0,
    has_model=True,
    stable_seconds=8 * DAY,
    expected_fallback=0.25,
    rates_seconds=DAY,
    users=400,
    accepted=3_600,
    low_confidence=1_400,
    unavailable=0,
    error=0,
    timeout=0,
    agree=2_900,
    disagree=150,
    recent_seconds=900,
    recent_transactions=600,
    recent_accepted=38,
    recent_low_confidence=14,
    recent_unavailable=0,
    recent_error=0,
    recent_timeout=0,
    recent_scoring_failed=0,
    recent_latencies=600,
    p95_seconds=0.02,
    total_asked=40_000,
    total_failed=40,
    canary_users=400,
    arm_users=4_000,
    better=60,
    worse=40,
    alike=900,
    evidence_days=9,
    canary_pleased=40,
    canary_displeased=10,
    control_pleased=300,
    control_displeased=80,
    served=4_800,
    complaints=20,
    stale_sources=0,
    mart_age_seconds=3_600,
    categories={},
)
LOST = {"recent_accepted": 0, "recent_low_confidence": 0}  # too few answers for a bound
LATE = {"percent": 50.0, "canary_users": 2_000, "stable_seconds": 15 * DAY}


def but(**changes: object) -> Standing:
    return msgspec.structs.replace(GOOD, **changes)


HELD, UNSURE = Verdict.HOLD, Verdict.INCONCLUSIVE


@pytest.mark.parametrize(
    ("standing", "verdict", "percent", "says"),
    [
        pytest.param(GOOD, Verdict.PROMOTE, 50.0, "excess_fallback 0.03", id="all is well"),
        pytest.param(but(has_model=False), HELD, None, "no model", id="no model"),
        pytest.param(but(percent=100.0), HELD, None, "no step leads on", id="at the end"),
        pytest.param(but(percent=17.0), HELD, None, "no step leads on from 17", id="between the steps"),
        pytest.param(but(latched=True), HELD, None, "a person lets it out", id="rolled back before"),
        pytest.param(but(stable_seconds=6 * DAY), HELD, None, "days_at_share 6", id="too early"),
        pytest.param(but(disagree=900), HELD, None, "disagreement", id="disagrees with the rules"),
        pytest.param(but(disagree=900, better=80), Verdict.PROMOTE, 50.0, "waived, labels say", id="differs, is right"),
        pytest.param(but(low_confidence=9_000), HELD, None, "fallback", id="more unsure than it should be"),
        pytest.param(but(p95_seconds=0.2), HELD, None, "p95", id="slow"),
        pytest.param(but(recent_scoring_failed=9), HELD, None, "scoring_failures 0.015", id="scoring failures"),
        pytest.param(but(accepted=3_549, error=51), HELD, None, "errors 0.0102", id="errors of a day"),
        pytest.param(but(recent_timeout=3), HELD, None, "recent_errors 0.05455", id="errors of the last minutes"),
        pytest.param(
            but(accepted=15, low_confidence=5, error=1), UNSURE, None, "errors 0.04762", id="one error in 21 answers"
        ),
        pytest.param(
            but(accepted=0, low_confidence=0, error=3, recent_accepted=0, recent_low_confidence=0, recent_error=3,
                total_asked=3, total_failed=3, bad_errors=9),
            UNSURE, None, "errors 1", id="three errors in three",
        ),
        pytest.param(but(accepted=100, low_confidence=20), UNSURE, None, "answers", id="too few answers"),
        pytest.param(but(recent_transactions=99), UNSURE, None, "recent_transactions 99", id="too few just now"),
        pytest.param(but(recent_latencies=99), UNSURE, None, "p95_seconds not measured", id="too few latencies"),
        pytest.param(but(users=10), UNSURE, None, "users 10", id="too few users"),
        pytest.param(but(stale_sources=2), HELD, None, "stale_sources 2", id="stale"),
        pytest.param(but(mart_age_seconds=100_000), HELD, None, "mart_age_seconds 1e+05", id="old marts"),
        pytest.param(but(mart_age_seconds=None), UNSURE, None, "mart_age_seconds not measured", id="no mart"),
        pytest.param(but(stale_sources=None), UNSURE, None, "stale_sources not measured", id="unmeasured freshness"),
        pytest.param(but(canary_users=520), HELD, None, "sample_ratio_p", id="users dealt unevenly"),
        pytest.param(but(canary_pleased=20, canary_displeased=31), HELD, None, "feedback 0.39", id="feedback negative"),
        pytest.param(but(canary_pleased=0, canary_displeased=0), UNSURE, None, "feedback_users 0", id="no feedback"),
        pytest.param(but(canary_pleased=None), UNSURE, None, "feedback_users not measured", id="feedback not asked"),
        pytest.param(but(**LATE), UNSURE, None, "e_better", id="labels not sure"),
        pytest.param(but(**LATE, better=80), Verdict.PROMOTE, 100.0, "e_better", id="labels say better"),
        pytest.param(
            but(**LATE, has_champion=True, better=60, worse=60, alike=3_000), Verdict.PROMOTE, 100.0, "e_not_worse",
            id="as good as its champion",
        ),
        pytest.param(
            but(**LATE, better=60, worse=60, alike=3_000), UNSURE, None, "e_better", id="as good as the rules"
        ),
        pytest.param(
            but(**LATE, has_champion=True, better=60, worse=80, alike=300), UNSURE, None, "e_not_worse",
            id="perhaps worse than its champion",
        ),
        pytest.param(but(**LATE, better=5, worse=5, anchored_better=90), UNSURE, None, "e_better", id="anchored only"),
        pytest.param(
            but(**LATE, better=80, control_pleased=380, control_displeased=0), HELD, None, "feedback 0.8",
            id="users accepted the old one more often",
        ),
        pytest.param(
            but(**LATE, better=80, control_pleased=9, control_displeased=0), UNSURE, None, "feedback_users 9",
            id="nothing to hold it against",
        ),
        pytest.param(but(recent_low_confidence=900), Verdict.PROMOTE, 50.0, "", id="one bad look takes nothing back"),
        pytest.param(
            but(recent_low_confidence=900, bad_excess_fallback=2),
            Verdict.ROLLBACK, 0.0, "excess_fallback 0.7095 above 0.6 on 3 looks in a row", id="three bad looks",
        ),
        pytest.param(
            but(recent_accepted=0, recent_low_confidence=0, low_confidence=90_000, bad_excess_fallback=2),
            Verdict.ROLLBACK, 0.0, "excess_fallback", id="too little just now, so the window of rates counts",
        ),
        pytest.param(but(p95_seconds=0.9, bad_latency=1), Verdict.ROLLBACK, 0.0, "2 looks", id="two slow looks"),
        pytest.param(
            but(recent_error=12, bad_errors=1), Verdict.ROLLBACK, 0.0,
            "errors 0.1875 above 0.05 on 2 looks in a row (of 64, lower bound 0.0", id="errors of minutes",
        ),
        pytest.param(
            but(accepted=3_200, error=400, bad_errors=1), Verdict.ROLLBACK, 0.0, "of 5000, lower bound 0.0",
            id="errors of a day",
        ),
        pytest.param(
            but(total_asked=1_000, total_failed=80, bad_errors=1), Verdict.ROLLBACK, 0.0,
            "errors 0.08 above 0.05 on 2 looks in a row (of 1000 since the share moved, e-value 46", id="errors ever",
        ),
        pytest.param(
            but(total_asked=19, total_failed=19, bad_errors=1), Verdict.PROMOTE, 50.0, "", id="too few answers to say"
        ),
        pytest.param(
            but(**LOST, recent_unavailable=10, bad_errors=1), Verdict.ROLLBACK, 0.0,
            "errors 1 above 0.05 on 2 looks in a row (every one of 10 answers failed)", id="an outage by night",
        ),
        pytest.param(
            but(**LOST, recent_unavailable=9, bad_errors=1), UNSURE, None, "recent_errors 1", id="nine lost by night"
        ),
        pytest.param(
            but(**LOST | {"recent_accepted": 1}, recent_unavailable=18, bad_errors=1), UNSURE, None,
            "recent_errors 0.9474", id="one answer by night",
        ),
        pytest.param(
            but(recent_scoring_failed=60, bad_scoring_failures=1), Verdict.ROLLBACK, 0.0, "scoring_failures 0.1",
            id="scoring failures on two looks",
        ),
        pytest.param(but(complaints=300, bad_complaints=2), Verdict.ROLLBACK, 0.0, "complaints", id="complaints"),
        pytest.param(but(worse=100), Verdict.ROLLBACK, 0.0, "labels say worse", id="labels say worse"),
        pytest.param(
            but(latched=True, worse=100), Verdict.ROLLBACK, 0.0, "labels say worse", id="worse, though latched"
        ),
        pytest.param(
            but(percent=0.0, timeout=9_000, bad_errors=9), HELD, None, "excess_fallback", id="nothing to take back"
        ),
    ],
)  # fmt: skip
def test_the_default_policy(standing: Standing, verdict: Verdict, percent: float | None, says: str) -> None:
    judgement = judge(policy(), standing)
    assert (judgement.verdict, judgement.percent) == (verdict, percent), judgement.reasons
    assert any(says in reason for reason in judgement.reasons), judgement.reasons


def test_labels_given_to_a_shown_answer_are_counted_apart_unless_the_policy_takes_them() -> None:
    mixed = but(**LATE, better=20, worse=10, anchored_better=60, anchored_worse=10, anchored_alike=4)
    taking = msgspec.structs.replace(policy(), labels="any")
    assert judge(policy(), mixed).verdict is Verdict.INCONCLUSIVE
    assert judge(taking, mixed).verdict is Verdict.PROMOTE
    assert mixed.signs(taking) == (80, 20, 904)


def test_a_waived_bar_says_so_with_its_value() -> None:
    waived = {one.name: one for one in judge(policy(), but(disagree=900, better=80)).conditions}[Rate.DISAGREEMENT]
    assert waived.holds is Holds.WAIVED
    assert waived.value == pytest.approx(900 / 3_800)


def test_users_that_nobody_counts_are_no_condition() -> None:
    names = {one.name for one in judge(policy("fast"), GOOD).conditions}
    assert names.isdisjoint({Rate.USERS, Rate.SAMPLE_RATIO, Rate.STALE, Rate.FEEDBACK, Rate.E_BETTER})


@pytest.mark.parametrize(
    ("standing", "streak"),
    [
        pytest.param(but(recent_low_confidence=900, bad_excess_fallback=1), 2, id="a bad look"),
        pytest.param(but(bad_excess_fallback=2, recent_accepted=90), 0, id="a good look"),
        pytest.param(
            but(
                recent_timeout=9, recent_accepted=0, recent_low_confidence=0, accepted=9, low_confidence=0,
                bad_excess_fallback=2,
            ),
            2, id="too few to say",
        ),
        pytest.param(but(recent_timeout=None, timeout=None, bad_excess_fallback=2), 2, id="not measured"),
    ],
)  # fmt: skip
def test_a_streak_of_bad_looks_ends_with_a_good_one_and_not_with_silence(standing: Standing, streak: int) -> None:
    assert streaks(policy(), standing).excess_fallback == streak


NEEDED = (
    "users", "accepted", "low_confidence", "unavailable", "error", "timeout", "agree", "disagree",
    "recent_transactions", "recent_accepted", "recent_low_confidence", "recent_unavailable", "recent_error",
    "recent_timeout", "recent_scoring_failed", "recent_latencies", "p95_seconds",
    "canary_users", "arm_users", "canary_pleased", "canary_displeased", "stale_sources",
    "mart_age_seconds",
)  # fmt: skip
COUNTED = tuple(name for name in Standing.__struct_fields__ if name not in (
    "criteria", "categories",
    "percent", "has_model", "has_champion", "latched", "stable_seconds", "expected_fallback", "p95_seconds",
))  # fmt: skip


@pytest.mark.parametrize("name", NEEDED)
def test_a_number_that_is_missing_never_promotes(name: str) -> None:
    assert judge(policy(), GOOD).verdict is Verdict.PROMOTE
    assert judge(policy(), but(**{name: None})).verdict is Verdict.INCONCLUSIVE


def test_nothing_measured_at_all_is_inconclusive_in_every_policy() -> None:
    for name in ("default", "literal", "fast"):
        assert judge(policy(name), Standing(percent=0.0, has_model=True)).verdict is Verdict.INCONCLUSIVE


@functools.cache
def kept(name: str) -> Policy:
    """Return a policy as a record of a verdict keeps it."""
    return parse_policy(policy(name).to_terms())


COUNTS = st.none() | st.integers(0, 10_000)
STREAKS = tuple(name for name in COUNTED if name.startswith("bad_"))
STANDINGS = st.builds(
    Standing,
    percent=st.sampled_from([0.0, 10.0, 50.0, 100.0, 33.0]),
    has_model=st.booleans(),
    latched=st.booleans(),
    has_champion=st.booleans(),
    stable_seconds=st.floats(0, 40 * DAY),
    expected_fallback=st.floats(0, 1),
    p95_seconds=st.none() | st.floats(0.001, 5),
    categories=st.none()
    | st.dictionaries(
        st.sampled_from(Category), st.builds(CategoryCounts, served=st.integers(90, 99), complaints=st.integers(0, 90))
    ),
    **dict.fromkeys(STREAKS, st.integers(0, 4)),
    **dict.fromkeys(sorted(set(COUNTED) - set(STREAKS)), COUNTS),
)


@given(STANDINGS, st.sampled_from(["default", "literal", "fast"]))
def test_every_standing_has_a_verdict_with_a_reason_and_the_same_one_from_its_record(
    standing: Standing, name: str
) -> None:
    judgement = judge(policy(name), standing)
    assert judgement.reasons
    assert (judgement.percent is None) == (judgement.verdict in (Verdict.HOLD, Verdict.INCONCLUSIVE))
    assert judge(kept(name), Standing.from_numbers(standing.to_numbers(), {}, standing.categories)) == judgement


@given(STANDINGS, st.integers(1, 50_000))
def test_more_failures_never_turn_anything_into_a_promotion(standing: Standing, more: int) -> None:
    worse = msgspec.structs.replace(standing, timeout=(standing.timeout or 0) + more)
    if judge(policy(), standing).verdict is not Verdict.PROMOTE and standing.timeout is not None:
        before, after = standing.asked, worse.asked
        enough = before is not None and before.total >= policy().minimum.transactions
        if enough and after is not None:
            assert judge(policy(), worse).verdict is not Verdict.PROMOTE


def test_an_observation_of_another_name_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError, match="no observation is called mood"):
        Standing.from_numbers({"percent": 0.0, "has_model": 1.0, "mood": 3.0})


@given(st.integers(0, 999), st.integers(0, 999), st.integers(0, 999), st.floats(0, 1))
def test_rates_are_shares_and_nothing_has_none(accepted: int, unsure: int, late: int, expected: float) -> None:
    asked = Asked(accepted=accepted, low_confidence=unsure, timeout=late)
    covered, missed, excess = coverage(asked), fallback(asked), excess_fallback(asked, expected=expected)
    if not asked.total:
        assert (covered, missed, excess) == (None, None, None)
        return
    assert covered is not None and missed is not None and excess is not None
    assert all(0 <= rate <= 1 for rate in (covered, missed, excess))
    assert covered + missed == pytest.approx(1.0)
    assert excess <= missed + 1e-12


def test_agreement_is_of_those_who_both_named_one() -> None:
    assert disagreement(agree=0, disagree=0) is None
    assert disagreement(agree=3, disagree=1) == 0.25


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("window_seconds: 900", "window_seconds: soon"), "window_seconds"),
        (("rates_window_seconds: 86400", "rates_window_seconds: 60"), "shorter than window_seconds"),
        (("alpha: 0.05", "alfa: 0.05"), "alfa"),
        (("{excess_fallback: 0.60, ", "{"), "rollback has neither fallback"),
        (("excess_fallback: 0.30, ", ""), "the step from 0 % has neither fallback nor excess_fallback"),
        (
            ("errors: 0.01, scoring_failures: 0.01, stable_days: 0", "errors: 0.06, stable_days: 0"),
            "errors that roll back",
        ),
        (("disagreement: 0.20", "disagreement: 20"), "disagreement"),
        (("{from: 10, to: 50", "{from: 20, to: 50"), "the next one begins at 20 %"),
        (("{from: 0, to: 10", "{from: 10, to: 10"), "leads"),
        (("minimum: {", "minimum: ["), "is not YAML"),
    ],
    ids=lambda value: value if isinstance(value, str) else value[1],
)
def test_a_policy_that_is_none_is_one_clear_line(change: tuple[str, str], says: str) -> None:
    with pytest.raises(PolicyError) as refused:
        parse_policy((FOLDER / "default.yml").read_text().replace(*change), file="mine.yml")
    assert str(refused.value).startswith("mine.yml: ")
    assert says in str(refused.value)
    assert "\n" not in str(refused.value)
