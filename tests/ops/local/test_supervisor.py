"""The parent restarts what fails, gives up on what a restart cannot mend, and takes everybody along when it ends."""

import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from ops.errors import OpsError
from ops.local.ports import free_port
from ops.local.supervisor import (
    FINAL_AT_FIRST,
    FINAL_EXIT_CODES,
    FIRST_BACKOFF_SECONDS,
    MAX_BACKOFF_SECONDS,
    STOP_SIGNALS,
    Child,
    Supervisor,
)
from ops.local.supervisor_metrics import serve
from ops.patience import patience_seconds
from tests.support.process_tree import descendants, is_alive, wait_until_gone

# A child that leaves with the next code of a list each time it is started.
CODES = """
import sys
from pathlib import Path
log = Path(sys.argv[1])
starts = len(log.read_text()) if log.exists() else 0
log.write_text("." * (starts + 1))
sys.exit(int(sys.argv[2].split(",")[starts]))
"""
PARENT = """
import os, sys
from ops.local import supervisor as supervise
supervise.STOP_SECONDS = 1.0
children = [supervise.Child(f"child-{n}", [sys.executable, "-c", sys.argv[1]], dict(os.environ)) for n in range(2)]
sys.exit(supervise.Supervisor(children, report=lambda line: print(line, flush=True)).run())
"""
PATIENT = "import time; time.sleep(600)"
STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)"
)


@pytest.fixture(autouse=True)
def signals() -> Iterator[None]:
    """Give the signals back to pytest."""
    before = {number: signal.getsignal(number) for number in STOP_SIGNALS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def leaving_with(codes: str, log: Path, *, name: str = "child-0") -> Child:
    return Child(name, [sys.executable, "-c", CODES, str(log), codes], dict(os.environ))


def test_a_child_that_fails_is_started_again_later_and_later(tmp_path: Path) -> None:
    said: list[str] = []
    child = leaving_with("1,70,2", tmp_path / "starts")
    with pytest.raises(OpsError):
        Supervisor([child], report=said.append).run()
    assert (tmp_path / "starts").read_text() == "..."
    assert [line for line in said if "again" in line] == [
        f"child-0 left with 1, starting again in {FIRST_BACKOFF_SECONDS:g} s",
        f"child-0 left with 70, starting again in {2 * FIRST_BACKOFF_SECONDS:g} s",
    ]


def test_a_broker_that_goes_away_later_is_waited_for(tmp_path: Path) -> None:
    with pytest.raises(OpsError, match="left with exit code 2"):
        Supervisor([leaving_with("1,4,2", tmp_path / "starts")], report=lambda line: None).run()
    assert (tmp_path / "starts").read_text() == "..."


@pytest.mark.parametrize("code", sorted(FINAL_EXIT_CODES | FINAL_AT_FIRST))
def test_what_a_restart_cannot_mend_ends_it_with_one_line(tmp_path: Path, code: int) -> None:
    with pytest.raises(OpsError, match=f"child-0 left with exit code {code}; its last line above") as caught:
        Supervisor([leaving_with(str(code), tmp_path / "starts")], report=lambda _: None).run()
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == code
    assert (tmp_path / "starts").read_text() == "."


def test_it_ends_once_no_child_is_left_that_can_run(tmp_path: Path) -> None:
    children = [leaving_with("2", tmp_path / "a"), leaving_with("3", tmp_path / "b", name="child-1")]
    with pytest.raises(OpsError, match="none of the processes can run: child-0 left with exit code 2"):
        Supervisor(children, report=lambda _: None).run()


@pytest.mark.parametrize("code", sorted(FINAL_EXIT_CODES | FINAL_AT_FIRST | {1, 70}))
def test_a_child_that_cannot_run_leaves_its_siblings_alone(tmp_path: Path, code: int) -> None:
    healthy = Child("child-1", [sys.executable, "-c", PATIENT], dict(os.environ))
    failing = leaving_with(f"{code},{code}", tmp_path / "starts")
    said: list[str] = []

    def hear(line: str) -> None:
        said.append(line)
        if "again" in line:
            assert healthy.process is not None
            assert healthy.process.poll() is None
            os.kill(os.getpid(), signal.SIGHUP)

    assert Supervisor([healthy, failing], report=hear).run() == 0
    assert failing.exits == {code: 1}
    backoff = MAX_BACKOFF_SECONDS if code in FINAL_EXIT_CODES else FIRST_BACKOFF_SECONDS
    assert said[-1] == f"child-0 left with {code}, starting again in {backoff:g} s"


def test_a_child_that_is_deaf_to_sigterm_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ops.local.supervisor.STOP_SECONDS", 0.5)
    is_deaf = tmp_path / "deaf"
    stubborn = ["sh", "-c", "trap '' TERM; touch \"$0\"; while true; do sleep 600; done", str(is_deaf)]
    ready = ["sh", "-c", 'until [ -e "$0" ]; do sleep 0.05; done; exit 1', str(is_deaf)]
    deaf = Child("child-0", stubborn, dict(os.environ))

    def hear(line: str) -> None:
        if "again" in line:
            os.kill(os.getpid(), signal.SIGTERM)

    Supervisor([deaf, Child("child-1", ready, dict(os.environ))], report=hear).run()
    assert deaf.process is not None
    assert deaf.process.returncode == -signal.SIGKILL


def test_the_parent_tells_of_each_child_whether_it_runs_how_often_it_ended_and_its_memory(tmp_path: Path) -> None:
    healthy = Child("child-0", [sys.executable, "-c", PATIENT], dict(os.environ))
    children = [healthy, leaving_with("1,70,1", tmp_path / "starts", name="child-1")]
    port, seen = free_port(), ""
    assert serve(children, host="127.0.0.1", port=port) is None
    assert "is not to be had" in str(serve(children, host="127.0.0.1", port=port))

    def hear(line: str) -> None:
        nonlocal seen
        if "left with 70" in line:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=patience_seconds()) as answer:
                seen = answer.read().decode()
            os.kill(os.getpid(), signal.SIGTERM)

    Supervisor(children, report=hear).run()
    samples = dict(line.rsplit(" ", 1) for line in seen.splitlines() if not line.startswith("#"))
    assert samples.pop('lm_supervisor_process_memory_bytes{process="0"}') > "1"
    assert samples == {
        'lm_supervisor_process_up{process="0"}': "1.0",
        'lm_supervisor_process_up{process="1"}': "0.0",
        'lm_supervisor_restarts_total{process="0"}': "0.0",
        'lm_supervisor_restarts_total{process="1"}': "1.0",
        'lm_supervisor_exits_total{code="1",process="1"}': "1.0",
        'lm_supervisor_exits_total{code="70",process="1"}': "1.0",
    }


@pytest.fixture
def parent(request: pytest.FixtureRequest) -> Iterator[tuple[subprocess.Popen[str], set[int]]]:
    """Return a parent in a process of its own, and its two children."""
    command = [sys.executable, "-c", PARENT, request.param]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for _ in range(4 if request.param == STUBBORN else 2):
            process.stdout.readline()
        yield process, descendants(process.pid)
        process.kill()


@pytest.mark.parametrize("parent", [PATIENT, STUBBORN], ids=["listening", "deaf"], indirect=True)
@pytest.mark.parametrize("number", STOP_SIGNALS, ids=lambda number: number.name)
def test_a_signal_stops_all(parent: tuple[subprocess.Popen[str], set[int]], number: signal.Signals) -> None:
    process, children = parent
    assert len(children) == 2
    process.send_signal(number)
    assert process.wait(patience_seconds()) == 0
    assert not any(is_alive(child) for child in children)


@pytest.mark.parametrize("parent", [PATIENT], ids=["kill -9"], indirect=True)
def test_a_killed_parent_leaves_nobody_behind(parent: tuple[subprocess.Popen[str], set[int]]) -> None:
    process, children = parent
    process.kill()
    process.wait()
    assert len(children) == 2
    wait_until_gone(children)
