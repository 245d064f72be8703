"""Any bytes as a user's file have one outcome, in bounded time, without a traceback."""

import os
from itertools import islice
from pathlib import Path

import pytest

from tests.fuzz.files import inputs

FEW = 600


def test_mutated_files_and_made_up_cells_have_one_outcome(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # what breaks the promise is left here
    outcomes = {outcome for _, outcome in islice(inputs(seconds=600, seed=7), FEW)}
    assert {"read, rows", "refused, no rows", "money", "neither"} <= outcomes


@pytest.mark.soak
def test_a_long_run_finds_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    seconds, seed = (
        float(os.environ.get("LEDGERMIND_FUZZ_SECONDS", "1800")),
        int(os.environ.get("LEDGERMIND_SEED", "1")),
    )
    count = sum(1 for _ in inputs(seconds=seconds, seed=seed))
    print(f"{count:,} inputs, seed {seed}")  # noqa: T201
    assert count > FEW
