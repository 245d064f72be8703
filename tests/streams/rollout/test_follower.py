"""A follower that was never started can be stopped; what it follows is tested where it is folded."""

from streams.rollout.follower import Follower
from streams.settings import KafkaSettings


def test_a_follower_that_never_began_can_be_stopped() -> None:
    def never(_: object) -> None:
        raise AssertionError

    Follower(KafkaSettings(), changed=never).stop()
