"""What Postgres gives back of a rollout record, in its own order, is written as its writer wrote it."""

import json
from datetime import UTC, datetime

import msgspec
import pytest

from ops.kafka.topics_restore import as_written
from schemas.events.rollout import Act, RolloutRecord
from schemas.hash_chain import hash_json
from streams.process.codec import encode_event
from streams.rollout.change import Change, first_record, successor
from streams.rollout.overrides import read_change
from streams.settings import SuggestSettings

NOW = datetime(2026, 5, 1, 12, 30, 0, 120, tzinfo=UTC)
FIRST = first_record(SuggestSettings(), canary_model="m", actor="test", now=NOW)
MUTED = successor(
    FIRST,
    Change(
        actor="test",
        reason="a mute",
        overrides=read_change(
            threshold=["Groceries=0.9"], no_threshold=(), floor=(), no_floor=(), mute=["Travel"], unmute=()
        ),
    ),
    now=NOW,
)
ACT = successor(FIRST, Change(actor="test", reason="ä", act=Act(kind="reset", details={"to": "3"})), now=NOW)


def landed(value: bytes) -> str:
    """Return a record as jsonb prints it: keys by length, then by bytes, a space behind each mark."""

    def ordered(part: object) -> object:
        if isinstance(part, dict):
            return {name: ordered(part[name]) for name in sorted(part, key=lambda name: (len(name), name))}
        return [ordered(one) for one in part] if isinstance(part, list) else part

    return json.dumps(ordered(json.loads(value)), ensure_ascii=False)


@pytest.mark.parametrize("record", [FIRST, MUTED, ACT], ids=["first", "overrides", "act"])
def test_a_record_comes_back_byte_for_byte(record: RolloutRecord) -> None:
    value = encode_event(record)
    assert landed(value).encode() != value
    assert as_written(landed(value)) == value


def test_a_record_with_a_field_of_another_version_keeps_it_and_its_hash() -> None:
    fields = msgspec.to_builtins(FIRST) | {"of_another_version": 1}
    fields["hash"] = hash_json(fields)
    restored = as_written(landed(msgspec.json.encode(fields)))
    assert msgspec.json.decode(restored) == fields
    assert hash_json(msgspec.json.decode(restored)) == fields["hash"]
