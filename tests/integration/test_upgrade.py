"""Upgrade: programs of an earlier revision and of this one work side by side, and read what each other wrote.

The earlier revision is checked out of git and runs on its own code, with the dependencies that it locks: those of this
environment where both lock the same, else an environment of its own.
"""

import sys
import threading
from collections.abc import Callable
from pathlib import Path
from subprocess import Popen

import pytest

from ops.local.apache_kafka import ApacheKafka
from ops.local.ports import free_port
from ops.local.process import start, stop
from ops.patience import patience_seconds, wait_for
from tests.chaos.count import count
from tests.integration.revision import Revision, check_out
from tests.promises.events import payment
from tests.promises.passed_release import VERSION
from tests.promises.program import Program
from tests.promises.stack import Stack
from tests.support.worker_processes import Worker

pytestmark = [pytest.mark.integration, pytest.mark.kafka]
EARLIER = "9f7262500bcdb9d850d17252accea9930a711afe"
PAUSE_SECONDS = 0.1  # between two publications of the load
AT_ONCE = 50  # records of one
USERS = 500  # of every partition and of both arms
ENOUGH = 300  # records that one step of the exchange must answer
CANNOT_BE_SERVED = 3  # docs/EXIT_CODES.md: the release is refused
CANNOT_READ = 8  # docs/EXIT_CODES.md: the rollout record cannot be read
LANDED = "select count(*), count(distinct (source_partition, source_offset)) from raw.transactions"
WRITE_RELEASE = """
import sys
from pathlib import Path
from tests.promises.passed_release import write_passed_release
write_passed_release(Path(sys.argv[1]))
"""


@pytest.fixture(scope="module")
def earlier(tmp_path_factory: pytest.TempPathFactory) -> Revision:
    """Return the earlier revision's files; skip where the clone does not reach back to it."""
    return check_out(EARLIER, tmp_path_factory.mktemp("earlier"))


@pytest.fixture
def stack(start_kafka: Callable[..., ApacheKafka], database: str, tmp_path: Path) -> Stack:
    node = start_kafka()
    return Stack(node.bootstrap_servers, database, tmp_path, {"LEDGERMIND_LANDING_SESSION_TIMEOUT_MS": "6000"})


class Load:
    """Publishes transactions in a thread until told to stop."""

    def __init__(self, stack: Stack) -> None:
        self._stack, self._stop = stack, threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.sent = 0

    def __enter__(self) -> "Load":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(patience_seconds())

    def _run(self) -> None:
        while not self._stop.wait(PAUSE_SECONDS):
            events = [payment(at, user_id=f"user-{at % USERS}") for at in range(self.sent, self.sent + AT_ONCE)]
            self.sent += len(self._stack.publish("transactions", events))


def worker(name: str, stack: Stack, revision: Revision | None = None) -> Worker:
    """Return a worker of this revision, or of another."""
    own = {"LEDGERMIND_REGISTRY": str(stack.registry)} | (revision.variables if revision else {})
    program = ("-P", "-m", "streams.worker")
    return Worker(name, stack.bootstrap_servers, stack.folder / f"{name}.log", own, program)


def metrics(one: Worker) -> dict[str, float]:
    assert one.process is not None
    return Program(one.process, one.log, f"http://127.0.0.1:{one.port}").metrics()


def answered(one: Worker, records: int) -> None:
    """Wait until a worker has answered so many since it was started."""
    wait_for(
        lambda: metrics(one)["lm_stream_transactions_total"] >= records, f"answers of {one.name}", refusals=(OSError,)
    )


def follows(one: Worker, version: int) -> None:
    """Wait until a worker serves by a rollout record."""
    wait_for(
        lambda: metrics(one)["lm_rollout_version"] == version, f"record {version} at {one.name}", refusals=(OSError,)
    )


def served_by_model(one: Worker) -> float:
    """Return how many transactions a worker has answered by a release."""
    return sum(
        value for name, value in metrics(one).items() if "lm_ml_predictions_total{" in name and '"model"' in name
    )


def unavailable(one: Worker) -> float:
    """Return how many transactions a worker answered by rules because it refuses the release."""
    return sum(
        value for name, value in metrics(one).items() if "lm_ml_fallback_total{" in name and '"unavailable"' in name
    )


def earlier_landing(stack: Stack, revision: Revision) -> Popen[bytes]:
    own = {"LEDGERMIND_LANDING_PORT": str(free_port())}
    return start(
        [revision.python, "-P", "-m", "streams.landing"],
        log=stack.folder / "earlier-landing.log",
        environment=stack.environment(own) | revision.variables,
        directory=stack.folder,
    )


@pytest.mark.slow
def test_workers_and_landings_of_two_revisions_share_the_work_and_lose_and_double_nothing(
    earlier: Revision, stack: Stack
) -> None:
    for words in (["topics", "create"], ["warehouse", "migrate"]):
        earlier.run(earlier.command(*words), stack)
    earlier.run([earlier.python, "-P", "-c", WRITE_RELEASE, str(stack.registry)], stack)
    earlier.run(earlier.command("rollout", "init"), stack)
    moved = ["--reason", "a test", "--override", "a test", "--canary", VERSION]
    earlier.run(earlier.command("rollout", "set", "50", *moved), stack)
    old, new = worker("old", stack, earlier), worker("new", stack)
    landing = earlier_landing(stack, earlier)
    try:
        with Load(stack):
            old.start()
            answered(old, ENOUGH)
            new.start()  # upgraded one by one: both are in the group
            answered(new, ENOUGH)
            assert metrics(old)["lm_stream_transactions_total"] > ENOUGH
            # docs/UPGRADING.md: the earlier release has features of version 3, so the rules answer in its place
            assert served_by_model(old), "the earlier revision serves its own release"
            assert not served_by_model(new)
            assert unavailable(new), "the release is refused, and counted"
            old.stop()
            stop(landing)
            refused = stack.run("landing", "--once")
            assert refused.code and "ledgermind warehouse migrate" in refused.stderr, refused
            stack.succeed("warehouse", "migrate")
            refused = stack.run("rollout", "set", "60", *moved[:4])
            assert refused.code == CANNOT_BE_SERVED and "features 3" in refused.stderr, refused
            stack.succeed("rollout", "rollback", *moved[:2])
            follows(new, 2)
            with stack.landing():
                answered(new, 2 * ENOUGH)
                old.start()  # downgraded again: it follows what this revision wrote
                follows(old, 2)
                answered(old, ENOUGH)
                new.stop()
                answered(old, 2 * ENOUGH)
        stack.wait_until_scored()
        old.stop()
        landing = earlier_landing(stack, earlier)  # the earlier landing on this revision's tables
        stack.publish("transactions", [payment(number, txn_id=f"last-{number}") for number in range(50)])
        stack.wait_until_landed("transactions", "suggestions", "suggestion-compare")
        stop(landing)
        new.start()
        stack.wait_until_scored()
        found = count(stack.bootstrap_servers)
        assert found.exact, found
        with stack.landing():
            stack.wait_until_landed("transactions", "suggestions", "suggestion-compare", "rollout-state")
        assert stack.sql(LANDED) == [(found.inputs, found.inputs)]
        assert stack.sql("select count(*) from raw.rejects") == [(0,)]
        stack.succeed("rollout", "verify")
        refused = stack.run("verify-calibrator", str(stack.registry / VERSION))
        assert refused.code and "features 3" in refused.stdout + refused.stderr, refused
        refused = stack.run("replay")  # the time in which the earlier release was in the canary
        assert refused.code and "features 3" in refused.stderr, refused
        stack.score([b"no JSON"])
        stack.succeed("dlq", "requeue", "--all", "--note", "a test")
        new.stop()
        old.start()  # docs/UPGRADING.md: an act is what the earlier revision cannot read
        assert old.process is not None and old.process.wait(patience_seconds()) == CANNOT_READ
    finally:
        stop(landing)
        for one in (old, new):
            if one.alive:
                one.stop()
    sys.stdout.write(f"\n{found.inputs:,} records, two revisions: lost {found.lost}, doubled {found.duplicated}\n")
