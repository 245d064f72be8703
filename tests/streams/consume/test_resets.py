"""A reset is carried out at the position and topic that it was asked for, and nowhere else."""

from datetime import UTC, datetime

import pytest

from streams.consume.resets import Reset

RESET = Reset("r-1", "topic-1", 10, None, "me", "retention was too short", datetime(2026, 5, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("topic_id", "position", "fits"),
    [
        pytest.param("topic-1", 10, True, id="as asked"),
        pytest.param("topic-1", 11, False, id="the worker has moved on"),
        pytest.param("topic-2", 10, False, id="the topic was made anew"),
    ],
)
def test_what_was_asked_for_another_place_is_not_done(topic_id: str, position: int, fits: bool) -> None:
    assert RESET.fits(topic_id, position) is fits
