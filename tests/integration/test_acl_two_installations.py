"""Two installations on one cluster, each with the rights that the command prints for its names, and no others."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from confluent_kafka.admin import AdminClient

from ops.local.apache_kafka import ApacheKafka
from ops.local.ports import free_port
from ops.patience import patience_seconds, wait_for
from tests.conftest import Run
from tests.integration.test_acl import ANY, PASSWORD, USERS, binding, papers
from tests.integration.test_security import COLUMNS, ROW, SCRAM_MODULE
from tests.support.topic import read_committed
from tests.support.worker_processes import Worker

pytestmark = [pytest.mark.integration, pytest.mark.kafka]

NAMES = {
    "one": {"LEDGERMIND_KAFKA_PREFIX": "one."},
    "two": {"LEDGERMIND_KAFKA_PREFIX": "two.", "LEDGERMIND_KAFKA_TOPICS": "transactions=bank.cards"},
}
OTHER = {"one": "two", "two": "one"}


@pytest.fixture
def shared(java: None, ledgermind: Run, tmp_path: Path) -> Iterator[tuple[ApacheKafka, int]]:
    """Yield a broker with both installations' topics and rights, and the port where users show who they are."""
    port = free_port()
    properties = {
        "sasl.enabled.mechanisms": "SCRAM-SHA-512",
        "listener.name.sasl_plaintext.scram-sha-512.sasl.jaas.config": f"{SCRAM_MODULE} required;",
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "super.users": "User:ANONYMOUS",
    }
    users = dict.fromkeys([f"{name}-{user}" for name in NAMES for user in USERS], PASSWORD)
    listeners = {"SASL_PLAINTEXT": port}
    with ApacheKafka(tmp_path / "kafka", properties=properties, listeners=listeners, scram_users=users) as node:
        bindings = set()
        for name, variables in NAMES.items():
            where = {"LEDGERMIND_KAFKA_BOOTSTRAP_SERVERS": node.bootstrap_servers}
            assert ledgermind("topics", "create", **where, **variables).returncode == 0
            rows: list[dict[str, Any]] = msgspec.json.decode(ledgermind("topics", "acls", "--json", **variables).stdout)
            bindings |= {
                binding(f"{name}-{row['user']}", row["resource"], row["name"], operation)
                for row in rows
                for operation in row["operations"]
            }
        admin = AdminClient({"bootstrap.servers": node.bootstrap_servers})
        for made in admin.create_acls(list(bindings)).values():
            made.result(patience_seconds())
        wait_for(lambda: len(admin.describe_acls(ANY).result()) == len(bindings), "rights at the broker")
        yield node, port


@pytest.mark.slow
def test_each_installation_works_with_its_own_rights_and_cannot_touch_the_other(
    shared: tuple[ApacheKafka, int], ledgermind: Run, tmp_path: Path
) -> None:
    node, port = shared
    (tmp_path / "mine.csv").write_text(f"{COLUMNS}\n{ROW}\n")
    workers = {}
    for name, variables in NAMES.items():
        sent = ledgermind("publish", "mine.csv", **papers(port, f"{name}-producer"), **variables)
        assert sent.stdout.startswith("1 delivered"), sent.stderr
        worker = Worker(name, node.bootstrap_servers, tmp_path / f"{name}.log")
        worker.environment |= papers(port, f"{name}-worker") | variables
        workers[name] = worker
        worker.start()
    try:
        for name, worker in workers.items():
            worker.wait_until_ready()
            topic = f"{name}.suggestions"
            wait_for(lambda topic=topic: len(read_committed(node.bootstrap_servers, topic)) == 1, topic)  # type: ignore[misc]
    finally:
        for worker in workers.values():
            worker.stop()
    for name, other in OTHER.items():
        moved = ("rollout", "set", "10", "--reason", "x")
        assert ledgermind(*moved, **papers(port, f"{name}-operator"), **NAMES[name]).returncode == 0
        for user, words in {"operator": moved, "producer": ("publish", "mine.csv")}.items():
            refused = ledgermind(*words, **papers(port, f"{name}-{user}"), **NAMES[other])
            assert refused.returncode != 0
            assert len(refused.stderr.splitlines()) == 1, refused.stderr
    for name in NAMES:
        assert len(read_committed(node.bootstrap_servers, f"{name}.suggestions")) == 1
