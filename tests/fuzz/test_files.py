"""Any bytes as a user's file have one outcome, in bounded time, without a traceback."""

import os
from pathlib import Path

import pytest

from tests.fuzz.files import inputs

FEW = 600


def test_mutated_files_and_made_up_cells_have_one_outcome(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # what breaks the promise is left here
    outcomes = {outcome for _, outcome in inputs(FEW, seed=7)}
    assert {"read, rows", "refused, no rows", "money", "neither"} <= outcomes


@pytest.mark.soak
def test_a_long_run_finds_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    count, seed = int(os.environ.get("FUZZ_INPUTS", "1000000")), int(os.environ.get("FUZZ_SEED", "1"))
    outcomes = {outcome for _, outcome in inputs(count, seed=seed)}
    assert {"read, rows", "refused, no rows", "money", "time", "neither"} <= outcomes
