"""What the rollout record says of categories: every worker serves it at once, and a replay finds the same events.

Black boxes but for the release, which a test cannot train from outside in the time.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from ops.local.broker import open_broker
from ops.local.postgres import open_postgres
from ops.patience import wait_for
from tests.promises.events import payment
from tests.promises.program import Program
from tests.promises.stack import Stack
from tests.support.small_dataset import renamed
from trainer.release.registry import Registry

NAME = "202601010000-small"
WORDINGS = ("TESCO 3021", "COSTA COFFEE 0412")
EVERYTHING = json.dumps({"Dining": 1.0, "Groceries": 1.0})
pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Return a broker and a Postgres of the module's own, and a registry with one release that may serve."""
    folder = tmp_path_factory.mktemp("overrides")
    with (
        open_broker("embedded", directory=folder) as broker,
        open_postgres("embedded", directory=folder / "postgres") as postgres,
    ):
        made = Stack(broker.bootstrap_servers, postgres.dsn, folder, {"LEDGERMIND_WORKER_SESSION_TIMEOUT_MS": "6000"})
        Registry(str(made.registry)).write(NAME, renamed(NAME))
        made.succeed("topics", "create")
        made.succeed("warehouse", "migrate")
        yield made


@pytest.fixture(scope="module")
def workers(stack: Stack) -> Iterator[list[Program]]:
    """Return two workers that serve everybody from the release; the environment of each says other thresholds."""
    everybody = {"SUGGEST_USE_MODEL_CANARY": "100"}
    with (
        stack.worker("first", SUGGEST_THRESHOLDS_JSON='{"Groceries": 0.0}', **everybody) as first,
        stack.worker("second", SUGGEST_THRESHOLDS_JSON='{"Groceries": 2}', **everybody) as second,
        stack.landing(),
    ):
        wait_for(lambda: {partitions(first), partitions(second)} == {6}, "half of the partitions for each worker")
        yield [first, second]


def partitions(worker: Program) -> int:
    """Return how many partitions a worker reads."""
    return sum(name.startswith("lm_stream_consumer_lag{") for name in worker.metrics())


def burst(label: str) -> list[dict[str, Any]]:
    """Return the same wordings of a hundred users: all of them in every partition."""
    return [
        payment(number, wording, user_id=f"o-{number}", txn_id=f"{label}-{number}-{at}")
        for number in range(100)
        for at, wording in enumerate(WORDINGS)
    ]


def sources(stack: Stack, label: str, wording: str = WORDINGS[0]) -> dict[int, set[str]]:
    """Return by partition who answered the wording in a burst."""
    at = WORDINGS.index(wording)
    found: dict[int, set[str]] = {}
    for one in stack.read("suggestions"):
        if one.json["txn_id"].startswith(f"{label}-") and one.json["txn_id"].endswith(f"-{at}"):
            found.setdefault(one.partition, set()).add(one.json["source"])
    return found


def set_overrides(stack: Stack, workers: list[Program], *options: str) -> int:
    """Write a record and wait until both workers serve it; return its version."""
    record = stack.succeed("rollout", "set", *options, "--reason", "a test", "--json").json
    version = int(record["version"])
    wait_for(lambda: all(one.metrics()["lm_rollout_version"] == version for one in workers), f"record {version}")
    return version


@pytest.mark.slow
def test_two_workers_whose_environments_differ_serve_the_same(stack: Stack, workers: list[Program]) -> None:
    first = stack.succeed("rollout", "history", "--json").json
    assert first["overrides"] == {"Groceries": {"threshold": 0.0}}  # of the worker that was there first
    stack.score(burst("env"))
    assert sources(stack, "env") == {partition: {"model"} for partition in range(12)}


def test_a_mute_is_served_in_every_partition_and_taken_back_again(stack: Stack, workers: list[Program]) -> None:
    for label, options, is_served in (
        ("muted", ("--mute", "Groceries", "--no-threshold", "Groceries"), False),
        ("heard", ("--unmute", "Groceries", "--threshold", "Groceries=0"), True),
        ("raised", ("--floor", "Groceries=1"), False),
    ):
        set_overrides(stack, workers, *options)
        stack.score(burst(label))
        found = sources(stack, label)
        assert found.keys() == set(range(12))
        assert {"model" in by for by in found.values()} == {is_served}, (label, found)


def test_a_replay_over_a_change_finds_the_very_events(stack: Stack, workers: list[Program]) -> None:
    stack.score(burst("before"))
    set_overrides(stack, workers, "--mute", "Dining")
    stack.score(burst("between"))
    set_overrides(stack, workers, "--unmute", "Dining", "--threshold", "Dining=0.1")
    stack.score(burst("after"))
    stack.wait_until_landed("transactions", "suggestions", "suggestion-compare", "transactions-dlq", "rollout-state")
    said = stack.succeed("replay", "--json", SUGGEST_THRESHOLDS_JSON=EVERYTHING).json
    assert said["is_identical"] is True
    assert len(said["rollout_versions"]) >= 3
    overrides = stack.sql("select record -> 'overrides' from raw.rollout_decisions order by version desc limit 1")
    assert overrides[0][0]["Dining"] == {"threshold": 0.1}


def test_the_thresholds_that_are_shown_name_the_record_that_they_are_of(stack: Stack, workers: list[Program]) -> None:
    version = set_overrides(stack, workers, "--mute", "Cash")
    lines = stack.succeed("thresholds").stdout.splitlines()
    (cash,) = [line for line in lines if line.startswith("Cash")]
    assert "muted" in cash
    assert f"(rollout record {version}); the release's own: " in cash
    assert lines[-1].startswith(f"rollout record {version}: Cash muted")
    shown = stack.succeed("thresholds", "--json").json
    assert shown["rollout_version"] == version
    assert shown["thresholds"]["by_category"]["Cash"]["value"] > 1
