"""The fold trusts the chain as far as it holds, skips what is not of it, and never ignores what it cannot read."""

import json
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.events.rollout import Act, ActKind, ArmPolicy, Evidence, RolloutRecord
from schemas.events.rollout_history import RolloutHistory, Skipped
from schemas.events.rollout_link import Link
from schemas.hash_chain import GENESIS_HASH, hash_json
from tests.support.builders import first_rollout, next_rollout

FIRST = first_rollout(canary=ArmPolicy("m-1"), percent="10.00")
SECOND = next_rollout(FIRST, percent="20.00", reason="twenty percent")
THIRD = next_rollout(SECOND, percent="50.00", reason="half")
encode = msgspec.json.encode


def fold(*values: bytes | RolloutRecord | None, lost: bool = False, at: int = 0) -> RolloutHistory:
    history = RolloutHistory(beginning_lost=lost)
    for offset, value in enumerate(values, start=at):
        history.add(encode(value) if isinstance(value, RolloutRecord) else value, offset=offset)
    return history


def resealed(record: RolloutRecord, **changes: object) -> bytes:
    """Return the record as another program would write it: other fields, and the hash that is theirs."""
    fields: dict[str, Any] = msgspec.to_builtins(record) | changes
    return json.dumps(fields | {"hash": hash_json(fields)}, indent=1).encode()


def test_an_empty_history_has_no_latest_record() -> None:
    assert (fold().latest, fold().records, list(fold().findings())) == (None, [], [])


def test_a_chain_that_holds_is_read_in_its_order() -> None:
    history = fold(FIRST, SECOND, THIRD)
    assert history.records == [FIRST, SECOND, THIRD]
    assert history.latest == THIRD
    assert not list(history.findings())


CHANGED = msgspec.structs.replace(SECOND, percent="100.00")
BIG = json.dumps({"filler": "x" * 1_000_000}).encode()
GARBAGE = [
    pytest.param(None, "it is empty", id="a tombstone"),
    pytest.param(b"", "it is empty", id="nothing"),
    pytest.param(b"{", "it is no JSON", id="cut short"),
    pytest.param(b"\xff\xfe", "it is no JSON", id="not UTF-8"),
    pytest.param(b"[" * 100_000, "it is no JSON", id="nested without an end"),
    pytest.param(b"null", "it is no JSON object", id="null"),
    pytest.param(b"[]", "it is no JSON object", id="a list"),
    pytest.param(b"9" * 4_000, "it is no JSON object", id="a huge number"),
    pytest.param(b"{}", "names no version", id="an empty object"),
    pytest.param(BIG, "names no version", id="a megabyte"),
    pytest.param(b'{"version":true}', "names no version", id="a version that is no number"),
    pytest.param(b'{"version":1e400}', "it is no JSON", id="a number that no float holds"),
    pytest.param(b'{"version":99999999999999999999}', "names no version", id="a huge version"),
    pytest.param(encode(FIRST).replace(b'"version":0', b'"version":-1'), "names no version", id="a negative version"),
    pytest.param(b'{"version":2}', "names no hashes", id="no hashes"),
    pytest.param(encode(CHANGED), "record 1 was changed", id="changed after it was written"),
    pytest.param(
        encode(SECOND).replace(b'"percent":', b'"further":' + b"8" * 400 + b',"percent":'), "was changed", id="overflow"
    ),
    pytest.param(encode(FIRST), "stands there already", id="written twice"),
    pytest.param(encode(THIRD), "record 1 is missing: record 2 stands", id="out of order"),
    pytest.param(encode(next_rollout(FIRST, prev_hash=GENESIS_HASH)), "does not link", id="of another chain"),
    pytest.param(encode(next_rollout(FIRST, version=7)), "record 1 is missing: record 7", id="another version"),
    pytest.param(encode(first_rollout(reason="b")), "record 1 is missing: record 0", id="another first record"),
]


@pytest.mark.parametrize(("value", "why"), GARBAGE)
def test_what_does_not_continue_the_chain_is_skipped_with_a_finding_and_the_chain_goes_on(
    value: bytes | None, why: str
) -> None:
    history = fold(FIRST, value, SECOND)
    assert history.records == [FIRST, SECOND]
    (skipped,) = history.skipped
    assert skipped.offset == 1
    assert why in skipped.why
    (finding,) = history.findings()
    assert finding.startswith("offset 1: ")
    assert "\n" not in finding


@pytest.mark.parametrize("value", [case.values[0] for case in GARBAGE[:-1]], ids=[case.id for case in GARBAGE[:-1]])
def test_what_stands_before_the_first_record_leaves_the_chain_as_it_is(value: bytes | None) -> None:
    assert fold(value, FIRST, SECOND).records == [FIRST, SECOND]


UNREADABLE = [
    pytest.param({"percent": "ten"}, "percent", id="a share that is none"),
    pytest.param({"percent": "101.00"}, "percent", id="a share over 100"),
    pytest.param({"control": ["m-1"]}, "control", id="arms of another shape"),
    pytest.param({"segments": {"gold": "50.00"}}, "the field segments", id="a field that we do not know"),
    pytest.param({"canary": {"model_version": "m", "weight": 2}}, "canary.weight", id="a further field of an arm"),
    pytest.param({"overrides": {"Dining": {"cap": 1}}}, "overrides", id="another kind of override"),
    pytest.param({"salt": None}, "salt", id="no salt"),
    pytest.param({"decided_at": "soon"}, "decided_at", id="no time"),
    pytest.param({"actor": "a\0b"}, "U+0000", id="what Postgres cannot hold"),
]


@pytest.mark.parametrize(("changes", "word"), UNREADABLE)
def test_what_is_linked_and_cannot_be_read_takes_everybody_to_control(changes: dict[str, object], word: str) -> None:
    history = fold(FIRST, resealed(SECOND, **changes))
    latest = history.latest
    assert latest is not None
    assert (latest.version, latest.basis_points) == (1, 0)
    assert (latest.control, latest.canary, latest.salt) == (FIRST.control, FIRST.canary, FIRST.salt)
    assert history.fault is not None and word in history.fault
    (finding,) = history.findings()
    assert "a format that this version cannot read" in finding
    mended = next_rollout(latest, percent="50.00")
    after = fold(FIRST, resealed(SECOND, **changes), mended)
    assert (after.latest, after.fault) == (mended, None)


def test_a_further_field_of_the_evidence_changes_nobodys_answer_and_is_read() -> None:
    evidence = msgspec.to_builtins(Evidence(policy="p", window_seconds=1, observations={}, reasons=[])) | {"new": [1]}
    history = fold(FIRST, resealed(SECOND, evidence=evidence))
    assert (history.fault, history.records[-1].percent) == (None, "20.00")


def test_hash_and_link_hold_however_the_same_json_is_written() -> None:
    numbers = {"e": 1e22, "small": 1e-07, "whole": 3.0, "many": 2.0**60}
    evidence = Evidence(policy="p", window_seconds=1, observations=numbers, reasons=["ü", "\u2028"])
    record = next_rollout(FIRST, evidence=evidence)
    spread = json.dumps(json.loads(encode(record)), indent=3, sort_keys=True, ensure_ascii=True).encode()
    written_out = spread.replace(b"1e+22", b"10000000000000000000000").replace(
        b"1.152921504606847e+18", b"1152921504606846976"
    )
    assert written_out != spread
    for value in (spread, written_out):
        assert fold(FIRST, value).latest == record


@pytest.mark.parametrize("field", ["percent", "shadow_percent", "actor", "reason", "salt"])
@given(text=st.text(max_size=4))
def test_no_field_can_be_changed_unseen(field: str, text: str) -> None:
    changed = msgspec.structs.replace(SECOND, **{field: text})
    if changed != SECOND:
        assert fold(FIRST, changed).records == [FIRST]


def test_a_lost_beginning_is_a_finding_and_no_refusal() -> None:
    history = fold(SECOND, THIRD, lost=True, at=1)
    assert history.records == [SECOND, THIRD]
    assert list(history.findings()) == ["records 0 to 0 are gone: the topic begins with a later one"]


def test_where_the_beginning_is_lost_the_longest_chain_counts() -> None:
    alone = next_rollout(FIRST, version=40)
    again = fold(FIRST, alone, SECOND, THIRD, lost=True, at=7)
    assert again.records == [FIRST, SECOND, THIRD]
    assert [one.offset for one in again.skipped] == [8]


def test_a_repair_answers_every_finding_before_it_and_none_after_it() -> None:
    act = Act(kind=ActKind.REPAIR.value, details={"findings": "1"})
    repaired = next_rollout(SECOND, act=act)
    assert not list(fold(FIRST, b"hello", SECOND, repaired).findings())
    assert len(list(fold(FIRST, b"hello", SECOND, repaired, b"hello").findings())) == 1


def test_an_act_that_is_not_known_changes_nobodys_answer() -> None:
    history = fold(FIRST, resealed(SECOND, percent=FIRST.percent, act={"kind": "polish", "details": {"n": "1"}}))
    assert (history.fault, history.records[-1].percent) == (None, FIRST.percent)


def test_what_is_at_an_offset_is_said() -> None:
    history = fold(FIRST, b"hello")
    assert isinstance(history.at(0), Link)
    assert isinstance(history.at(1), Skipped)
    assert history.at(2) is None


def chain(first: RolloutRecord, length: int = 9) -> list[RolloutRecord]:
    records = [first]
    while len(records) < length:
        records.append(next_rollout(records[-1], percent=f"{len(records)}.00"))
    return records


CHAIN = chain(FIRST)
FOREIGN = [encode(one) for one in chain(first_rollout(salt="other"))]
JSON = st.recursive(
    st.none() | st.floats() | st.integers() | st.text(max_size=3),
    lambda part: st.lists(part, max_size=3) | st.dictionaries(st.sampled_from(["version", "hash", "x"]), part),
    max_leaves=4,
)
SCRAPS = st.one_of(
    st.none(),
    st.binary(max_size=60),
    st.sampled_from([encode(one) for one in CHAIN]),  # written twice, or too early
    st.sampled_from([encode(one)[:-9] + b'"}' for one in CHAIN]),
    st.sampled_from([resealed(one, version=one.version + 3) for one in CHAIN]),
    st.sampled_from(FOREIGN),
    JSON.map(lambda value: json.dumps(value).encode()),
)
TOPICS = st.lists(st.lists(SCRAPS, max_size=3), min_size=len(CHAIN), max_size=len(CHAIN))


def topic(scraps: Sequence[Sequence[bytes | None]]) -> list[bytes | None]:
    """Return a topic that holds the whole chain in order, with scraps behind each of its records."""
    return [value for record, behind in zip(CHAIN, scraps, strict=True) for value in (encode(record), *behind)]


@given(scraps=TOPICS)
def test_who_follows_and_who_starts_late_agree_whatever_lies_between(scraps: list[list[bytes | None]]) -> None:
    values = topic(scraps)
    follower = RolloutHistory()
    for offset, value in enumerate(values):
        follower.add(value, offset=offset)
        late = fold(*values[: offset + 1])
        assert (late.records, late.fault, list(late.findings())) == (
            follower.records,
            follower.fault,
            list(follower.findings()),
        )
    assert follower.records == CHAIN


@given(scraps=TOPICS, gone=st.integers(1, len(CHAIN) - 4))
def test_who_starts_after_retention_took_the_beginning_agrees_with_who_has_seen_it(
    scraps: list[list[bytes | None]], gone: int
) -> None:
    values = topic([[value for value in behind if value not in FOREIGN][:1] for behind in scraps])
    first = values.index(encode(CHAIN[gone]))
    late = fold(*values[first:], lost=True, at=first)
    assert late.latest == fold(*values).latest == CHAIN[-1]
    assert late.records == CHAIN[-len(late.records) :]
    assert len(late.records) >= len(CHAIN) - gone
