"""Landing takes a rollout record for what the chain says it is, and asks only where there is one."""

import json
from dataclasses import replace

import msgspec

from schemas.contracts.topics import ROLLOUT_STATE, TRANSACTIONS
from schemas.events.dead_letter import RecordError
from schemas.events.rollout_history import RolloutHistory
from schemas.hash_chain import hash_json
from streams.landing.mapping.chain import with_links
from streams.landing.mapping.copy_format import Landed
from streams.landing.mapping.rows import rollout_fields
from tests.support.builders import first_rollout, next_rollout

FIRST = first_rollout(percent="10.00")
NEWER = msgspec.to_builtins(next_rollout(FIRST, percent="70.00")) | {"segments": {"gold": "100.00"}}
VALUES = [
    msgspec.json.encode(FIRST),
    b"hello",
    msgspec.json.encode(next_rollout(FIRST, version=5)),
    json.dumps(NEWER | {"hash": hash_json(NEWER)}).encode(),
]


def landed(topic: str, offset: int, value: bytes) -> Landed:
    return Landed(topic, 0, offset, 0, b"default/0", value, None)


def history() -> RolloutHistory:
    folded = RolloutHistory()
    for offset, value in enumerate(VALUES):
        folded.add(value, offset=offset)
    return folded


def test_a_batch_without_a_rollout_record_asks_nobody() -> None:
    def never() -> RolloutHistory:
        raise AssertionError

    records = [landed(TRANSACTIONS.name, 0, b"{}")]
    assert with_links(records, never) == records


def test_what_is_of_the_chain_lands_and_what_is_not_is_a_reject() -> None:
    records = with_links([landed(ROLLOUT_STATE.name, at, value) for at, value in enumerate(VALUES)], history)
    first, garbage, stranger, newer = map(rollout_fields, records)
    assert isinstance(first, tuple) and first[:2] == ("0", "10.00")
    assert isinstance(garbage, RecordError) and "it is no JSON" in garbage.detail
    assert isinstance(stranger, RecordError) and "record 1 is missing" in stranger.detail
    assert isinstance(newer, tuple) and newer[:2] == ("1", "0.00")  # what is served under it
    assert newer[-1] is not None and json.loads(newer[-1])["percent"] == "70.00"  # what was written


def test_a_record_that_the_fold_has_not_met_is_read_by_itself() -> None:
    (late,) = with_links([landed(ROLLOUT_STATE.name, 99, VALUES[0])], history)
    assert late.link is None
    assert isinstance(rollout_fields(late), tuple)
    assert isinstance(rollout_fields(replace(late, value=b"{")), RecordError)
