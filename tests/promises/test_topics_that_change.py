"""What docs/TOPICS.md promises of a topic that is made anew, grows, or loses records before they were read."""

from collections import Counter
from typing import Any

import pytest
from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewPartitions

from ops.patience import patience_seconds, wait_for
from tests.promises.events import payment
from tests.promises.stack import Stack

PARTITIONS = 12


def payments(batch: str, count: int) -> list[dict[str, Any]]:
    return [payment(number, user_id=f"{batch}-{number}", txn_id=f"{batch}-{number}") for number in range(count)]


def admin(stack: Stack) -> AdminClient:
    return AdminClient({"bootstrap.servers": stack.bootstrap_servers, "log_level": 0})


def answers(stack: Stack, batch: str) -> Counter[str]:
    """Count the suggestions of each transaction of a batch."""
    found = (one.json["txn_id"] for one in stack.read("suggestions"))
    return Counter(txn_id for txn_id in found if txn_id.startswith(f"{batch}-"))


def told(stack: Stack, kind: str) -> list[dict[str, Any]]:
    """Return the acts of a kind that stand in the rollout's history."""
    records = stack.succeed("rollout", "history", "--all", "--json").json
    return [record for record in records if (record.get("act") or {}).get("kind") == kind]


@pytest.mark.slow
@pytest.mark.promise("A change is reported by one log line", "docs/TOPICS.md")
def test_a_topic_that_is_made_anew_under_worker_and_landing_is_read_from_its_beginning(kafka_stack: Stack) -> None:
    stack = kafka_stack
    with stack.worker("anew") as worker, stack.landing():
        stack.score(payments("old", 300))
        stack.wait_until_landed("transactions")
        client = admin(stack)  # its answers come only while somebody holds it
        client.delete_topics(["transactions"])["transactions"].result(patience_seconds())
        wait_for(lambda: stack.run("topics", "check").code == 3, "end of the topic")
        stack.succeed("topics", "create")
        stack.publish("transactions", payments("new", 600))
        wait_for(lambda: len(answers(stack, "new")) == 600, lambda: f"{len(answers(stack, 'new'))} of 600 answers")
        stack.wait_until_landed("transactions")
        assert set(answers(stack, "old").values()) == set(answers(stack, "new").values()) == {1}
        landed = stack.sql("select count(*), count(distinct txn_id) from raw.transactions")
        assert landed == [(900, 900)]
        assert worker.log.read_text().count('"topic_made_anew"') == 1
        assert worker.metrics()["lm_stream_topics_made_anew_total"] == 1


@pytest.mark.promise("The command only asks. The worker that owns the partition carries it out", "docs/TOPICS.md")
def test_a_gap_is_passed_by_the_command_and_told(kafka_stack: Stack) -> None:
    stack = kafka_stack
    with stack.worker("before"):
        (address, *_) = stack.score(payments("read", 1))
    partition = address[0]
    waiting = stack.publish("transactions", [payment(n, user_id="read-0", txn_id=f"gap-{n}") for n in range(50)])
    assert {at[0] for at in waiting} == {partition}
    place = TopicPartition("transactions", partition, waiting[20][1])
    client = admin(stack)
    client.delete_records([place])[place].result(patience_seconds())
    wish = ("--partition", str(partition), "--to", "earliest", "--reason", "a test")
    with stack.starting_worker("before"):
        done = stack.succeed("worker", "reset", *wish, "--wait-seconds", str(patience_seconds()))
        assert f"partition {partition} goes on at {waiting[20][1]}" in done.stdout
        wait_for(lambda: len(answers(stack, "gap")) == 30, lambda: f"{len(answers(stack, 'gap'))} of 30 answers")
    wait_for(lambda: told(stack, "reset"), "the act")
    (act,) = told(stack, "reset")
    assert (act["reason"], act["act"]["details"]["partition"]) == ("a test", str(partition))
    assert act["act"]["details"]["skipped"] == "20"


@pytest.mark.promise(
    "Workers and commands serve all partitions of a topic that has more of them than agreed.", "docs/TOPICS.md"
)
def test_partitions_that_are_added_are_served(kafka_stack: Stack) -> None:
    stack = kafka_stack
    client = admin(stack)
    client.create_partitions([NewPartitions("transactions", 2 * PARTITIONS)])["transactions"].result(patience_seconds())
    with stack.worker("grown"):
        addresses = stack.score(payments("grown", 400))
    assert len({partition for partition, _ in addresses}) > PARTITIONS
    assert answers(stack, "grown") == Counter({f"grown-{number}": 1 for number in range(400)})
    assert "transactions has 24 partitions, 12 were agreed" in stack.succeed("topics", "check").stdout
