"""A follower that was never started can be stopped; what it follows is tested from outside, and its table alone."""

from streams.hints.follower import HintFollower
from streams.settings import KafkaSettings


def test_a_follower_that_never_began_can_be_stopped() -> None:
    def never(_: object) -> None:
        raise AssertionError

    follower = HintFollower(KafkaSettings(), limit=1, fail=never)
    follower.stop()
    assert not follower.is_read
