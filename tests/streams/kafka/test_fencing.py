"""Another live worker is spoken of only where the group has one."""

import pytest

from streams.errors import FencedError, TopicError
from streams.kafka.fencing import explained


@pytest.mark.parametrize(
    ("lives", "says", "says_not"),
    [
        pytest.param(True, "another live worker has this worker's name", "no other worker", id="there is one"),
        pytest.param(False, "no other worker of this name is in the group", "another live worker", id="there is none"),
        pytest.param(None, "as it came", "another live worker", id="the broker does not say"),
    ],
)
def test_a_fenced_worker_is_told_of_another_one_only_where_there_is_one(
    lives: bool | None, says: str, says_not: str
) -> None:
    message = str(explained(FencedError("as it came"), lambda: lives))
    assert says in message
    assert says_not not in message


def test_any_other_error_is_left_alone_and_nobody_is_asked() -> None:
    error = TopicError("gone")
    assert explained(error, lambda: pytest.fail("asked")) is error
