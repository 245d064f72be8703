"""Nothing is lost and nothing comes twice on a real Kafka, whatever is killed; broken on purpose, the suite says so."""

import json
import os
import shutil
from collections import Counter
from pathlib import Path

import pytest

from ops.patience import wait_for
from tests.chaos.broken_worker import FREEZES
from tests.chaos.count import count
from tests.support.chaos_env import open_arena

SEED = int(os.environ.get("CHAOS_SEED", "20260501"))
RECORDS_BETWEEN = int(os.environ.get("CHAOS_RECORDS", "3000"))
INJURIES = (
    *("kill -9", "freeze past the session", "kill -9", "join and leave", "SIGTERM", "commits without an answer"),
    *("broker kill -9", "kill -9"),
)
# It is frozen until another has done its work, however long that takes: neither the broker nor itself gives it up.
UNHURRIED = {"LEDGERMIND_WORKER_TRANSACTION_TIMEOUT_MS": "600000", "LEDGERMIND_WORKER_STUCK_SECONDS": "600"}
# Else one that dies with events and no position behind them finds its own answers, and stands still before them.
UNGUARDED = {"LEDGERMIND_WORKER_READ_ANSWERED": "true"}
REFUSALS = 3  # of one worker's commits, one after the other: it will not come any further
ABORTS_AND_KILLS = "after_begin:kill:0.01,after_produce:abort:0.05,after_send_offsets:kill:0.01,after_commit:kill:0.01"

pytestmark = [
    pytest.mark.chaos,
    pytest.mark.kafka,
    pytest.mark.skipif(shutil.which("mvn") is None or shutil.which("java") is None, reason="needs Java and Maven"),
]


def test_every_record_becomes_one_thing_through_kills_freezes_and_aborts(tmp_path: Path) -> None:
    with open_arena(tmp_path, seed=SEED, failpoints=ABORTS_AND_KILLS) as arena:
        for injury in INJURIES:
            arena.feed.send(RECORDS_BETWEEN)
            arena.injure(injury)
        arena.settle()  # with every start a worker may die again
        counts = count(arena.bootstrap_servers)
        assert arena.proxy is not None
        print(counts, dict(arena.injuries), f"unanswered commits: {arena.proxy.unanswered_commits}")  # noqa: T201
        assert counts.exact
        assert counts.inputs == arena.feed.fed.records
        assert counts.dead_letters == arena.feed.fed.poison


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fault", "failpoints"),
    [
        pytest.param("no_ledger_check", "after_produce:abort:0.2", id="no ledger check"),
        pytest.param("offsets_outside_the_transaction", "after_begin:kill:0.1", id="offsets outside the transaction"),
        pytest.param("produce_without_a_transaction", "after_produce:kill:0.1", id="produce without one"),
    ],
)
def test_a_worker_that_is_broken_on_purpose_is_found_out(tmp_path: Path, fault: str, failpoints: str) -> None:
    with open_arena(tmp_path, seed=SEED, workers=0) as arena:
        program = ("-m", "tests.chaos.broken_worker", fault)
        arena.hire("broken", failpoints=failpoints, program=program, variables=UNGUARDED)
        arena.feed.send(8_000)
        arena.settle()
        counts = count(arena.bootstrap_servers)
        print(fault, counts)  # noqa: T201
        assert not counts.exact


@pytest.mark.slow
def test_a_worker_that_commits_without_its_generation_is_found_out(tmp_path: Path) -> None:
    with open_arena(tmp_path, seed=SEED, workers=1) as arena:
        program = ("-m", "tests.chaos.broken_worker", "metadata_of_no_generation")
        broken = arena.hire("broken", program=program, variables=UNHURRIED)
        for worker in arena.crew:
            worker.wait_until_ready()
        for _ in range(FREEZES):  # it stops itself with a batch in its hands, and the other gets its partitions
            arena.feed.send(2_000)
            wait_for(lambda: broken.frozen, "the broken worker to stop itself")
            arena.freeze(broken)
        arena.settle()
        counts = count(arena.bootstrap_servers)
        print("metadata_of_no_generation", counts)  # noqa: T201
        assert counts.duplicated


@pytest.mark.slow
def test_a_worker_that_commits_with_a_stale_generation_is_refused_and_found_standing_still(tmp_path: Path) -> None:
    with open_arena(tmp_path, seed=SEED, workers=1) as arena:
        program = ("-m", "tests.chaos.broken_worker", "metadata_of_a_stale_generation")
        broken = arena.hire("broken", program=program)
        for worker in arena.crew:
            worker.wait_until_ready()
        arena.feed.send(2_000)
        arena.settle()  # in the generation of its first batch it works
        arena.hire("third").wait_until_ready()  # and with this one that generation ends
        arena.feed.send(2_000)
        wait_for(lambda: refusals(broken.log).total() > REFUSALS, "refused commits of the broken worker")
        assert arena.behind() != 0
        counts = count(arena.bootstrap_servers)
        print("metadata_of_a_stale_generation", counts, dict(refusals(broken.log)))  # noqa: T201
        assert counts.lost  # so far: nothing of its partitions has come out
        assert not counts.duplicated
        assert set(refusals(broken.log)) == {"ILLEGAL_GENERATION"}
        broken.program = ("-m", "streams.worker")
        broken.stop()
        arena.settle()
        counts = count(arena.bootstrap_servers)
        print("and once it is honest", counts)  # noqa: T201
        assert counts.exact
        assert counts.inputs == arena.feed.fed.records


def refusals(log: Path) -> Counter[str]:
    """Why a worker's transactions were aborted, and how often."""
    lines = (json.loads(line) for line in log.read_text().splitlines() if line.startswith("{"))
    return Counter(line["reason"] for line in lines if line["event"] == "transaction_aborted")
