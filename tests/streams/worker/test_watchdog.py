"""The watchdog ends a process at the second bad look, and leaves one alone that only looked stuck once."""

import subprocess
import sys
import time

from ops.patience import patience_seconds, wait_for
from streams.worker.watchdog import LOOK_SECONDS, STUCK_EXIT_CODE, Watchdog

PROGRAM = """
import threading, time
from streams.worker.watchdog import Watchdog

looks = iter({looks})
watchdog = Watchdog(lambda: next(looks, None), stuck_seconds={stuck_seconds})
watchdog.start()
{act}
watchdog.stop()
print("came to its end", flush=True)
"""


def run(looks: list[str | None], *, act: str = "time.sleep(3.6)", stuck_seconds: float = 60.0) -> tuple[int, str, str]:
    """Run a process whose watchdog sees ``looks`` one after the other; return its exit code, stdout and stderr."""
    program = PROGRAM.format(looks=looks, act=act, stuck_seconds=stuck_seconds)
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=patience_seconds(), check=False
    )
    return ended.returncode, ended.stdout, ended.stderr


def test_two_bad_looks_in_a_row_end_the_process_with_its_stacks() -> None:
    code, out, err = run(["the poll loop was silent", "the poll loop was silent"])
    assert code == STUCK_EXIT_CODE
    assert "came to its end" not in out
    assert "the poll loop was silent" in out + err
    assert 'File "<string>"' in err


def test_bad_looks_with_a_good_one_between_end_nothing() -> None:
    code, out, _ = run(["looks stuck", None, "looks stuck"])
    assert (code, "came to its end" in out) == (0, True)


def test_a_hang_inside_a_c_call_that_keeps_the_gil_is_ended_too() -> None:
    hang = f"time.sleep(1.5)\nimport ctypes\nctypes.PyDLL(None).sleep({10 * patience_seconds():.0f})"
    code, out, err = run([], act=hang, stuck_seconds=1.0)
    assert code != 0
    assert "came to its end" not in out
    assert "Timeout" in err


def test_it_notes_when_it_looked_and_stops_when_told() -> None:
    watchdog = Watchdog(lambda: None, stuck_seconds=60.0)
    before = watchdog.looked_at
    watchdog.start()
    wait_for(lambda: watchdog.looked_at > before, "look")
    watchdog.stop()
    looked_at = watchdog.looked_at
    time.sleep(1.5 * LOOK_SECONDS)  # in which it would have looked
    assert watchdog.looked_at == looked_at
