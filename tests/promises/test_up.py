"""`ledgermind up` is the whole of LedgerMind on one machine: it stays up, mends itself, keeps its data, leaves nothing.

Two starts for the module; about 25 s of one core, most of it the programs' own start.
"""

import os
import re
import shlex
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from ops.patience import wait_for
from tests.promises.program import run_command
from tests.promises.up_program import RunningUp, run_up, segments_of, works_in

LANDED = "select count(*) from raw.transactions"
NEWEST = "select coalesce(max(version), -1) from raw.rollout_decisions"
TWICE = "select count(*) - count(distinct version) from raw.rollout_decisions"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningUp]:
    with run_up(tmp_path_factory.mktemp("up"), "--json", "--simulate", "20") as up:
        up.wait_until_ready()
        yield up


@pytest.mark.promise("the first suggestion comes within seconds", "README.md")
def test_suggestions_come_without_anything_else_being_done(running: RunningUp) -> None:
    wait_for(lambda: running.suggestions() > 0, lambda: f"a suggestion: {running.said}")
    running.wait_for("first suggestion after")
    assert set(running.addresses) >= {"bootstrap_servers", "postgres", "workers", "landing", "judge", "registry", "pid"}


@pytest.mark.promise("starts it and prints its address first", "docs/CONSOLE.md")
def test_the_console_is_there_and_shows_what_the_worker_serves(running: RunningUp) -> None:
    assert next(iter(running.addresses)) == "console"
    running.wait_for("first suggestion after")
    wait_for(
        lambda: "Nothing was served" not in (page := running.page()) and 'state good">ready<' in page,
        lambda: f"a worker's counters on the page: {running.page()}",
        refusals=(OSError,),
    )


@pytest.mark.promise("A program that ends is started again, and `up` says so", "README.md")
def test_a_worker_that_is_killed_comes_back_and_goes_on(running: RunningUp) -> None:
    running.wait_for("first suggestion after")
    os.kill(running.pid_of("worker-0"), signal.SIGKILL)
    running.wait_for(r"worker-0 left with -9, starting again")
    running.wait_for(r"worker-0 started, pid \d+", times=2)
    running.wait_for_more_suggestions()


@pytest.mark.promise("A second `up` in the same folder is refused and names the process that holds it", "README.md")
def test_a_second_one_hears_who_holds_the_folder(running: RunningUp) -> None:
    done = run_command("up", directory=running.folder, variables={})
    assert (done.code, f"pid {running.process.pid}" in done.stderr) == (1, True), done.stderr
    assert running.process.poll() is None


@pytest.mark.promise("Postgres and the rollout are kept between runs", "README.md")
def test_what_was_decided_outlives_the_broker_and_the_run(tmp_path: Path) -> None:
    with run_up(tmp_path, "--json", "--simulate", "20") as up:
        up.wait_for("first suggestion after")
        assert up.run("rollout", "set", "10", "--canary", "", "--reason", "a test").code == 0
        os.kill(up.child("tansu"), signal.SIGKILL)
        up.wait_for(r"the broker left with -9")
        up.wait_for(r"the rollout goes on from version 1, 10\.00 %")
        up.wait_for_more_suggestions()
        assert up.run("rollout", "verify", "--json").json["records"] == 2
        assert up.run("rollout", "set", "5", "--canary", "", "--reason", "a test").code == 0
        wait_for(
            lambda: 'class="big">5 %<' in up.page(),
            "the share on the console, of the broker that was made anew",
            refusals=(OSError,),
        )
        landed = wait_for(lambda: up.count(LANDED), "transactions in the warehouse")
        assert up.stop(signal.SIGTERM) == 0
    assert works_in(tmp_path) == []
    with run_up(tmp_path, "--free-ports") as up:
        up.wait_for(r"the rollout goes on from version 2, 5\.00 %")
        up.wait_for("three things to try")
        console, *commands = re.findall(r"^     (\S.*)$", up.said, re.MULTILINE)
        wait_for(lambda: "<h1>Now</h1>" in up.page(console), "the console at its address", refusals=(OSError,))
        assert len(commands) == 2
        for command in commands:
            done = subprocess.run(["bash", "-c", command], cwd=tmp_path, capture_output=True, text=True, check=False)
            assert done.returncode == 0, f"{command}: {done.stderr or done.stdout}"
        up.wait_for(r"suggestion for csv-user, \S+: Groceries by rules")
        history = up.run("rollout", "history", "--json").json
        assert [record["version"] for record in history] == [0, 1, 2, 3]
        wait_for(lambda: up.count(NEWEST) == 3, "landing of the record that was written by hand")
        assert (up.count(TWICE), up.count(LANDED) > landed) == (0, True)
        assert up.stop(signal.SIGINT) == 0


@pytest.mark.promise(
    "ctrl-C or SIGTERM ends it and leaves no process, no lock and no shared memory behind", "README.md"
)
def test_ctrl_c_leaves_nothing_behind(tmp_path: Path) -> None:
    with run_up(tmp_path, "--json", "--simulate", "20") as up:
        up.wait_for("first suggestion after")
        postgres = up.child("pginstall/bin/postgres")
        assert len(segments_of(postgres)) == 1
        assert up.stop(signal.SIGINT) == 0
    assert (works_in(tmp_path), segments_of(postgres)) == ([], set())
    assert not (tmp_path / ".ledgermind" / "up" / "env").exists()


@pytest.mark.promise(
    "Exit codes: 0 stopped, 1 another `up` holds the folder or a server does not start, 2 an option is wrong",
    "ledgermind up --help",
)
@pytest.mark.parametrize(
    ("words", "code"),
    [
        pytest.param("--simulate 5 --file mine.csv", 2, id="two feeds"),
        pytest.param("--rate 5", 2, id="a rate of no file"),
        pytest.param("--broker 127.0.0.1:1", 4, id="a broker that is not there"),
    ],
)
def test_what_cannot_begin_says_why_in_one_line(tmp_path: Path, words: str, code: int) -> None:
    (tmp_path / "mine.csv").write_text("occurred_at,amount,description\n")
    done = run_command("up", *shlex.split(words), directory=tmp_path, variables={})
    assert (done.code, len(done.stderr.splitlines())) == (code, 1), done.stderr
    assert works_in(tmp_path) == []
