"""What was frozen comes out again, bit for bit but for the names in renames.json."""

import json
from functools import cache

import msgspec
import pytest

from scorer.release.manifest import MANIFEST
from tests.goldens import product, write
from tests.goldens.differences import CLOSE, differences, shown
from tests.goldens.goldens import (
    ASKED,
    OUTPUTS,
    elsewhere,
    expected,
    goldens,
    lines_of,
    path_of,
    read_inputs,
    stored_nodes,
)
from tests.goldens.renames import FILE, KINDS, Renames

RENAMES = Renames.read()
NAMES = list(goldens())
OF_FILES = ("release", "contracts")  # each line is a file


@cache
def inputs() -> product.Inputs:
    return read_inputs(RENAMES)


@cache
def today(name: str) -> tuple[str, ...]:
    lines = [RENAMES.without_added(line) for line in goldens()[name].make(inputs())]
    return tuple(sorted(lines) if name == "metrics" else lines)


def comparable(name: str) -> tuple[list[str], list[str]]:
    """Return the stored and today's lines, without those that are said to have been written anew."""
    then, now, stored = expected(name, RENAMES), list(today(name)), lines_of(path_of(name))
    if name not in OF_FILES:
        return then, now
    kept_then, kept_now = [], []
    for before, old, new in zip(stored, then, now, strict=True):
        file = json.loads(old)["file"]
        if RENAMES.is_rewritten(f"{name}:{file}"):
            assert old != new, f"{name}:{file} was not written anew: take it out of renames.json"
            continue
        # Other names inside of a file are other bytes; the manifest holds the hash of every file, rewritten ones too.
        is_renamed = before != old or (file == MANIFEST and bool(RENAMES.entries["rewritten"]))
        kept_then.append(without_hash(old) if is_renamed else old)
        kept_now.append(without_hash(new) if is_renamed else new)
    return kept_then, kept_now


def without_hash(line: str) -> str:
    return msgspec.json.encode({key: part for key, part in json.loads(line).items() if key != "sha256"}).decode()


@pytest.mark.parametrize("name", NAMES)
def test_what_was_frozen_comes_out_again(name: str) -> None:
    if RENAMES.is_rewritten(name):
        assert list(today(name)) != expected(name, RENAMES), f"{name} was not written anew: take it out of renames.json"
        return
    then, now = comparable(name)
    other = elsewhere() if goldens()[name].is_bound else None
    found = differences(then, now, is_exact=other is None)
    odd = {text.partition(":")[0].partition(" (")[0] for text in found}
    assert len(then) == len(now) and (other is not None or not odd), shown(found)
    if other is not None:
        pytest.skip(f"{len(odd)} of {len(then)} lines differ by more than {CLOSE} on a machine with {other}")


def test_every_rename_is_used_by_something_that_is_frozen() -> None:
    used = Renames(RENAMES.entries)
    read_inputs(used)
    list(stored_nodes(used))
    for name in NAMES:
        expected(name, used)
        used.is_rewritten(name)
        if used.entries["added"]:
            for line in goldens()[name].make(inputs()):
                used.without_added(line)
    for name in OF_FILES:
        for line in lines_of(path_of(name)):
            used.is_rewritten(f"{name}:{json.loads(line)['file']}")
    assert used.unused == []


@pytest.mark.parametrize("name", NAMES)
def test_a_line_is_read_and_written_again_without_a_change(name: str) -> None:
    for line in lines_of(path_of(name)):
        if line[:1] in "{[":
            assert msgspec.json.encode(msgspec.json.decode(line)).decode() == line


def test_nothing_is_written_anew_without_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(ASKED, raising=False)
    before = {path: path.stat().st_mtime_ns for path in OUTPUTS.iterdir()}
    assert write.main() == 2
    assert {path: path.stat().st_mtime_ns for path in OUTPUTS.iterdir()} == before


def test_the_file_of_renames_names_every_kind() -> None:
    assert tuple(json.loads(FILE.read_text())) == KINDS
