"""Rollout records of another taxonomy link, whatever categories they name, and nobody here serves what they say."""

import msgspec
import pytest

from schemas.events.overrides import Override, hash_overrides
from schemas.events.rollout import CategoryCounts, Evidence, RolloutRecord
from schemas.events.rollout_history import RolloutHistory
from schemas.hash_chain import hash_json
from schemas.taxonomy import Category
from tests.support.builders import first_rollout, next_rollout

FIRST = first_rollout()
CASH = {Category("Cash"): Override(muted=True)}
SEEN = Evidence(
    policy="default",
    window_seconds=900,
    observations={},
    reasons=[],
    categories={Category("Cash"): CategoryCounts(served=10)},
)


def foreign(last: RolloutRecord, *, category: str = "food") -> bytes:
    """Return a record as an installation with another taxonomy writes it: overrides and evidence of its categories."""
    own = next_rollout(
        last, overrides=CASH, overrides_hash=hash_overrides(CASH), evidence=SEEN, taxonomy_version="household-1"
    )
    fields = msgspec.json.decode(msgspec.json.encode(own).replace(b'"Cash"', f'"{category}"'.encode()))
    return msgspec.json.encode(fields | {"hash": hash_json(fields)})


def history(*values: bytes) -> RolloutHistory:
    found = RolloutHistory()
    for offset, value in enumerate(values):
        found.add(value, offset=offset)
    return found


def test_a_record_of_the_default_taxonomy_is_written_and_hashed_as_before_there_were_others() -> None:
    assert b"taxonomy" not in msgspec.json.encode(FIRST)
    assert FIRST.hash == "110e0aea1f9aea8b5b5cb060e01bf14af70e28ab884450f5eda2ae1982c6d27f"
    assert not FIRST.is_foreign


def test_a_record_of_another_taxonomy_links_without_its_categories() -> None:
    found = history(msgspec.json.encode(FIRST), foreign(FIRST))
    assert (found.fault, found.skipped, list(found.findings())) == (None, [], [])
    last = found.latest
    assert last is not None
    assert (last.version, last.is_foreign, last.taxonomy_version) == (1, True, "household-1")
    assert (last.overrides, last.overrides_hash) == ({}, None)
    assert last.evidence is not None
    assert last.evidence.categories is None
    after = next_rollout(last, taxonomy_version="1.0")
    found.add(msgspec.json.encode(after), offset=2)
    assert found.latest == after


def test_one_that_was_changed_is_no_link() -> None:
    changed = foreign(FIRST).replace(b'"food"', b'"rest"')
    found = history(msgspec.json.encode(FIRST), changed)
    assert found.latest == FIRST
    assert "was changed after it was written" in found.skipped[0].why


@pytest.mark.parametrize("more", [b'"percent":7', b'"control":{"arm":1}', b'"unheard":1'])
def test_one_that_cannot_be_read_for_another_reason_still_serves_control_alone(more: bytes) -> None:
    fields = msgspec.json.decode(foreign(FIRST)) | msgspec.json.decode(b"{" + more + b"}")
    found = history(msgspec.json.encode(FIRST), msgspec.json.encode(fields | {"hash": hash_json(fields)}))
    assert found.fault is not None
    assert found.latest is not None
    assert found.latest.percent == "0.00"


def test_a_record_that_names_no_other_taxonomy_but_its_categories_cannot_be_read() -> None:
    fields = msgspec.json.decode(foreign(FIRST))
    del fields["taxonomy_version"]
    found = history(msgspec.json.encode(FIRST), msgspec.json.encode(fields | {"hash": hash_json(fields)}))
    assert found.fault is not None
