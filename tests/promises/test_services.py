"""What the services and the commands that set them up promise: doing it twice, dying, and being asked in vain."""

import fcntl
import os
import signal
import socket
import subprocess
import termios
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from ops.patience import patience_seconds, wait_for
from tests.promises.events import payment
from tests.promises.program import LEDGERMIND, Program, environment
from tests.promises.stack import Stack


@pytest.mark.promise(
    "3 a topic is missing, has too few partitions or a wrong setting", "ledgermind topics check --help"
)
@pytest.mark.promise("Make the topics that are missing.", "ledgermind topics create --help")
def test_topics_are_made_once_and_found_as_they_were_agreed(stack: Stack) -> None:
    stack.succeed("topics", "create")  # they are there already
    stack.succeed("topics", "check")


@pytest.mark.promise(
    "Create or migrate the raw tables; a second run changes nothing.", "ledgermind warehouse migrate --help"
)
def test_a_second_migration_changes_nothing(stack: Stack) -> None:
    tables = "select table_schema, table_name, column_name from information_schema.columns order by 1, 2, 3"
    before = stack.sql(tables)
    stack.succeed("warehouse", "migrate")
    assert stack.sql(tables) == before


@pytest.mark.promise("Write record 0 from the environment, unless a record exists.", "ledgermind rollout init --help")
def test_the_first_record_is_written_once(stack: Stack) -> None:
    for share in ("7", "9"):
        stack.succeed("rollout", "init", SUGGEST_USE_MODEL_CANARY=share)
    assert [one.json["percent"] for one in stack.read("rollout-state")] == ["7.00"]


@pytest.mark.promise(
    "each has its own stable name and its own port for /metrics, /live and /ready.", "ledgermind worker --help"
)
def test_two_processes_answer_on_ports_of_their_own_and_one_that_is_killed_comes_back(stack: Stack) -> None:
    port = free_port()
    with stack.program_at(port, "worker", "--processes", "2", LEDGERMIND_WORKER_PORT=str(port)) as first:
        second = Program(first.process, first.log, f"http://127.0.0.1:{port + 1}")
        for one in (first, second):
            one.wait_until_ready()
        victim = children(first.process.pid)[0]
        os.kill(victim, signal.SIGKILL)
        wait_for(lambda: victim not in (now := children(first.process.pid)) and len(now) == 2, "another process")
        for one in (first, second):
            one.wait_until_ready()
        sent = stack.score([payment(number, txn_id=f"killed-{number}") for number in range(100)])
        assert {one.input_address for one in stack.read("suggestions")} >= set(sent)


@pytest.mark.promise("Copy the records of every topic into Postgres, each exactly once", "ledgermind landing --help")
def test_a_landing_that_is_killed_lands_nothing_twice(stack: Stack) -> None:
    sent = 0
    for _ in range(2):
        with stack.program("landing", "--once", LEDGERMIND_LANDING_PORT=str(free_port())) as landing:
            sent += len(stack.publish("transactions", [payment(number) for number in range(500)]))
            stack.wait_until_landed("transactions")
            os.kill(landing.process.pid, signal.SIGKILL)
            landing.process.wait()
    (rows, places), *_ = stack.sql(
        "select count(*), count(distinct (source_partition, source_offset)) from raw.transactions"
    )
    assert rows == places >= sent


@pytest.mark.promise("refused rows are named by line, the others go out.", "ledgermind publish --help")
def test_rows_that_are_refused_are_named_and_the_others_are_published(stack: Stack) -> None:
    (stack.folder / "mine.csv").write_text(
        "txn_id,occurred_at,amount,currency,description\n"
        "csv-1,2026-01-02,-1.00,GBP,TESCO\ncsv-2,yesterday,-1.00,GBP,TESCO\ncsv-3,2026-01-03,-1.00,GBP,TESCO\n"
    )
    done = stack.run("publish", "mine.csv")
    assert "line 3" in done.stdout + done.stderr
    published = [one.json["txn_id"] for one in stack.read("transactions") if b"csv-" in one.value]
    assert sorted(published) == ["csv-1", "csv-3"]


@pytest.mark.promise(
    "`ledgermind rollout verify --journal` names the line that no longer follows the one before it: "
    "one of the two was changed, moved or left out.",
    "docs/ML_CANARY_DEPLOYMENT.md",
)
def test_a_line_that_somebody_took_out_of_the_journal_is_found(stack: Stack) -> None:
    stack.run("rollout", "init")
    journal = stack.folder / "verdicts.jsonl"
    for _ in range(3):
        stack.run("rollout", "judge", "--worker", "http://127.0.0.1:1", "--journal", str(journal))
    assert stack.run("rollout", "verify", "--journal", str(journal)).code == 0
    first, _, last = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(first + last)
    found = stack.run("rollout", "verify", "--journal", str(journal))
    assert found.code == 8
    assert "line 2 does not link to the line before it" in found.stdout + found.stderr


@pytest.mark.promise(
    "Verify the hash chain, and compute every verdict again from its evidence.",
    "ledgermind rollout verify --help",
)
def test_a_record_that_somebody_changed_is_found(stack: Stack) -> None:
    stack.succeed("rollout", "init")
    stack.set_share("8")
    assert stack.run("rollout", "verify").code == 0
    last = stack.read("rollout-state")[-1]
    forged = last.json | {"version": last.json["version"] + 1, "percent": "99.00", "prev_hash": last.json["hash"]}
    stack.publish("rollout-state", [forged])
    assert stack.run("rollout", "verify").code == 8


@pytest.mark.promise("change or remove what it landed", "docs/SECURITY.md")
@pytest.mark.promise("see confidences, explanations, what a dead letter held", "docs/SECURITY.md")
@pytest.mark.promise("see labels but through the mart, change a mart", "docs/SECURITY.md")
@pytest.mark.parametrize(
    ("role", "may", "may_not"),
    [
        (
            "ledgermind_landing",
            "insert into raw.rejects select * from raw.rejects where false",
            ("delete from raw.transactions", "update raw.suggestion_feedback set action = 'accept'"),
        ),
        (
            "ledgermind_judge",
            "select arm, category from raw.suggestion_events",
            (
                "select confidence from raw.suggestion_events",
                "select explanations from raw.suggestion_events",
                "select original_value from raw.dead_letters",
                "update rollout.paired_outcomes set sign = 1",
            ),
        ),
        (
            "ledgermind_trainer",
            "select description from raw.transactions",
            (
                "select label from raw.transaction_labels",
                "select reason from raw.rollout_decisions",
                "create table marts.mine (id integer)",
            ),
        ),
    ],
    ids=["landing", "judge", "trainer"],
)
def test_a_role_of_the_database_may_what_it_must_and_no_more(
    stack: Stack, role: str, may: str, may_not: tuple[str, ...]
) -> None:
    stack.sql(f"set local role {role}; {may}")
    for statement in may_not:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            stack.sql(f"set local role {role}; {statement}")


@pytest.mark.promise("A closed terminal (SIGHUP) stops worker and landing as SIGTERM does", "docs/EXIT_CODES.md")
@pytest.mark.parametrize("command", ["worker", "landing"])
def test_a_closed_terminal_is_a_graceful_stop(stack: Stack, command: str) -> None:
    port, parent = free_port(), free_port()
    terminal, end = os.openpty()
    own = {
        f"LEDGERMIND_{command.upper()}_PORT": str(port),
        f"LEDGERMIND_{command.upper()}_SUPERVISOR_PORT": str(parent),
    }
    process = subprocess.Popen(
        [str(LEDGERMIND), command],
        env=environment(stack.environment(own)),
        cwd=stack.folder,
        stdin=end,
        stdout=end,
        stderr=end,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509 - one call, as login does it
    )
    os.close(end)
    os.set_blocking(terminal, False)
    program = Program(process, stack.folder / "no.log", f"http://127.0.0.1:{port}")
    page = "/ready" if command == "worker" else "/metrics"

    def answers() -> bool:
        with suppress(BlockingIOError):  # somebody reads along, or what is written would wait for a reader
            while os.read(terminal, 65_536):
                pass
        return program.page(page)[0] == 200

    try:
        wait_for(answers, f"start of {command}", refusals=(OSError,))
        family = children(process.pid)
        assert len(family) == 1
        supervisor = Program(process, stack.folder / "no.log", f"http://127.0.0.1:{parent}").metrics()
        assert supervisor['lm_supervisor_process_up{process="0"}'] == 1
        assert supervisor['lm_supervisor_process_memory_bytes{process="0"}'] > 0
        os.close(terminal)  # the kernel tells everybody who runs in it
        assert process.wait(patience_seconds()) == 0
        assert not any(Path(f"/proc/{pid}").exists() for pid in family)
    finally:
        process.kill()
        process.wait()


@pytest.mark.promise(
    "A taken port or one process that cannot run leaves the other processes alone.", "docs/EXIT_CODES.md"
)
def test_a_taken_port_of_one_process_leaves_the_other_at_work(stack: Stack) -> None:
    port, parent = pair_of_ports(), free_port()
    own = {"LEDGERMIND_WORKER_PORT": str(port), "LEDGERMIND_WORKER_SUPERVISOR_PORT": str(parent)}
    with (
        socket.create_server(("127.0.0.1", port + 1)),
        stack.program_at(port, "worker", "--processes", "2", **own) as worker,
    ):
        worker.wait_until_ready()
        metrics = Program(worker.process, worker.log, f"http://127.0.0.1:{parent}").metrics
        wait_for(lambda: 'lm_supervisor_exits_total{code="2",process="1"}' in metrics(), "end of the second process")
        sent = stack.score([payment(number, txn_id=f"alone-{number}") for number in range(50)])
        assert {one.input_address for one in stack.read("suggestions")} >= set(sent)
        assert worker.runs


def pair_of_ports() -> int:
    """Return a port that one can listen on, as on the next; one that answers nobody may be a client's own end."""
    while True:
        port = free_port()
        with socket.socket() as listener, suppress(OSError):
            listener.bind(("127.0.0.1", port + 1))
            return port


def free_port() -> int:
    """Return a port that nobody listens on at this moment."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def children(pid: int) -> list[int]:
    """Return the pids of the processes that a program started and that still run."""
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
