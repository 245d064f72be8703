"""A transaction lands as the worker's own decoder reads it."""

import json
from pathlib import Path

import pytest

import schemas
from schemas.events.dead_letter import DeadLetterReason, RecordError
from schemas.events.skip_reason import SkipReason
from streams.landing.mapping.copy_format import Landed
from streams.landing.mapping.tables import TABLE_OF_TOPIC
from streams.landing.mapping.transaction_row import transaction_reader
from streams.process.codec import decode_transaction

EXAMPLE = sorted((Path(schemas.__file__).parent / "contracts" / "examples" / "transactions").glob("*.json"))[0]


def landed(value: bytes | None, *, key: bytes | None) -> Landed:
    return Landed("transactions", 0, 0, 0, key, value, None, topic_id="its id")


def test_there_is_a_value_for_each_column() -> None:
    value = EXAMPLE.read_bytes()
    key = json.loads(value)["user_id"].encode()
    fields = transaction_reader(decode_transaction)(landed(value, key=key))
    assert isinstance(fields, tuple)
    assert len(fields) == len(TABLE_OF_TOPIC["transactions"].columns)


@pytest.mark.parametrize("says", [RecordError(DeadLetterReason.NULL_VALUE, "why"), next(iter(SkipReason))])
def test_what_the_decoder_refuses_or_skips_makes_no_row(says: RecordError | SkipReason) -> None:
    assert transaction_reader(lambda _key, _value: says)(landed(b"{}", key=b"u")) == says
