"""Gaps: a lost position stands still until an operator moves it on, also where the move was undone."""

from datetime import UTC, datetime
from typing import cast

import pytest
from confluent_kafka import Consumer

from streams.consume.gaps import Gap, Gaps, Passage
from streams.consume.resets import Reset

AT = datetime(2026, 5, 1, tzinfo=UTC)


class Broker:
    """Has the offsets 10 to 70 of each partition."""

    def get_watermark_offsets(self, place: object, timeout: float) -> tuple[int, int]:
        return 10, 70


def lost(position: int = 50) -> Gap:
    return Gap(3, position, 10, 70, is_lost=True)


def passed(gaps: Gaps) -> Passage | None:
    return gaps.passage(cast(Consumer, Broker()), "transactions", topic_id="id", positions={3: 10})


def wishing(to: int | None, start: int = 50) -> Gaps:
    gaps = Gaps(lambda _: {3: Reset("r", "id", start, to, "ada", "a test", AT)})
    gaps.add(lost())
    return gaps


@pytest.mark.parametrize(
    ("to", "skipped", "again"),
    [
        pytest.param(50, 0, 0, id="behind the last answer"),
        pytest.param(None, 0, 40, id="earliest"),
        pytest.param(65, 15, 0, id="further on"),
    ],
)
def test_what_a_passage_skips_or_reads_again_is_counted_from_the_last_answer(
    to: int | None, skipped: int, again: int
) -> None:
    passage = passed(wishing(to))
    assert passage is not None
    assert (passage.stands_at, passage.start, passage.skipped, passage.again) == (10, 50, skipped, again)
    assert passage.details.get("again") == (str(again) if again else None)


def test_a_wish_for_another_position_or_an_offset_that_is_not_there_moves_nothing() -> None:
    assert passed(wishing(50, start=40)) is None
    assert passed(wishing(71)) is None


def test_a_lost_position_stands_still_again_where_its_passage_was_undone() -> None:
    gaps = wishing(50)
    assert passed(gaps) is not None
    assert gaps.partitions == frozenset()
    gaps.stand_again(lambda _: False)
    assert gaps.partitions == {3}
    gaps.forget([3])
    gaps.stand_again(lambda _: False)  # that passage was dealt with
    assert gaps.partitions == frozenset()


def test_a_passage_that_was_committed_is_over() -> None:
    gaps = wishing(50)
    assert passed(gaps) is not None
    gaps.stand_again(lambda _: True)
    assert gaps.partitions == frozenset()


@pytest.mark.parametrize(
    ("position", "to"), [pytest.param(50, 50, id="on the broker"), pytest.param(4, 10, id="removed")]
)
def test_an_operator_is_told_where_to_go_on(position: int, to: int) -> None:
    assert f"worker reset --partition 3 --to {to} " in lost(position).message
