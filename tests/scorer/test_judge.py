"""The judge promotes only what every number allows, takes back what the policy says, and holds where it cannot know."""

from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

import scorer
from schemas.rollout import Verdict
from scorer.errors import PolicyError
from scorer.judge import Standing, judge, streaks
from scorer.policy import Policy, parse_policy
from scorer.rates import Asked, coverage, disagreement, fallback, fallback_beyond

FOLDER = Path(scorer.__file__).parent / "policies"
DAY = 86_400.0


def policy(name: str = "default") -> Policy:
    return parse_policy((FOLDER / f"{name}.yml").read_text(), file=f"{name}.yml")


GOOD = Standing(
    percent=10.0,
    has_model=True,
    stable_seconds=8 * DAY,
    transactions=5_000,
    users=400,
    accepted=3_600,
    low_confidence=1_400,
    unavailable=0,
    error=0,
    timeout=0,
    expected_fallback=0.25,
    agree=2_900,
    disagree=150,
    scoring_failed=0,
    p95_seconds=0.02,
    e_better=3.0,
    e_worse=0.1,
    e_not_inferior=40.0,
)


def but(**changes: object) -> Standing:
    return msgspec.structs.replace(GOOD, **changes)


@pytest.mark.parametrize(
    ("standing", "verdict", "percent", "says"),
    [
        pytest.param(GOOD, Verdict.PROMOTE, 50.0, "fallback 0.03", id="all is well"),
        pytest.param(but(has_model=False), Verdict.HOLD, None, "no model", id="no model"),
        pytest.param(but(percent=100.0), Verdict.HOLD, None, "no step leads on", id="at the end"),
        pytest.param(but(percent=17.0), Verdict.HOLD, None, "no step leads on from 17", id="between the steps"),
        pytest.param(but(latched=True), Verdict.HOLD, None, "a person lets it out", id="rolled back before"),
        pytest.param(but(stable_seconds=6 * DAY), Verdict.HOLD, None, "days at this share 6", id="too early"),
        pytest.param(but(disagree=900), Verdict.HOLD, None, "disagreement", id="disagrees with the rules"),
        pytest.param(but(disagree=900, e_better=21.0), Verdict.PROMOTE, 50.0, "", id="disagrees and is right"),
        pytest.param(but(low_confidence=9_000), Verdict.HOLD, None, "fallback", id="more unsure than it should be"),
        pytest.param(but(p95_seconds=0.2), Verdict.HOLD, None, "p95", id="slow"),
        pytest.param(but(accepted=100, low_confidence=20), Verdict.INCONCLUSIVE, None, "answers", id="too few"),
        pytest.param(but(users=10), Verdict.INCONCLUSIVE, None, "users 10", id="too few users"),
        pytest.param(but(e_not_inferior=2.0), Verdict.INCONCLUSIVE, None, "not worse", id="labels say nothing yet"),
        pytest.param(but(percent=50.0, stable_seconds=15 * DAY), Verdict.INCONCLUSIVE, None, "better", id="not better"),
        pytest.param(
            but(percent=50.0, stable_seconds=15 * DAY, e_better=30.0), Verdict.PROMOTE, 100.0, "better", id="better"
        ),
        pytest.param(but(timeout=9_000), Verdict.HOLD, None, "fallback", id="one bad look"),
        pytest.param(
            but(timeout=9_000, bad_fallback=2), Verdict.ROLLBACK, 0.0, "3 looks in a row", id="three bad looks"
        ),
        pytest.param(but(p95_seconds=0.9, bad_latency=1), Verdict.ROLLBACK, 0.0, "2 looks", id="two slow looks"),
        pytest.param(but(error=600, bad_errors=1), Verdict.ROLLBACK, 0.0, "errors 0.12", id="two looks with errors"),
        pytest.param(but(e_worse=25.0), Verdict.ROLLBACK, 0.0, "labels say worse", id="labels say worse"),
        pytest.param(
            but(percent=0.0, timeout=9_000, bad_fallback=9), Verdict.HOLD, None, "fallback", id="nothing to take back"
        ),
    ],
)
def test_the_default_policy(standing: Standing, verdict: Verdict, percent: float | None, says: str) -> None:
    judgement = judge(policy(), standing)
    assert (judgement.verdict, judgement.percent) == (verdict, percent)
    assert any(says in reason for reason in judgement.reasons)


@pytest.mark.parametrize(
    ("standing", "streak"),
    [
        pytest.param(but(timeout=9_000, bad_fallback=1), 2, id="a bad look"),
        pytest.param(but(bad_fallback=2), 0, id="a good look"),
        pytest.param(but(timeout=40, accepted=9, low_confidence=0, bad_fallback=2), 2, id="too few to say"),
        pytest.param(but(timeout=None, bad_fallback=2), 2, id="not measured"),
    ],
)
def test_a_streak_of_bad_looks_ends_with_a_good_one_and_not_with_silence(standing: Standing, streak: int) -> None:
    assert streaks(policy(), standing).fallback == streak


NUMBERS = (
    "transactions", "users", "accepted", "low_confidence", "unavailable", "error", "timeout", "agree", "disagree",
    "scoring_failed", "p95_seconds", "e_not_inferior",
)  # fmt: skip


@pytest.mark.parametrize("name", NUMBERS)
def test_a_number_that_is_missing_never_promotes(name: str) -> None:
    assert judge(policy(), GOOD).verdict is Verdict.PROMOTE
    verdict = judge(policy(), but(**{name: None})).verdict
    assert verdict is Verdict.INCONCLUSIVE or name == "transactions"
    assert verdict is not Verdict.PROMOTE


COUNTS = st.none() | st.integers(0, 10_000)
STANDINGS = st.builds(
    Standing,
    percent=st.sampled_from([0.0, 10.0, 50.0, 100.0, 33.0]),
    has_model=st.booleans(),
    latched=st.booleans(),
    stable_seconds=st.floats(0, 40 * DAY),
    expected_fallback=st.floats(0, 1),
    p95_seconds=st.none() | st.floats(0.001, 5),
    e_better=st.none() | st.floats(0, 100),
    e_worse=st.none() | st.floats(0, 100),
    e_not_inferior=st.none() | st.floats(0, 100),
    bad_fallback=st.integers(0, 4),
    bad_latency=st.integers(0, 4),
    bad_errors=st.integers(0, 4),
    **dict.fromkeys(NUMBERS[:10], COUNTS),
)


@given(STANDINGS, st.sampled_from(["default", "literal", "fast"]))
def test_every_standing_has_a_verdict_with_a_reason_and_the_same_one_from_its_record(
    standing: Standing, name: str
) -> None:
    judgement = judge(policy(name), standing)
    assert judgement.reasons
    assert (judgement.percent is None) == (judgement.verdict in (Verdict.HOLD, Verdict.INCONCLUSIVE))
    assert judge(policy(name), Standing.from_numbers(standing.to_numbers())) == judgement


@given(STANDINGS, st.integers(1, 50_000))
def test_more_failures_never_turn_anything_into_a_promotion(standing: Standing, more: int) -> None:
    worse = msgspec.structs.replace(standing, timeout=(standing.timeout or 0) + more)
    if judge(policy(), standing).verdict is not Verdict.PROMOTE and standing.timeout is not None:
        before, after = standing.asked, worse.asked
        enough = before is not None and before.total >= policy().minimum.transactions
        if enough and after is not None:
            assert judge(policy(), worse).verdict is not Verdict.PROMOTE


@given(st.integers(0, 999), st.integers(0, 999), st.integers(0, 999), st.floats(0, 1))
def test_rates_are_shares_and_nothing_has_none(accepted: int, unsure: int, late: int, expected: float) -> None:
    asked = Asked(accepted=accepted, low_confidence=unsure, timeout=late)
    rates = (coverage(asked), fallback(asked), fallback_beyond(asked, expected=expected))
    if not asked.total:
        assert rates == (None, None, None)
        return
    assert all(rate is not None and 0 <= rate <= 1 for rate in rates)
    assert rates[0] + rates[1] == pytest.approx(1.0)
    assert rates[2] <= rates[1] + 1e-12


def test_agreement_is_of_those_who_both_named_one() -> None:
    assert disagreement(agree=0, disagree=0) is None
    assert disagreement(agree=3, disagree=1) == 0.25


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("window_seconds: 900", "window_seconds: soon"), "window_seconds"),
        (("alpha: 0.05", "alfa: 0.05"), "alfa"),
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
