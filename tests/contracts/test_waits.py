"""A test waits for a condition, with the one patience that a variable scales; only a fault has a length in seconds."""

import ast
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from ops.patience import BASE_SECONDS, LOOK_SECONDS, VARIABLE, patience_seconds, wait_for, wait_until_none_left
from tests.conftest import ROOT

LENGTHS = {  # files that let time pass, and what it is the length of
    "support/chaos_env.py": "how long a broker is away",
    "chaos/test_soak.py": "how long a node or a network is away",
    "integration/test_dead_letter_limits.py": "longer than what is stuck is left alone",
    "integration/test_judge.py": "a window in which nothing moves",
    "integration/test_open_transaction.py": "longer than a transaction may last",
    "ops/local/test_cache.py": "a download",
    "promises/test_hints.py": "the second after which a hint must hold",
    "streams/process/test_scoring.py": "an answer that comes too late",
    "streams/worker/test_watchdog.py": "a look that must not come",
}


def naps(source: str) -> Iterator[int]:
    """Yield the lines that sleep, or that make a deadline of their own."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call | ast.BinOp):
            continue
        text = ast.unparse(node)
        if text.startswith("time.sleep(") or (isinstance(node, ast.BinOp) and text.startswith("time.monotonic() +")):
            yield node.lineno


def suite() -> dict[str, Path]:
    """Return the files of the suite by name, without benchmarks, which measure time itself."""
    folder = ROOT / "tests"
    files = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*.py"))}
    return {name: path for name, path in files.items() if not name.startswith("benchmarks/")}


def test_no_test_waits_for_seconds() -> None:
    found = {name: lines for name, path in suite().items() if (lines := list(naps(path.read_text())))}
    unsaid = {name: lines for name, lines in found.items() if name not in LENGTHS}
    assert unsaid == {}, "wait with ops.patience.wait_for, or say in LENGTHS what takes so long"
    assert set(LENGTHS) == set(found), "it lets no time pass any more"


def test_a_nap_and_a_deadline_are_found() -> None:
    assert list(naps("import time\ntime.sleep(1)\nend = time.monotonic() + 5\n")) == [2, 3]


def test_patience_is_scaled_by_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "2.5")
    assert patience_seconds() == 2.5 * BASE_SECONDS


def test_what_does_not_come_is_named_with_what_was_found_instead(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "0.001")
    with pytest.raises(TimeoutError, match="still no dawn, only dusk"):
        wait_for(lambda: False, lambda: "dawn, only dusk")
    with pytest.raises(TimeoutError, match="still no dawn") as caught:
        wait_for(lambda: os.environ["NOBODY SETS THIS"], "dawn", refusals=(KeyError,))
    assert isinstance(caught.value.__cause__, KeyError)


@pytest.mark.parametrize("comes_at", [0.3, 3.0, 20.0])
def test_a_long_wait_looks_seldom_and_ends_hardly_later(monkeypatch: pytest.MonkeyPatch, comes_at: float) -> None:
    clock, looks = [0.0], list[float]()
    monkeypatch.setattr("ops.patience.time.monotonic", lambda: clock[0])
    monkeypatch.setattr("ops.patience.time.sleep", lambda seconds: clock.__setitem__(0, clock[0] + seconds))

    def look() -> bool:
        looks.append(clock[0])
        return clock[0] >= comes_at

    wait_for(look, "dawn")
    assert comes_at <= clock[0] <= 1.1 * comes_at + LOOK_SECONDS
    assert len(looks) <= 30 + 4 * comes_at  # of twenty a second


def test_who_moves_on_is_waited_for_however_long_it_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, str(0.3 / BASE_SECONDS))
    left = iter([None, *range(9, -1, -1)])
    wait_until_none_left(lambda: next(left), "steps", every_seconds=0.1)
    with pytest.raises(TimeoutError, match="3 steps are left"):
        wait_until_none_left(lambda: 3, "steps")
