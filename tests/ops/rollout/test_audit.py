"""Every verdict can be computed again, and one that its evidence does not give is found."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from ops.errors import OpsError
from ops.rollout.audit import entry_faults, verdict_faults
from ops.rollout.decision_log import chain_faults, evidence_of, read_entries, write_entry
from ops.rollout.evaluate import Look
from ops.rollout.policies import load_policy
from schemas.events.rollout import RolloutRecord, Verdict, chain_error, with_hash
from schemas.hash_chain import GENESIS_HASH
from scorer.rollout.definitions import CURRENT
from scorer.rollout.judge import judge
from scorer.rollout.metrics import Standing
from streams.rollout.change import Change, first_record, successor
from streams.settings import SuggestSettings

RECORDED = Path(__file__).parent / "recorded_v1"
NOW = datetime(2026, 3, 1, tzinfo=UTC)
POLICY = load_policy("fast")
SOUND = Standing(
    percent=0.0, has_model=True, accepted=900, low_confidence=100, unavailable=0, error=0, timeout=0, agree=800,
    disagree=20, recent_transactions=500, recent_accepted=400, recent_low_confidence=100, recent_unavailable=0,
    recent_error=0, recent_timeout=0, recent_scoring_failed=0, recent_latencies=500, p95_seconds=0.01,
)  # fmt: skip


def records() -> list[RolloutRecord]:
    """Return record 0 and the judge's promotion of it."""
    first = first_record(SuggestSettings(), canary_model="m", actor="ada", now=NOW)
    found = judge(POLICY, SOUND)
    evidence = evidence_of(POLICY, Look(first, SOUND, found, (), None))
    change = Change(actor="judge", reason="x", percent="10.00", verdict=found.verdict, evidence=evidence)
    return [first, successor(first, change, now=NOW)]


def spoilt(**changes: object) -> list[RolloutRecord]:
    """Return the records with the last one changed by somebody who can reckon a hash."""
    first, last = records()
    return [first, with_hash(msgspec.structs.replace(last, **changes))]


def test_a_verdict_is_what_its_evidence_gives() -> None:
    assert records()[1].verdict is Verdict.PROMOTE
    assert verdict_faults(records()) == []


def test_a_record_that_was_changed_and_sealed_again_holds_in_the_chain_and_not_in_its_evidence() -> None:
    evidence = records()[1].evidence
    assert evidence is not None
    tampered = msgspec.structs.replace(evidence, observations=evidence.observations | {"p95_seconds": 0.9})
    cases: dict[str, dict[str, object]] = {
        "version 1 says PROMOTE, its evidence says HOLD": {"evidence": tampered},
        "version 1 says HOLD, its evidence says PROMOTE": {"verdict": Verdict.HOLD},
        "version 1 leads to 50 %, its evidence to 10.0 %": {"percent": "50.00"},
        "version 1 says PROMOTE without evidence": {"evidence": None},
    }
    for fault, changes in cases.items():
        found = spoilt(**changes)
        assert chain_error(found[0], found[1]) is None
        assert verdict_faults(found) == [fault]


def test_evidence_of_another_share_is_found() -> None:
    first, last = records()
    at_ten = with_hash(msgspec.structs.replace(first, percent="10.00"))
    assert verdict_faults([at_ten, last]) == ["version 1 was judged at 0.0 %, the record before it is at 10.00 %"]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"terms": "steps: ["}, "is not YAML"),
        ({"terms": None, "policy": "of my own"}, "evidence: it does not hold the terms of policy of my own"),
        ({"observations": {"mood": 1.0}}, "no observation is called mood"),
    ],
    ids=["broken terms", "no terms", "unknown observation"],
)
def test_what_cannot_be_computed_again_is_a_fault(change: dict[str, object], says: str) -> None:
    evidence = records()[1].evidence
    assert evidence is not None
    (fault,) = verdict_faults(spoilt(evidence=msgspec.structs.replace(evidence, **change)))
    assert fault.startswith("version 1 cannot be computed again") and says in fault


def test_a_verdict_is_checked_by_the_policy_that_it_was_reached_by_not_by_the_one_of_today() -> None:
    evidence = records()[1].evidence
    assert evidence is not None and evidence.terms is not None
    strict = evidence.terms.replace('"excess_fallback":0.3', '"excess_fallback":0.01')
    assert strict != evidence.terms
    assert verdict_faults(spoilt(evidence=msgspec.structs.replace(evidence, terms=strict)))


def test_a_journal_keeps_every_look_and_a_changed_line_is_found(tmp_path: Path) -> None:
    path = tmp_path / "verdicts.jsonl"
    first = records()[0]
    for standing in (SOUND, msgspec.structs.replace(SOUND, accepted=None)):
        write_entry(path, POLICY, Look(first, standing, judge(POLICY, standing), (), None), now=NOW)
    entries = list(read_entries(path))
    assert [entry.verdict for entry in entries] == [Verdict.PROMOTE, Verdict.INCONCLUSIVE]
    assert entry_faults(entries) == []
    path.write_text(path.read_text().replace('"INCONCLUSIVE"', '"PROMOTE"'))
    assert entry_faults(read_entries(path)) == ["line 2 says PROMOTE, its evidence says INCONCLUSIVE"]
    path.write_text("nothing\n")
    with pytest.raises(OpsError, match="line 1: is no verdict"):
        list(read_entries(path))


def log(path: Path, *, lines: int) -> list[bytes]:
    """Write a decision log and return its lines."""
    first, standing = records()[0], SOUND
    for users in range(lines):
        standing = msgspec.structs.replace(standing, users=float(users))
        write_entry(path, POLICY, Look(first, standing, judge(POLICY, standing), (), None), now=NOW)
    return path.read_bytes().splitlines(keepends=True)


@pytest.mark.parametrize(
    ("tamper", "faults"),
    [
        (lambda lines: lines, []),
        (lambda lines: lines[:1] + lines[2:], ["line 2 does not link to the line before it"]),
        (lambda lines: lines[1:], ["line 1 does not link to the line before it"]),
        (lambda lines: [lines[1], lines[0], lines[2]], 3),
        (lambda lines: [lines[0], lines[1].replace(b'"users":1.0', b'"users":9.0'), lines[2]],
         ["line 3 does not link to the line before it"]),
        (lambda lines: [lines[0], lines[1].partition(b',"prev_hash"')[0] + b"}\n", lines[2]],
         ["line 2 does not link to the line before it", "line 3 does not link to the line before it"]),
    ],
    ids=["as written", "a line left out", "the first left out", "two swapped", "evidence changed", "unlinked"],
)  # fmt: skip
def test_a_decision_log_that_was_changed_shows_where(
    tmp_path: Path, tamper: Callable[[list[bytes]], list[bytes]], faults: list[str] | int
) -> None:
    path = tmp_path / "decisions.jsonl"
    path.write_bytes(b"".join(tamper(log(path, lines=3))))
    found = list(chain_faults(path))
    assert (len(found) if isinstance(faults, int) else found) == faults


def test_a_decision_log_of_before_goes_on_as_a_chain(tmp_path: Path) -> None:
    path = tmp_path / "decisions.jsonl"
    path.write_bytes((RECORDED / "journal.jsonl").read_bytes())
    before = len(list(read_entries(path)))
    log(path, lines=2)
    assert [entry.prev_hash is None for entry in read_entries(path)] == [True] * before + [False] * 2
    assert list(chain_faults(path)) == []
    *old, last, first_link, _ = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*old, last.replace(b'"verdict":', b'"verdict" :'), first_link]))
    assert list(chain_faults(path)) == [f"line {before + 1} does not link to the line before it"]


def test_a_line_that_was_never_finished_does_not_swallow_the_next(tmp_path: Path) -> None:
    path = tmp_path / "decisions.jsonl"
    (first,) = log(path, lines=1)
    path.write_bytes(first + b'{"looked_at":"2026-')
    *_, last = log(path, lines=1)
    assert msgspec.json.decode(last)["verdict"] == "PROMOTE"
    with pytest.raises(OpsError, match="line 2: is no verdict"):
        list(read_entries(path))


def test_lines_longer_than_what_is_read_at_once_are_linked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ops.rollout.decision_log._READ_BYTES", 7)
    path = tmp_path / "decisions.jsonl"
    log(path, lines=3)
    assert list(chain_faults(path)) == []
    assert next(read_entries(path)).prev_hash == GENESIS_HASH


def test_records_and_looks_of_definition_version_1_are_computed_again_by_version_1() -> None:
    """What a judge of version 1 wrote, before errors of an arm had the arm's own denominator.

    One of them promotes a canary that fails on 8 % of its own answers; what was said then is what must come out.
    """
    records = [msgspec.json.decode(line, type=RolloutRecord) for line in lines("records.jsonl")]
    assert [record.verdict for record in records] == [None, Verdict.PROMOTE, Verdict.PROMOTE, Verdict.ROLLBACK]
    assert all(chain_error(before, after) is None for before, after in zip((None, *records), records, strict=False))
    assert verdict_faults(records) == []
    entries = list(read_entries(RECORDED / "journal.jsonl"))
    assert {entry.verdict for entry in entries} == set(Verdict)
    assert entry_faults(entries) == []
    turned = [msgspec.structs.replace(entry, verdict=Verdict.HOLD) for entry in entries]
    assert len(entry_faults(turned)) == sum(entry.verdict is not Verdict.HOLD for entry in entries)


def test_a_version_of_definitions_that_nobody_knows_is_a_fault() -> None:
    evidence = records()[1].evidence
    assert evidence is not None and evidence.definitions == CURRENT
    (fault,) = verdict_faults(spoilt(evidence=msgspec.structs.replace(evidence, definitions=99)))
    assert "its definitions have version 99, this program knows 1 to 3" in fault
    (fault,) = verdict_faults(spoilt(evidence=msgspec.structs.replace(evidence, definitions=1)))
    assert fault.startswith("version 1 cannot be computed again")


def lines(name: str) -> list[bytes]:
    return (RECORDED / name).read_bytes().splitlines()
