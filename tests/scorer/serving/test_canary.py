"""Buckets are sticky, evenly spread and monotone in the share."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from schemas.events.suggestion import BUCKETS, Arm
from scorer.serving.canary import assign_arm, bucket

SHARES = st.integers(0, BUCKETS)


@given(key=st.text(), salt=st.text(max_size=20))
def test_a_bucket_is_sticky_and_in_range(key: str, salt: str) -> None:
    first = bucket(key, salt=salt)
    assert 0 <= first < BUCKETS
    assert bucket(key, salt=salt) == first


def test_a_bucket_is_the_same_on_every_machine_and_python() -> None:
    assert [bucket(key, salt="s") for key in ("alice", "bob", "zoë")] == [163, 9669, 412]


@given(number=st.integers(0, BUCKETS - 1), small=SHARES, large=SHARES)
def test_growing_the_share_moves_nobody_out(number: int, small: int, large: int) -> None:
    small, large = sorted((small, large))
    if assign_arm(number, basis_points=small) is Arm.CANARY:
        assert assign_arm(number, basis_points=large) is Arm.CANARY


def test_nobody_is_in_at_zero_and_everybody_at_a_hundred() -> None:
    assert {assign_arm(number, basis_points=0) for number in range(BUCKETS)} == {Arm.CONTROL}
    assert {assign_arm(number, basis_points=BUCKETS) for number in range(BUCKETS)} == {Arm.CANARY}


def test_shares_of_100_000_users_are_within_binomial_bounds() -> None:
    users = 100_000
    arms = Counter(assign_arm(bucket(f"user-{n}", salt="s"), basis_points=1_000) for n in range(users))
    deviation = (users * 0.1 * 0.9) ** 0.5
    assert abs(arms[Arm.CANARY] - users * 0.1) < 4 * deviation
