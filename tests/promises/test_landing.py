"""What landing promises when Postgres refuses: a changed table stops it, a bad row does not, and nothing is lost."""

import os
import signal
import socket
import time
import uuid
from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime

import pytest
from psycopg.conninfo import make_conninfo

from ops.patience import wait_for
from tests.promises.events import payment, written
from tests.promises.program import Program
from tests.promises.stack import Stack

LIMIT = 20
SILENT_SECONDS = 3  # as short as a test can wait for; a statement here takes milliseconds
NEXT = "select coalesce(sum(next), 0) from raw.landing_positions where topic = %s"
BACKEND = (
    "select pid from pg_stat_activity where application_name = 'ledgermind-landing' and datname = current_database()"
)


@pytest.fixture(scope="module")
def role(stack: Stack) -> Iterator[str]:
    """Return a login with the landing's rights and no others."""
    name = f"landing_{uuid.uuid4().hex}"
    stack.sql(f"create role {name} login in role ledgermind_landing")
    yield name
    stack.sql(f"drop owned by {name}")
    stack.sql(f"drop role {name}")


def variables(stack: Stack, role: str) -> dict[str, str]:
    """Return what a landing with its own rights reads from its environment."""
    return {
        "LEDGERMIND_POSTGRES_DSN": make_conninfo(stack.dsn, user=role),
        "LEDGERMIND_LANDING_REJECT_LIMIT": str(LIMIT),
        "LEDGERMIND_LANDING_POSTGRES_TIMEOUT_SECONDS": str(SILENT_SECONDS),
    }


def landing(stack: Stack, role: str) -> AbstractContextManager[Program]:
    """Run the landing under its parent."""
    return stack.landing(**variables(stack, role))


def say(stack: Stack, count: int, *, event_id: str | None = None) -> set[str]:
    """Publish feedback, each with an id of its own, and return the ids."""
    ids = {f"feedback-{uuid.uuid4().hex}" for _ in range(count)}
    events = [
        {
            "schema_version": "1.0",
            "feedback_id": one,
            "txn_id": "t",
            "user_id": "user-1",
            "action": "reject",
            "category": None,
            "source": "human",
            "event_id": event_id,
            "given_at": written(datetime.fromtimestamp(time.time(), UTC)),
        }
        for one in ids
    ]
    stack.publish("suggestion-feedback", events, key="user-1")
    return ids


def landed(stack: Stack, ids: set[str]) -> list[str]:
    """Return which of these have landed, each as often as it did."""
    rows = stack.sql("select feedback_id from raw.suggestion_feedback where feedback_id = any(%s)", list(ids))
    return sorted(one for (one,) in rows)


def rejects(stack: Stack) -> int:
    return int(stack.sql("select count(*) from raw.rejects where landed_at is null")[0][0])


def position(stack: Stack, topic: str) -> int:
    return int(stack.sql(NEXT, topic)[0][0])


def lines(program: Program, *, since: int) -> list[str]:
    """Return what the landing has said since there were so many lines."""
    return program.log.read_text().splitlines()[since:]


FAULTS = {
    "a column that must not be null": (
        "alter table raw.suggestion_feedback add column branch text not null",
        "alter table raw.suggestion_feedback drop column branch",
        "state 23502",
    ),
    "no partition": (
        """
        alter table raw.suggestion_feedback rename to whole;
        create table raw.suggestion_feedback (like raw.whole including defaults) partition by range (loaded_at);
        create table raw.past partition of raw.suggestion_feedback for values from ('2020-01-01') to ('2020-02-01');
        grant select, insert on raw.suggestion_feedback to ledgermind_landing
        """,
        "drop table raw.suggestion_feedback; alter table raw.whole rename to suggestion_feedback",
        "no partition of relation",
    ),
    "a right that was taken away": (
        "revoke insert on raw.suggestion_feedback from ledgermind_landing",
        "grant insert on raw.suggestion_feedback to ledgermind_landing",
        "permission denied for table suggestion_feedback",
    ),
}


@pytest.mark.slow
@pytest.mark.promise("A table or a right that was changed stops the landing with one line", "docs/BAD_INPUT.md")
def test_a_table_that_takes_no_row_costs_no_row(stack: Stack, role: str) -> None:
    ids: set[str] = set()
    for fault, (spoil, mend, word) in FAULTS.items():
        before = position(stack, "suggestion-feedback")
        ids |= say(stack, 30)
        stack.sql(spoil)
        try:
            stopped = stack.run("landing", "--once", LEDGERMIND_LANDING_PORT=str(free_port()), **variables(stack, role))
        finally:
            stack.sql(mend)
        assert stopped.code == 12, (fault, stopped.stderr)
        (line,) = [one for one in stopped.stderr.splitlines() if not one.startswith("{")]
        assert word in line and "raw.suggestion_feedback" in line, (fault, line)
        assert not any(one in stopped.stderr for one in ids), fault
        assert (rejects(stack), position(stack, "suggestion-feedback")) == (0, before), fault
    with landing(stack, role):
        stack.wait_until_landed("suggestion-feedback")
    assert landed(stack, ids) == sorted(ids)


@pytest.mark.promise("A Postgres that is read-only is waited for like one that is away", "docs/BAD_INPUT.md")
def test_what_comes_while_postgres_is_read_only_lands_afterwards(stack: Stack, role: str) -> None:
    (name,), *_ = stack.sql("select current_database()")
    with landing(stack, role) as program:
        ids = say(stack, 30)
        stack.wait_until_landed("suggestion-feedback")
        said = len(lines(program, since=0))
        stack.sql(f"alter role {role} in database {name} set default_transaction_read_only = on")
        stack.sql(f"select pg_terminate_backend(pid) from ({BACKEND}) as backends")
        ids |= say(stack, 30)
        wait_for(lambda: any("read-only" in one for one in lines(program, since=said)), "word on a read-only Postgres")
        assert not any("Traceback" in one for one in lines(program, since=0))
        assert program.metrics()["lm_landing_waits_total"] > 0
        stack.sql(f"alter role {role} in database {name} reset default_transaction_read_only")
        stack.wait_until_landed("suggestion-feedback")
        assert landed(stack, ids) == sorted(ids)
        assert not any("left with" in one for one in lines(program, since=0))


@pytest.mark.promise("A Postgres that gives no answer is given up by the landing's own clock", "docs/BAD_INPUT.md")
def test_a_backend_that_stands_still_is_left_and_nothing_is_lost(stack: Stack, role: str) -> None:
    with landing(stack, role) as program:
        ids = say(stack, 5)
        stack.wait_until_landed("suggestion-feedback")
        (frozen,), *_ = stack.sql(BACKEND)
        os.kill(frozen, signal.SIGSTOP)
        try:
            ids |= say(stack, 300)
            wait_for(lambda: program.metrics()["lm_landing_waits_total"] >= 1, "end of the connection")
            assert any("no answer within" in one for one in lines(program, since=0))
            wait_for(lambda: program.metrics()['lm_landing_lag{topic="suggestion-feedback"}'] > 0, "lag")
        finally:
            os.kill(frozen, signal.SIGCONT)
        stack.wait_until_landed("suggestion-feedback")
        assert landed(stack, ids) == sorted(ids)
        assert not any("left with" in one for one in lines(program, since=0))


@pytest.mark.promise(
    "Load the rejected records that their table now accepts, each at most once; the others stay rejected.",
    "ledgermind landing rejects retry --help",
)
@pytest.mark.promise(
    "List the newest rejected records with topic, partition, offset, reason and time; never print their content.",
    "ledgermind landing rejects list --help",
)
def test_rows_that_postgres_refused_are_landed_once_they_fit(stack: Stack, role: str) -> None:
    stack.sql("alter table raw.suggestion_feedback alter column event_id type varchar(40)")
    try:
        with landing(stack, role):
            long = say(stack, 5, event_id="e" * 60)
            short = say(stack, 50, event_id="e" * 30)
            broken = len(stack.publish("suggestion-feedback", [b"{"] * 3, key="user-1"))
            stack.wait_until_landed("suggestion-feedback")
            assert landed(stack, long | short) == sorted(short)
            listed = stack.succeed("landing", "rejects", "list", "--json").stdout.splitlines()
            assert len(listed) == len(long) + broken
            assert sum("state 22001" in one for one in listed) == len(long)
            assert not any(one in line for one in long for line in listed)
            stack.sql("alter table raw.suggestion_feedback alter column event_id type text")
            own = {"LEDGERMIND_POSTGRES_DSN": make_conninfo(stack.dsn, user=role)}
            answers = [stack.succeed("landing", "rejects", "retry", "--all", "--json", **own).json for _ in range(2)]
            assert answers == [
                {"landed": len(long), "refused": broken, "gone": 0},
                {"landed": 0, "refused": broken, "gone": 0},
            ]
            assert landed(stack, long | short) == sorted(long | short)
            assert rejects(stack) == broken
    finally:
        stack.sql("alter table raw.suggestion_feedback alter column event_id type text")


@pytest.mark.slow
@pytest.mark.promise(
    "more than one row in a hundred and `LEDGERMIND_LANDING_REJECT_LIMIT` rows beyond", "docs/BAD_INPUT.md"
)
def test_a_table_that_refuses_row_after_row_stops_the_landing(stack: Stack, role: str) -> None:
    stack.sql("update raw.rejects set landed_at = now(); delete from raw.landing_refusals")
    stack.sql("update raw.suggestion_feedback set event_id = null")
    stack.sql("alter table raw.suggestion_feedback alter column event_id type varchar(40)")
    try:
        ids = say(stack, 4 * LIMIT, event_id="e" * 60)
        for _ in range(3):  # each start after the first sets no further row aside
            stopped = stack.run("landing", "--once", LEDGERMIND_LANDING_PORT=str(free_port()), **variables(stack, role))
            assert stopped.code == 12, stopped.stderr
            (line,) = [one for one in stopped.stderr.splitlines() if not one.startswith("{")]
            assert "raw.suggestion_feedback refused" in line
            assert "landing rejects retry" in line
            assert rejects(stack) <= LIMIT
        stack.sql("alter table raw.suggestion_feedback alter column event_id type text")
        with landing(stack, role):
            stack.wait_until_landed("suggestion-feedback")
        stack.succeed("landing", "rejects", "retry", "--topic", "suggestion-feedback")
        assert landed(stack, ids) == sorted(ids)
        assert rejects(stack) == 0
    finally:
        stack.sql("alter table raw.suggestion_feedback alter column event_id type text")


@pytest.mark.promise("What others write never stops the landing", "docs/BAD_INPUT.md")
def test_garbage_of_producers_never_stops_the_landing(stack: Stack, role: str) -> None:
    with landing(stack, role) as program:
        stack.publish("suggestion-feedback", [b"{"] * 10 * LIMIT, key="user-1")
        ids = say(stack, 5)
        stack.publish("transactions", [payment(1)])
        stack.wait_until_landed("suggestion-feedback", "transactions")
        assert landed(stack, ids) == sorted(ids)
        assert not any("left with" in one for one in lines(program, since=0))


def free_port() -> int:
    """Return a port that nobody listens on at this moment."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
