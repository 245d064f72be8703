"""Every program works with the rights that docs/SECURITY.md names, on a broker that allows nothing else."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.admin import (
    AclBinding,
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    AdminClient,
    ResourcePatternType,
    ResourceType,
)

from ops.kafka.topics import create_topics
from ops.local.apache_kafka import ApacheKafka
from ops.local.ports import LOOPBACK, free_port
from ops.patience import patience_seconds, wait_for
from ops.warehouse.migrate import migrate
from streams.settings import KafkaSettings
from tests.conftest import ROOT, Run
from tests.integration.test_security import COLUMNS, ROW, SCRAM_MODULE
from tests.support.kafka_io import read_outcomes
from tests.support.worker_processes import Worker

pytestmark = [pytest.mark.integration, pytest.mark.kafka]

PASSWORD = "of-the-test"
RESOURCES: Final = {
    "topic": ResourceType.TOPIC,
    "group": ResourceType.GROUP,
    "transactional id": ResourceType.TRANSACTIONAL_ID,
}
# None matches any name, principal and host, which the client's types do not say.
ANY: Final = AclBindingFilter(
    ResourceType.ANY, None, ResourcePatternType.ANY, None, None, AclOperation.ANY, AclPermissionType.ANY  # type: ignore[arg-type]
)  # fmt: skip
USERS = ("worker", "landing", "operator", "producer", "consumer")


def table() -> list[tuple[str, str, str, str]]:
    """Return the rows of the document: user, resource, name, operations."""
    lines = (ROOT / "docs" / "SECURITY.md").read_text().splitlines()
    rows = [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in lines if line.startswith("| ")]
    return [row for row in rows if len(row) == 4 and row[0] in USERS]


def binding(user: str, resource: str, name: str, operation: str) -> AclBinding:
    pattern = ResourcePatternType.PREFIXED if name.endswith("*") else ResourcePatternType.LITERAL
    allowed = AclOperation[operation.upper()]
    kind = RESOURCES[resource]
    return AclBinding(kind, name.rstrip("*"), pattern, f"User:{user}", "*", allowed, AclPermissionType.ALLOW)


@pytest.fixture(scope="module")
def guarded(java: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[ApacheKafka, int]]:
    """Yield a broker, whose plain listener is the administrator's, and the port where users show who they are."""
    port = free_port()
    properties = {
        "sasl.enabled.mechanisms": "SCRAM-SHA-512",
        "listener.name.sasl_plaintext.scram-sha-512.sasl.jaas.config": f"{SCRAM_MODULE} required;",
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "super.users": "User:ANONYMOUS",
    }
    users = dict.fromkeys(USERS, PASSWORD)
    folder = tmp_path_factory.mktemp("guarded")
    with ApacheKafka(folder, properties=properties, listeners={"SASL_PLAINTEXT": port}, scram_users=users) as node:
        create_topics(KafkaSettings(bootstrap_servers=node.bootstrap_servers))
        bindings = [binding(*row[:3], operation) for row in table() for operation in re.split(r",\s*", row[3])]
        admin = AdminClient({"bootstrap.servers": node.bootstrap_servers})
        for made in admin.create_acls(bindings).values():
            made.result(patience_seconds())
        # The controller answers before the broker has them.
        wait_for(lambda: len(admin.describe_acls(ANY).result()) == len(set(bindings)), "rights at the broker")
        yield node, port


def papers(port: int, user: str) -> dict[str, str]:
    return {
        "LEDGERMIND_KAFKA_BOOTSTRAP_SERVERS": f"{LOOPBACK}:{port}",
        "LEDGERMIND_KAFKA_SECURITY_PROTOCOL": "sasl_plaintext",
        "LEDGERMIND_KAFKA_SASL_USERNAME": user,
        "LEDGERMIND_KAFKA_SASL_PASSWORD": PASSWORD,
    }


@pytest.mark.slow
def test_every_program_works_with_the_rights_of_its_row_and_no_others(
    guarded: tuple[ApacheKafka, int], ledgermind: Run, tmp_path: Path, database: str
) -> None:
    node, port = guarded
    migrate(database)
    (tmp_path / "mine.csv").write_text(f"{COLUMNS}\n{ROW}\n")
    sent = ledgermind("publish", "mine.csv", **papers(port, "producer"))
    assert sent.stdout.startswith("1 delivered"), sent.stderr

    worker = Worker("guarded", node.bootstrap_servers, tmp_path / "worker.log", papers(port, "worker"))
    landing = Worker("landing", node.bootstrap_servers, tmp_path / "landing.log", program=("-m", "streams.landing"))
    landing.environment |= papers(port, "landing") | {
        "LEDGERMIND_POSTGRES_DSN": database,
        "LEDGERMIND_LANDING_PORT": str(landing.port),
        "LEDGERMIND_LANDING_SESSION_TIMEOUT_MS": "6000",
    }
    worker.start()
    landing.start()
    try:
        worker.wait_until_ready()
        partition = next(at for at in range(12) if written(node, at))
        outcomes = read_outcomes(node.bootstrap_servers, [(partition, 0)])
        assert outcomes[partition, 0].word == "accepted"
        landing.wait_until_logged("landed")
    finally:
        worker.stop()
        landing.stop()

    operator = papers(port, "operator")
    assert ledgermind("rollout", "set", "10", "--reason", "x", **operator).returncode == 0
    assert ledgermind("dlq", "list", **operator).stdout.strip() == "0 dead letters"
    assert ledgermind("dlq", "resume", **operator).stdout.strip() == "no partition is paused"
    assert ledgermind("dlq", "requeue", "--all", **operator).stdout.startswith("0 records")

    for user, words in {
        "landing": ("rollout", "set", "20", "--reason", "x"),
        "consumer": ("publish", "mine.csv"),
    }.items():
        refused = ledgermind(*words, **papers(port, user))
        assert refused.returncode != 0
        assert len(refused.stderr.splitlines()) == 1, refused.stderr


def written(node: ApacheKafka, partition: int) -> bool:
    consumer = Consumer({"bootstrap.servers": node.bootstrap_servers, "group.id": "counter"})
    try:
        return (
            consumer.get_watermark_offsets(TopicPartition("transactions", partition), timeout=patience_seconds())[1] > 0
        )
    finally:
        consumer.close()
