"""The history trusts a chain of rollout records exactly as far as it holds, and says where it does not."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.rollout import GENESIS_HASH, RolloutRecord
from streams.errors import RolloutRecordError
from streams.rollout import Follower, History
from streams.settings import KafkaSettings
from tests.streams.parts import first_rollout, next_rollout

FIRST = first_rollout()
SECOND = next_rollout(FIRST, percent="10.00", reason="ten percent")
THIRD = next_rollout(SECOND, percent="50.00", reason="half")
encode = msgspec.json.encode


def read(*records: RolloutRecord) -> History:
    history = History()
    for record in records:
        history.append(encode(record))
    return history


def test_an_empty_history_has_no_latest_record() -> None:
    assert read().latest is None


def test_a_chain_that_holds_is_read_in_its_order() -> None:
    history = read(FIRST, SECOND, THIRD)
    assert history.records == [FIRST, SECOND, THIRD]
    assert history.latest == THIRD


CHANGED = msgspec.structs.replace(SECOND, percent="100.00")
FAULTS = [
    pytest.param([], SECOND, "record 0 is missing: record 1 stands", id="the first record is missing"),
    pytest.param([FIRST], THIRD, "record 1 is missing: record 2 stands", id="a record between is missing"),
    pytest.param([FIRST, SECOND], SECOND, "record 2 is missing: record 1 stands", id="a record stands there twice"),
    pytest.param([FIRST], CHANGED, "record 1 was changed", id="a record was changed after it was written"),
    pytest.param(
        [FIRST], next_rollout(FIRST, prev_hash=GENESIS_HASH), "record 1 does not link", id="another chain is mixed in"
    ),
    pytest.param([], next_rollout(FIRST, version=0), "record 0 does not link", id="the first record links to nothing"),
]


@pytest.mark.parametrize(("before", "record", "word"), FAULTS)
def test_a_broken_chain_is_refused_with_its_fault(
    before: list[RolloutRecord], record: RolloutRecord, word: str
) -> None:
    history = read(*before)
    with pytest.raises(RolloutRecordError, match=word) as caught:
        history.append(encode(record))
    assert "ledgermind rollout verify" in str(caught.value)
    assert history.records == before


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"{", id="cut short"),
        pytest.param(b"[]", id="a list"),
        pytest.param(b"\xff", id="not UTF-8"),
        pytest.param(encode(FIRST).replace(b'"0.00"', b'"ten"'), id="a share that is none"),
        pytest.param(encode(FIRST).replace(b'"0.00"', b'"101.00"'), id="a share over 100"),
        pytest.param(encode(FIRST).replace(b'"version":0', b'"version":-1'), id="a negative version"),
    ],
)
def test_what_is_no_rollout_record_is_refused_in_one_line(value: bytes) -> None:
    with pytest.raises(RolloutRecordError, match="holds what is no rollout record") as caught:
        History().append(value)
    assert "\n" not in str(caught.value)


@given(st.binary(max_size=200))
def test_no_bytes_do_more_than_be_refused(value: bytes) -> None:
    with pytest.raises(RolloutRecordError):
        History().append(value)


@given(field=st.sampled_from(["percent", "shadow_percent", "actor", "reason", "salt"]), text=st.text(max_size=4))
def test_no_field_can_be_changed_unseen(field: str, text: str) -> None:
    changed = msgspec.structs.replace(SECOND, **{field: text})
    if changed == SECOND:
        return
    with pytest.raises(RolloutRecordError):
        read(FIRST, changed)


def test_a_follower_that_never_began_can_be_stopped() -> None:
    def never(_: object) -> None:
        raise AssertionError

    Follower(KafkaSettings(), fail=never, changed=never).stop()
