"""Half an hour on three nodes: leaders change, networks slow down and part, workers and landing die; all adds up."""

import os
import shutil
import signal
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from ops.kafka.topics import create_topics
from ops.local.postgres import open_postgres
from ops.patience import wait_until_none_left
from ops.warehouse.migrate import migrate
from streams.settings import KafkaSettings
from tests.chaos.cluster import Cluster, open_cluster
from tests.chaos.count import Counts, count
from tests.support.chaos_env import Arena, crewed
from tests.support.worker_processes import Worker, revive

SEED = int(os.environ.get("CHAOS_SEED", "20260501"))
RECORDS_BETWEEN = int(os.environ.get("SOAK_RECORDS", "1800"))
ROUNDS = int(os.environ.get("SOAK_ROUNDS", "18"))
RECOVERIES = 10
LANDING = ("-c", "import sys; from ops.cli.__main__ import main; sys.argv[0] = 'ledgermind'; main()", "landing")
INJURIES = (
    *("kill -9", "freeze past the session", "SIGTERM", "join and leave", "rolling restart", "landing kill -9"),
    *("leader kill -9", "network slow", "network cut", "kill -9", "leader kill -9", "network cut"),
)
FAILPOINTS = "after_begin:kill:0.002,after_produce:abort:0.02,after_send_offsets:kill:0.002,after_commit:kill:0.002"
LANDED = """
    select (select count(*) from raw.transactions)
               + (select count(*) from raw.rejects where source_topic = 'transactions'),
           (select count(*) from raw.suggestion_events), (select count(*) from raw.suggestion_compare),
           (select count(*) from raw.dead_letters)
"""

pytestmark = [
    pytest.mark.soak,
    pytest.mark.timeout(5_400),
    pytest.mark.skipif(shutil.which("mvn") is None or shutil.which("java") is None, reason="needs Java and Maven"),
]


def test_everything_adds_up_on_three_nodes(tmp_path: Path) -> None:
    started_at = time.monotonic()
    with open_cluster(tmp_path) as cluster, open_postgres("embedded", directory=tmp_path / "postgres") as postgres:
        create_topics(KafkaSettings(bootstrap_servers=cluster.bootstrap_servers), replication=3)
        migrate(postgres.dsn)
        with crewed(cluster.bootstrap_servers, tmp_path, seed=SEED) as arena:
            landing = Worker("landing", cluster.bootstrap_servers, tmp_path / "landing.log", program=LANDING)
            landing.environment |= {
                "LEDGERMIND_POSTGRES_DSN": postgres.dsn,
                "LEDGERMIND_LANDING_SESSION_TIMEOUT_MS": "6000",
                "LEDGERMIND_LANDING_PORT": str(landing.port),
            }
            landing.start()
            try:
                for name in ("worker-0", "worker-1"):
                    arena.hire(name, failpoints=FAILPOINTS)
                for _ in range(ROUNDS):
                    for injury in INJURIES:
                        arena.feed.send(RECORDS_BETWEEN)
                        injure(arena, cluster, landing, injury)
                        arena.injuries["found dead, started again"] += revive([*arena.crew, landing])
                arena.settle()
                recoveries = sorted(recover(arena) for _ in range(RECOVERIES))
                counts = count(cluster.bootstrap_servers)
                landed = wait_until_landed(postgres.dsn, counts, landing)
            finally:
                landing.injure(signal.SIGTERM)
    report(counts, landed, arena, recoveries, time.monotonic() - started_at)
    assert counts.exact
    assert counts.inputs == arena.feed.fed.records
    assert counts.dead_letters == arena.feed.fed.poison
    assert landed == (counts.inputs, counts.suggestions, counts.comparisons, counts.dead_letters)


def injure(arena: Arena, cluster: Cluster, landing: Worker, kind: str) -> None:
    """Do one injury: to the crew, to the landing, to a node or to a network, drawn by the arena's dice."""
    number = arena.dice.randrange(len(cluster.nodes))
    acts: dict[str, Callable[[], None]] = {
        "rolling restart": lambda: rolling_restart(arena),
        "landing kill -9": lambda: landing.injure(signal.SIGKILL),
        "leader kill -9": lambda: kill_node(cluster, number),
        "network slow": lambda: slow(cluster, number),
        "network cut": lambda: cut(cluster, number),
    }
    if kind not in acts:
        arena.injure(kind)
        return
    arena.injuries[kind] += 1
    acts[kind]()


def rolling_restart(arena: Arena) -> None:
    """Restart one worker after the other, as a deployment does."""
    for worker in arena.crew:
        if worker.alive:
            worker.stop()
        worker.start()
        time.sleep(2.0)


def kill_node(cluster: Cluster, number: int) -> None:
    """End a node, which leads a third of all partitions, and bring it back a session later."""
    cluster.nodes[number].kill()
    time.sleep(8.0)
    cluster.nodes[number].start()
    time.sleep(4.0)


def slow(cluster: Cluster, number: int) -> None:
    """Hold back everything to and from one node by 200 ms."""
    cluster.proxies[number].delay(0.2)
    time.sleep(8.0)
    cluster.proxies[number].mend()


def cut(cluster: Cluster, number: int) -> None:
    """Part one node from every client and from its followers."""
    cluster.proxies[number].cut()
    time.sleep(8.0)
    cluster.proxies[number].mend()


def recover(arena: Arena) -> float:
    """Kill a worker with -9, start it as its parent would; return the seconds until everything sent is committed."""
    arena.settle()
    victim = arena.dice.choice(arena.crew)
    for worker in arena.crew:
        worker.environment["LEDGERMIND_WORKER_FAILPOINTS"] = ""
    arena.feed.send(600)
    victim.injure(signal.SIGKILL)
    assert victim.process is not None
    victim.process.wait()
    started_at = time.monotonic()
    victim.start()
    arena.settle()
    return time.monotonic() - started_at


def wait_until_landed(dsn: str, counts: Counts, landing: Worker) -> tuple[int, int, int, int]:
    """Return the landed rows: inputs, suggestions, comparisons and dead letters, once there are as many."""
    expected = counts.inputs + counts.suggestions + counts.comparisons + counts.dead_letters
    with psycopg.connect(dsn, autocommit=True) as connection:

        def landed() -> tuple[int, int, int, int]:
            revive([landing])
            row = connection.execute(LANDED).fetchone()
            assert row is not None
            return row[0], row[1], row[2], row[3]

        wait_until_none_left(lambda: max(0, expected - sum(landed())), "rows", every_seconds=1.0)
        return landed()


def report(counts: Counts, landed: tuple[int, ...], arena: Arena, recoveries: list[float], seconds: float) -> None:
    """Print the table that docs/TESTING.md shows."""
    for fault, times in sorted(arena.injuries.items()):
        print(f"{fault:28} {times:4}", file=sys.stderr)  # noqa: T201
    print(counts, f"landed {landed}", file=sys.stderr)  # noqa: T201
    middle, worst = statistics.median(recoveries), recoveries[-1]
    print(f"recovery after kill -9: p50 {middle:.1f} s, max {worst:.1f} s; took {seconds:.0f} s", file=sys.stderr)  # noqa: T201
