"""A replay scores what it reads in batches that are bounded in rows and in bytes."""

from hypothesis import given
from hypothesis import strategies as st

from ops.replay.window import in_batches

ROWS, SIZE = 10, 1_000


@given(st.lists(st.integers(0, 2_000), max_size=60))
def test_batches_hold_every_item_once_in_order_and_exceed_their_bytes_by_one_item_at_most(sizes: list[int]) -> None:
    batches = list(in_batches([(size, size) for size in sizes], rows=ROWS, size=SIZE))
    assert [size for batch in batches for size in batch] == sizes
    for batch in batches:
        assert 0 < len(batch) <= ROWS
        assert sum(batch[:-1]) < SIZE
    for batch in batches[:-1]:
        assert len(batch) == ROWS or sum(batch) >= SIZE
