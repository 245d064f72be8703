"""An operator's word ends the pause that it was said of and any before it, and no later one."""

import pytest

from streams.dead_letters.pause_store import Pause

PAUSE = Pause(10, "100 in a row", "topic-1")


@pytest.mark.parametrize(
    ("word", "is_ended"),
    [
        pytest.param(None, False, id="no word"),
        pytest.param(Pause(10, "100 in a row", "topic-1"), True, id="of this pause"),
        pytest.param(Pause(10, "", "topic-1"), True, id="of any reason"),
        pytest.param(Pause(10, "half of 1,000", "topic-1"), False, id="of an earlier pause at the same place"),
        pytest.param(Pause(9, "100 in a row", "topic-1"), False, id="of a place before"),
        pytest.param(Pause(11, "another", "topic-1"), True, id="of a place behind"),
        pytest.param(Pause(11, "another", "topic-0"), False, id="of a topic that is gone"),
        pytest.param(Pause(10, "100 in a row", None), True, id="from before positions named a topic"),
    ],
)
def test_a_pause_is_ended_by_its_own_word(word: Pause | None, is_ended: bool) -> None:
    assert PAUSE.is_ended_by(word) is is_ended
