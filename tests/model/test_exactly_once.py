"""The delivery protocol, checked in every order of its steps by Spin: nothing is lost, nothing comes twice."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest

MODEL = Path(__file__).with_name("exactly_once.pml")
BREAKS = {
    "BREAK_NO_LEDGER_CHECK": "no ledger check",
    "BREAK_POSITION_OUTSIDE": "positions outside the transaction",
    "BREAK_NO_TRANSACTION": "answers outside the transaction",
    "BREAK_NO_GENERATION": "positions of no generation",
    "BREAK_UNSTABLE_POSITION": "a position read while another commit is open",
}

pytestmark = [
    pytest.mark.chaos,
    pytest.mark.skipif(shutil.which("spin") is None or shutil.which("gcc") is None, reason="needs Spin and gcc"),
]


class Checked(NamedTuple):
    """How many states Spin visited, and the assertion that it saw fail (None: none fails in any order)."""

    states: float
    violated: str | None


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    "size",
    [
        pytest.param(("RECORDS=3", "FAULTS=1"), id="three records and one fault"),
        # Eleven million states: a minute on an idle core.
        pytest.param(("RECORDS=2", "FAULTS=2"), id="two records and two faults", marks=pytest.mark.soak),
    ],
)
def test_every_order_of_steps_answers_each_record_once(size: tuple[str, ...], tmp_path: Path) -> None:
    checked = check(tmp_path, *size)
    assert checked.violated is None
    assert checked.states > 100_000  # a model that cannot move has nothing to violate


@pytest.mark.timeout(300)
@pytest.mark.parametrize("guard", BREAKS, ids=BREAKS.values())
def test_a_guard_left_out_is_found(guard: str, tmp_path: Path) -> None:
    assert (checked := check(tmp_path, "RECORDS=3", "FAULTS=2", guard)).violated is not None, checked


def test_a_worker_goes_on_after_a_rebalance(tmp_path: Path) -> None:
    assert check(tmp_path, "RECORDS=2", "FAULTS=1", "REACHES_THE_END").violated == "!(outlived)"


@pytest.mark.timeout(300)
def test_a_worker_that_commits_with_its_first_generation_never_goes_on(tmp_path: Path) -> None:
    checked = check(tmp_path, "RECORDS=2", "FAULTS=1", "REACHES_THE_END", "BREAK_STALE_GENERATION")
    assert checked.violated is None


def check(folder: Path, *defines: str) -> Checked:
    """Let Spin visit every state of the model."""
    _run(folder, "spin", *(f"-D{define}" for define in defines), "-a", str(MODEL))
    # Hash compaction keeps 8 bytes a state; the state itself has 132.
    _run(folder, "gcc", "-O2", "-w", "-DSAFETY", "-DHC4", "-DMEMLIM=4000", "-o", "pan", "pan.c")
    said = _run(folder, "./pan", "-m200000", "-n", "-E")
    print(" ".join(defines), *re.findall(r"State-vector.*|.*states, stored|pan:1:.*", said), sep="\n  ")  # noqa: T201
    assert "max search depth too small" not in said
    assert "out of memory" not in said
    states = re.search(r"([0-9.e+]+) states, stored", said)
    assert states is not None, said
    violated = re.search(r"assertion violated\s+(\S.*?) \(at depth", said)
    return Checked(float(states[1]), None if violated is None else violated[1])


def _run(folder: Path, *command: str) -> str:
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout
