"""What is kept of the rollout is what the topic held, byte by byte, and only what belongs to the chain."""

from datetime import UTC, datetime
from pathlib import Path

import msgspec

from ops.up.chain import KeptChain
from schemas.events.rollout import RolloutRecord
from streams.rollout.change import Change, first_record, successor
from streams.settings import SuggestSettings

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def records(count: int) -> list[bytes]:
    """Return the values of so many records that follow one another."""
    made: list[RolloutRecord] = [first_record(SuggestSettings(), canary_model=None, actor="test", now=NOW)]
    for number in range(1, count):
        made.append(successor(made[-1], Change(actor="test", reason="next", percent=f"{number}.00"), now=NOW))
    return [msgspec.json.encode(record) for record in made]


def test_what_was_added_is_there_again(tmp_path: Path) -> None:
    kept = KeptChain(tmp_path / "rollout-state.jsonl")
    for value in records(3):
        kept.add(value)
    again = KeptChain(tmp_path / "rollout-state.jsonl")
    assert again.latest is not None
    assert (again.latest.version, again.latest.percent) == (2, "2.00")
    assert (tmp_path / "rollout-state.jsonl").read_bytes().splitlines() == records(3)


def test_a_record_that_is_read_again_is_kept_once(tmp_path: Path) -> None:
    for _ in range(2):
        kept = KeptChain(tmp_path / "rollout-state.jsonl")
        for value in records(2):
            kept.add(value)
    assert len((tmp_path / "rollout-state.jsonl").read_bytes().splitlines()) == 2


def test_what_is_no_record_of_the_chain_is_not_kept(tmp_path: Path) -> None:
    kept = KeptChain(tmp_path / "rollout-state.jsonl")
    for value in (records(1)[0], b"no record", records(3)[2], records(2)[1]):
        kept.add(value)
    assert (tmp_path / "rollout-state.jsonl").read_bytes().splitlines() == records(2)


def test_a_last_line_that_was_cut_is_left_out(tmp_path: Path) -> None:
    file = tmp_path / "rollout-state.jsonl"
    file.write_bytes(records(2)[0] + b"\n" + records(2)[1][:40])
    kept = KeptChain(file)
    assert kept.latest is not None
    assert kept.latest.version == 0
    kept.add(records(2)[1])
    assert file.read_bytes().splitlines() == records(2)
