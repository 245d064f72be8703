"""Drills of docs/RECOVERY.md on a real cluster: topics that lost records, and a new cluster with other topic ids.

The commands are those of the page. Real Kafka, since the embedded broker keeps nothing that could be put back.
"""

import json
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Producer

from ops.local.apache_kafka import ApacheKafka
from ops.patience import patience_seconds, wait_for
from tests.integration.recovery import commands, run, told
from tests.promises.events import NOON, payment, written
from tests.promises.stack import Stack

pytestmark = [pytest.mark.integration, pytest.mark.kafka]
SESSIONS = {"LEDGERMIND_LANDING_SESSION_TIMEOUT_MS": "6000", "LEDGERMIND_WORKER_SESSION_TIMEOUT_MS": "6000"}
LANDED = ("transactions", "suggestions", "suggestion-compare", "rollout-state", "user-hints")
ROWS = "select count(*), count(distinct txn_id) from raw.transactions"


@contextmanager
def node(folder: Path, dsn: str) -> Iterator[tuple[ApacheKafka, Stack]]:
    """Start a cluster of one node with every topic."""
    with ApacheKafka(folder / "kafka", properties={}) as kafka:
        stack = Stack(kafka.bootstrap_servers, dsn, folder, dict(SESSIONS))
        stack.succeed("topics", "create")
        yield kafka, stack


@pytest.fixture
def folder(tmp_path: Path, java: None) -> Callable[[str], Path]:
    def make(name: str) -> Path:
        (tmp_path / name).mkdir()
        return tmp_path / name

    return make


def payments(first: int, end: int) -> list[dict[str, object]]:
    return [payment(number) for number in range(first, end)]


def publish_hint(stack: Stack, user: str, merchant: str, wish: str | None) -> None:
    """Write a hint as an application does; no wish takes it back."""
    event = {
        "schema_version": "1.0",
        "user_id": user,
        "merchant_key": merchant,
        "preference": wish,
        "category": "Groceries",
        "created_at": written(NOON),
    }
    producer = Producer({"bootstrap.servers": stack.bootstrap_servers})
    producer.produce("user-hints", json.dumps(event) if wish else None, f"{user}\x1f{merchant}")
    assert producer.flush(patience_seconds()) == 0


def acts(stack: Stack) -> list[dict[str, Any]]:
    """Return the acts that the rollout's history tells of."""
    history = stack.succeed("rollout", "history", "--all", "--json").json
    return [one["act"] for one in history if one.get("act")]


@pytest.mark.slow
def test_topics_that_lost_records_are_landed_on_from_their_end(
    folder: Callable[[str], Path], database: str, tmp_path: Path
) -> None:
    with node(folder("cut"), database) as (kafka, stack):
        data, copy = tmp_path / "cut" / "kafka" / "data", tmp_path / "copy"
        stack.succeed("warehouse", "migrate")
        stack.succeed("rollout", "init")
        stack.publish("transactions", payments(0, 600))
        with stack.landing():
            stack.wait_until_landed("transactions", "rollout-state")
        kafka.kill()
        shutil.copytree(data, copy)
        kafka.start()
        stack.publish("transactions", payments(600, 1_000))
        with stack.landing():
            stack.wait_until_landed("transactions")
        kafka.kill()
        shutil.rmtree(data)
        copy.rename(data)  # an older copy of the broker's disk: 400 records are gone, the topic's id is the same
        kafka.start()
        with stack.landing() as standing:
            wait_for(lambda: standing.metrics()["lm_landing_gap_partitions"] > 0, "gap", refusals=(OSError,))
        lines = stack.succeed("landing", "positions", "--json").stdout.splitlines()
        past = [one for one in map(json.loads, lines) if one["state"] == "past its end"]
        assert {one["topic"] for one in past} == {"transactions"}
        assert sum(one["next"] - one["end"] for one in past) == 400
        (restore,) = commands("Positions past a topic's end")
        began = time.monotonic()
        run(restore, stack)
        stack.publish("transactions", payments(1_000, 1_300))
        with stack.landing():
            stack.wait_until_landed("transactions", "rollout-state")
        told("topics that lost records", "1,000 landed, 400 of them lost by the topic, 300 new: 1,300 once each", began)
        assert stack.sql(ROWS) == [(1_300, 1_300)]
        assert stack.sql(f"{ROWS} where source_topic_id like '%@%'") == [(400, 400)]
        resets = acts(stack)
        assert {act["kind"] for act in resets} == {"reset"}
        assert sum(int(act["details"]["set_aside"]) for act in resets) == 400
        again = ("--topic", "transactions", "--to", "end", "--reason", "again")
        assert "nothing to reset" in stack.succeed("landing", "reset", *again).stdout
        assert stack.succeed("landing", "reset", *again, "--json").stdout == ""


@pytest.mark.slow
def test_a_new_cluster_goes_on_from_what_the_warehouse_holds(folder: Callable[[str], Path], database: str) -> None:
    with node(folder("lost"), database) as (_, stack):
        stack.succeed("warehouse", "migrate")
        stack.succeed("rollout", "init")
        for share in ("10", "30"):
            stack.set_share(share)
        for user, merchant in (("ann", "tesco"), ("bob", "shell"), ("cy", "boots")):
            publish_hint(stack, user, merchant, "always")
        publish_hint(stack, "bob", "shell", None)
        with stack.worker():
            stack.score(payments(0, 300))
        with stack.landing():
            stack.wait_until_landed(*LANDED)
        chain = [one.value for one in stack.read("rollout-state")]
    ((landed,),) = stack.sql("select count(*) from raw.user_hints")
    with node(folder("new"), database) as (_, stack):
        (restore,) = commands("A new cluster")
        began = time.monotonic()
        assert "3 rollout records and 2 hints" in run(restore, stack)
        with stack.worker() as worker:
            stack.score(payments(300, 500))
            assert worker.metrics()["lm_rollout_percent"] == 30
        stack.set_share("20")
        with stack.landing():
            stack.wait_until_landed(*LANDED)
        told("a new cluster", "3 rollout records, 2 hints, 300 transactions kept, 200 new: lost 0, doubled 0", began)
        restored = [one.value for one in stack.read("rollout-state")]
        assert restored[:3] == chain, "byte for byte"
        assert [act["kind"] for act in acts(stack)] == ["restore"]
        stack.succeed("rollout", "verify")
        assert sorted(one.json["user_id"] for one in stack.read("user-hints")) == ["ann", "cy"]
        assert stack.sql("select version from raw.rollout_decisions order by 1") == [(at,) for at in range(5)]
        assert stack.sql("select count(*) from raw.user_hints") == [(landed + 2,)], "as records of the new topic"
        assert stack.sql(ROWS) == [(500, 500)]
        stack.succeed("replay")
        again = stack.run("topics", "restore", "--reason", "again")
        assert again.code == 1 and "has been written to" in again.stderr
