"""What workers promise each other: whoever is left reads every partition, and what nobody reads is said."""

import itertools
import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest

from ops.patience import patience_seconds, wait_for
from tests.promises.events import payment
from tests.promises.program import Program
from tests.promises.stack import Stack

NUMBERS = itertools.count()
# A member that is away is waited for longer than any test waits: only what a worker says itself can help.
FOREVER = {"LEDGERMIND_WORKER_SESSION_TIMEOUT_MS": str(int(min(2 * patience_seconds(), 290) * 1_000))}
STAYING = FOREVER | {"LEDGERMIND_WORKER_LEAVE_ON_STOP": "false"}
WITH_A_PAUSE = {"LEDGERMIND_WORKER_SESSION_TIMEOUT_MS": "30000"}  # long enough to be seen, short enough to end


@contextmanager
def two_workers(stack: Stack, name: str, **variables: str) -> Iterator[tuple[Program, Program]]:
    """Run two workers of one group, each with half of the partitions, on topics that are read to their end."""
    with stack.worker(f"{name}-stays", **variables) as stays, stack.worker(f"{name}-goes", **variables) as goes:
        wait_for(lambda: {halves(stays), halves(goes)} == {6}, "assignment of half of the partitions to each worker")
        stack.score(everywhere())
        yield stays, goes


def reads_all(worker: Program) -> bool:
    """Return whether a worker reads every partition."""
    return halves(worker) == 12


def halves(worker: Program) -> int:
    """Return how many partitions a worker reads."""
    return sum(name.startswith("lm_stream_consumer_lag{") for name in worker.metrics())


def everywhere() -> list[dict[str, Any]]:
    """Return a payment of each of a hundred users: something in every partition."""
    batch = next(NUMBERS)
    return [payment(number, user_id=f"u-{number}", txn_id=f"{batch}-{number}") for number in range(100)]


def unread(worker: Program) -> list[int]:
    """Return the partitions that /ready calls unread; the metric must count the same ones."""
    page = json.loads(worker.page("/ready")[1])["unread_partitions"]
    return page if page is not None and worker.metrics()["lm_stream_unread_partitions"] == len(page) else []


@pytest.mark.slow
@pytest.mark.promise("On the embedded broker the others take the partitions of a worker that ended", "docs/SCALING.md")
@pytest.mark.parametrize("end", ["stop", "kill"])
def test_on_the_embedded_broker_whoever_is_left_reads_every_partition(stack: Stack, end: str) -> None:
    with two_workers(stack, end) as (stays, goes):
        goes.stop() if end == "stop" else goes.process.kill()
        stack.score(everywhere())
        wait_for(lambda: halves(stays) == 12, "assignment of all partitions to the worker that stays")


@pytest.mark.slow
@pytest.mark.promise("A group that gives a worker no partition for a session is made anew", "docs/SCALING.md")
def test_on_the_embedded_broker_workers_that_stop_together_leave_a_group_that_others_can_join(stack: Stack) -> None:
    for turn in range(2):  # which of them leaves last is a matter of chance, and of one order only the group recovers
        with two_workers(stack, f"together-{turn}") as together:
            for worker in together:
                worker.process.terminate()
            for worker in together:
                worker.process.wait(patience_seconds())
        with stack.worker(f"after-{turn}") as after:
            stack.score(everywhere())
            wait_for(partial(reads_all, after), "assignment of all partitions to the next worker")
    inputs = [one.input_address for one in stack.read("suggestions")]
    assert len(inputs) == len(set(inputs))


@pytest.mark.slow
@pytest.mark.promise("the other workers take its partitions over at once", "docs/SCALING.md")
def test_nobody_waits_for_the_session_of_a_worker_that_was_told_to_stop(kafka_stack: Stack) -> None:
    with two_workers(kafka_stack, "leaving", **FOREVER) as (stays, goes):
        assert goes.stop() == 0
        kafka_stack.score(everywhere())
        wait_for(lambda: halves(stays) == 12, "assignment of all partitions to the worker that stays")


@pytest.mark.slow
@pytest.mark.promise("`/ready` of every other worker names them under `unread_partitions`", "docs/SCALING.md")
def test_what_nobody_reads_is_said_until_the_others_take_it_over(kafka_stack: Stack) -> None:
    stack = kafka_stack
    with two_workers(stack, "silent", **WITH_A_PAUSE) as (stays, goes):
        assert unread(stays) == []
        goes.process.kill()
        stack.publish("transactions", everywhere())
        wait_for(lambda: len(unread(stays)) == 6, "six partitions that nobody reads")
        assert stays.page("/ready")[0] == 200
        stack.wait_until_scored()
        wait_for(lambda: halves(stays) == 12 and not unread(stays), "all partitions read again")


@pytest.mark.slow
@pytest.mark.promise("its partitions wait until its session ends", "docs/SCALING.md")
def test_a_worker_that_does_not_leave_finds_its_partitions_where_they_were(kafka_stack: Stack) -> None:
    # The last test of its broker: the group goes on waiting for these two.
    with two_workers(kafka_stack, "patient", **STAYING) as (stays, goes):
        before = stays.metrics()["lm_stream_rebalances_total"]
        goes.stop()
        kafka_stack.publish("transactions", everywhere())
        wait_for(lambda: len(unread(stays)) == 6, "six partitions that nobody reads")
        with kafka_stack.worker("patient-goes", **STAYING):
            kafka_stack.wait_until_scored()
            wait_for(lambda: not unread(stays), "all partitions read again")
        assert stays.metrics()["lm_stream_rebalances_total"] == before
