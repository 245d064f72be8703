"""Every verdict is a line that holds the hash of the line before; what was changed, or cut off, is found."""

from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from ops.errors import OpsError
from ops.rollout.decision_log import chain_faults, read_entries, write_entry
from ops.rollout.evaluate import Look
from ops.rollout.policies import load_policy
from scorer.rollout.judge import judge
from scorer.rollout.metrics import Standing
from tests.ops.rollout.test_audit import SOUND
from tests.support.builders import first_rollout

POLICY = load_policy("default")
NOW = datetime(2026, 3, 1, tzinfo=UTC)


def look(standing: Standing = SOUND) -> Look:
    return Look(first_rollout(), standing, judge(POLICY, standing), (), None)


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    path = tmp_path / "judge.jsonl"
    for users in (1_000, 2_000, 3_000):
        write_entry(path, POLICY, look(msgspec.structs.replace(SOUND, users=users)), now=NOW)
    return path


def test_a_log_that_nobody_touched_is_a_chain_of_what_was_seen(journal: Path) -> None:
    entries = list(read_entries(journal))
    assert [entry.evidence.observations["users"] for entry in entries] == [1_000, 2_000, 3_000]
    assert list(chain_faults(journal)) == []


def test_a_number_that_was_changed_later_breaks_the_chain_behind_it(journal: Path) -> None:
    journal.write_bytes(journal.read_bytes().replace(b"2000", b"2001", 1))
    assert len(list(chain_faults(journal))) == 1
    assert len(list(read_entries(journal))) == 3


def test_a_line_that_was_taken_out_is_missed(journal: Path) -> None:
    first, _, last = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(first + last)
    assert len(list(chain_faults(journal))) == 1


def test_a_line_that_was_cut_off_by_a_crash_is_no_verdict_and_the_next_look_stands_on_its_own_line(
    journal: Path,
) -> None:
    journal.write_bytes(journal.read_bytes()[:-40])
    write_entry(journal, POLICY, look(), now=NOW)
    assert len(journal.read_bytes().splitlines()) == 4
    with pytest.raises(OpsError, match=r"judge\.jsonl, line 3: is no verdict"):
        list(read_entries(journal))


def test_a_look_that_read_no_record_is_no_verdict(tmp_path: Path) -> None:
    path = tmp_path / "judge.jsonl"
    write_entry(path, POLICY, look()._replace(record=None), now=NOW)
    assert not path.exists()


def test_a_file_that_cannot_be_written_or_read_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(OpsError, match="cannot be written: is a directory"):
        write_entry(tmp_path, POLICY, look(), now=NOW)
    with pytest.raises(OpsError, match="cannot be read: no such file"):
        list(read_entries(tmp_path / "none.jsonl"))
