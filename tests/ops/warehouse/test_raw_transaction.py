"""A landed transaction becomes the bytes that a worker reads as the same transaction, its offset included."""

from datetime import timedelta

import pytest

from ops.warehouse.raw_transaction import value_of
from schemas.events.transaction import Transaction
from streams.process.codec import decode_transaction

ROW = [
    "t-1",
    "u-1",
    "a-1",
    "2024-03-31T23:30:00.000000",
    0,
    "-12.50",
    "EUR",
    'A "quoted" \\ text',
    None,
    "5411",
    None,
    "pos",
]


@pytest.mark.parametrize("minutes", [0, 60, -210, 845], ids=["utc", "+01:00", "-03:30", "+14:05"])
def test_the_time_keeps_the_offset_that_it_was_written_with(minutes: int) -> None:
    found = decode_transaction(b"u-1", value_of([*ROW[:4], minutes, *ROW[5:]]))
    assert isinstance(found, Transaction)
    assert found.occurred_at.utcoffset() == timedelta(minutes=minutes)
    assert found.occurred_at.replace(tzinfo=None).isoformat() == "2024-03-31T23:30:00"


def test_texts_and_digits_are_those_of_the_row() -> None:
    found = decode_transaction(b"u-1", value_of(ROW))
    assert isinstance(found, Transaction)
    assert (found.amount, found.description, found.mcc, found.merchant) == (
        "-12.50",
        'A "quoted" \\ text',
        "5411",
        None,
    )
