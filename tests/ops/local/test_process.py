"""Children end with their parent, are stopped within a time, and are waited for with their last words at hand."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ops.errors import OpsError
from ops.local.ports import free_port, is_open
from ops.local.process import last_line, last_words, start, stop, wait_until
from ops.patience import patience_seconds, wait_for
from tests.support.process_tree import is_alive, wait_until_gone

PARENT = """
import sys, time
from pathlib import Path
from ops.local.process import start
print(start(["sleep", "600"], log=Path(sys.argv[1])).pid, flush=True)
time.sleep(600)
"""
STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)"
)


def wait_until_said(log: Path, words: str) -> None:
    wait_for(lambda: words in (log.read_text() if log.exists() else ""), words)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT], ids=lambda number: number.name)
def test_a_child_dies_with_its_parent_however_it_ends(tmp_path: Path, number: signal.Signals) -> None:
    command = [sys.executable, "-c", PARENT, str(tmp_path / "child.log")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert is_alive(child)
        parent.send_signal(number)
        try:
            parent.wait(patience_seconds())
        finally:
            parent.kill()
    wait_until_gone({child})


def test_a_child_that_listens_to_sigterm_is_stopped_by_it(tmp_path: Path) -> None:
    child = start(["sleep", "600"], log=tmp_path / "child.log")
    assert stop(child) == -signal.SIGTERM


def test_a_child_that_does_not_is_killed(tmp_path: Path) -> None:
    log = tmp_path / "child.log"
    child = start([sys.executable, "-c", STUBBORN], log=log)
    wait_until_said(log, "deaf")
    started_at = time.monotonic()
    assert stop(child, timeout_seconds=0.3) == -signal.SIGKILL
    assert not is_alive(child.pid)
    assert 0.3 <= time.monotonic() - started_at < patience_seconds()


def test_a_frozen_child_is_woken_to_be_stopped(tmp_path: Path) -> None:
    child = start(["sleep", "600"], log=tmp_path / "child.log")
    child.send_signal(signal.SIGSTOP)
    assert stop(child, timeout_seconds=patience_seconds()) == -signal.SIGTERM


def test_a_child_that_has_ended_can_be_stopped_again(tmp_path: Path) -> None:
    child = start(["sh", "-c", "exit 7"], log=tmp_path / "child.log")
    child.wait(patience_seconds())
    assert stop(child) == 7


def test_ctrl_c_in_a_terminal_reaches_only_the_parent(tmp_path: Path) -> None:
    child = start(["sleep", "600"], log=tmp_path / "child.log")
    try:
        assert os.getpgid(child.pid) == child.pid != os.getpgid(0)
    finally:
        stop(child)


def test_a_child_that_ends_at_its_start_is_named_with_its_last_line(tmp_path: Path) -> None:
    log = tmp_path / "child.log"
    child = start(["sh", "-c", "echo warming up; echo no such key >&2; exit 3"], log=log)
    with pytest.raises(OpsError, match=r"the oven ended at its start with code 3: no such key \(see .*child.log\)"):
        wait_until(lambda: False, process=child, what="the oven", log=log, timeout_seconds=patience_seconds())


def test_a_child_that_takes_too_long_is_stopped_and_named_with_its_last_line(tmp_path: Path) -> None:
    log = tmp_path / "child.log"
    child = start(["sh", "-c", "echo still heating; exec sleep 600"], log=log)
    wait_until_said(log, "heating")
    with pytest.raises(OpsError, match=r"the oven was not ready within 0 s: still heating"):
        wait_until(lambda: False, process=child, what="the oven", log=log, timeout_seconds=0.2)
    assert child.returncode == -signal.SIGTERM


def test_waiting_ends_when_the_child_is_ready(tmp_path: Path) -> None:
    port = free_port()
    command = [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1"]
    log = tmp_path / "child.log"
    child = start(command, log=log, directory=tmp_path)
    try:
        assert not is_open(free_port())
        wait_until(lambda: is_open(port), process=child, what="the server", log=log, timeout_seconds=patience_seconds())
        assert is_open(port)
    finally:
        stop(child)


def test_the_environment_is_added_to_ours_and_the_log_is_appended_to(tmp_path: Path) -> None:
    log = tmp_path / "folder" / "child.log"
    for word in ("one", "two"):
        assert (
            start(["sh", "-c", "echo $WORD $HOME"], log=log, environment={"WORD": word}).wait(patience_seconds()) == 0
        )
    assert log.read_text().splitlines() == [f"one {os.environ['HOME']}", f"two {os.environ['HOME']}"]


def test_a_log_that_is_empty_or_not_there_is_said_so(tmp_path: Path) -> None:
    assert last_line(tmp_path / "none.log") == "it wrote nothing"


@pytest.mark.parametrize(
    ("said", "words"),
    [
        pytest.param("warm\nTypeError: no key\n", "TypeError: no key", id="a line"),
        pytest.param("Exception: taken\n\tat kafka.Kafka.main\n\tat java.lang\n", "Exception: taken", id="a stack"),
        pytest.param("  only this\n\n", "only this", id="indented alone"),
    ],
)
def test_the_last_words_are_what_a_stack_of_calls_is_about(said: str, words: str) -> None:
    assert last_words(said) == words
