"""Guarded: an Apache Kafka that asks who one is, and an administrator who takes rights away and gives them back."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from confluent_kafka import TopicPartition
from confluent_kafka.admin import (
    AclBinding,
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    AdminClient,
    OffsetSpec,
    ResourcePatternType,
    ResourceType,
)
from confluent_kafka.admin._config import AlterConfigOpType, ConfigEntry, ConfigResource

from ops.kafka.topics import create_topics
from ops.local.apache_kafka import ApacheKafka
from ops.local.ports import LOOPBACK, free_port
from ops.patience import patience_seconds, wait_for
from streams.settings import KafkaSettings
from tests.integration.test_security import SCRAM_MODULE

USER = "worker"
PASSWORD = "of-the-test"
LITERAL, ALL = ResourcePatternType.LITERAL, "*"


@dataclass(frozen=True, slots=True)
class Guarded:
    """``node`` is the administrator's plain listener, ``port`` the one where users show who they are."""

    node: ApacheKafka
    port: int

    @property
    def papers(self) -> dict[str, str]:
        """The variables of a program that works as the user."""
        return {
            "LEDGERMIND_KAFKA_BOOTSTRAP_SERVERS": f"{LOOPBACK}:{self.port}",
            "LEDGERMIND_KAFKA_SECURITY_PROTOCOL": "sasl_plaintext",
            "LEDGERMIND_KAFKA_SASL_USERNAME": USER,
            "LEDGERMIND_KAFKA_SASL_PASSWORD": PASSWORD,
        }

    @property
    def _admin(self) -> AdminClient:
        return AdminClient({"bootstrap.servers": self.node.bootstrap_servers})

    def deny(self, operation: str, topic: str) -> None:
        """Take a right to a topic away from the user."""
        self._make(AclPermissionType.DENY, ResourceType.TOPIC, topic, operation)

    def give_back(self) -> None:
        """Give back whatever was taken away."""
        pattern, operation = ResourcePatternType.ANY, AclOperation.ANY
        # None matches any name, principal and host, which the client's types do not say.
        denied = AclBindingFilter(ResourceType.ANY, None, pattern, None, None, operation, AclPermissionType.DENY)  # type: ignore[arg-type]
        admin = self._admin  # kept, or it ends before its answer
        for deleted in admin.delete_acls([denied]).values():
            deleted.result(patience_seconds())
        wait_for(lambda: not admin.describe_acls(denied).result(), "rights that are back")

    def configure(self, topic: str, name: str, value: str | None) -> None:
        """Give a setting of a topic a value, or the broker's own back; the broker hears of it a little later."""
        operation = AlterConfigOpType.DELETE if value is None else AlterConfigOpType.SET
        entry = ConfigEntry(name, value, incremental_operation=operation)
        resource = ConfigResource(ResourceType.TOPIC, topic, incremental_configs=[entry])
        admin = self._admin  # kept, or it ends before its answer
        for done in admin.incremental_alter_configs([resource]).values():
            done.result(patience_seconds())

    def end(self, topic: str, partition: int) -> int:
        """Return the offset that the next record of a partition gets."""
        place = TopicPartition(topic, partition)
        admin = self._admin
        return int(admin.list_offsets({place: OffsetSpec.latest()})[place].result(patience_seconds()).offset)

    def remove(self, topic: str, partition: int, *, before: int) -> None:
        """Remove a partition's records before an offset, as retention does."""
        place = TopicPartition(topic, partition, before)
        admin = self._admin
        admin.delete_records([place])[place].result(patience_seconds())

    def allow_everything(self) -> None:
        """Let the user do everything that is not denied."""
        for kind in (ResourceType.TOPIC, ResourceType.GROUP, ResourceType.TRANSACTIONAL_ID):
            self._make(AclPermissionType.ALLOW, kind, ALL, "all")

    def _make(self, permission: AclPermissionType, kind: ResourceType, name: str, operation: str) -> None:
        binding = AclBinding(kind, name, LITERAL, f"User:{USER}", "*", AclOperation[operation.upper()], permission)
        admin = self._admin  # kept, or it ends before its answer
        for made in admin.create_acls([binding]).values():
            made.result(patience_seconds())


@contextmanager
def guarded_kafka(folder: Path) -> Iterator[Guarded]:
    """Start the broker with every topic; the user may do everything."""
    port = free_port()
    properties = {
        "sasl.enabled.mechanisms": "SCRAM-SHA-512",
        "listener.name.sasl_plaintext.scram-sha-512.sasl.jaas.config": f"{SCRAM_MODULE} required;",
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "super.users": "User:ANONYMOUS",
    }
    with ApacheKafka(
        folder, properties=properties, listeners={"SASL_PLAINTEXT": port}, scram_users={USER: PASSWORD}
    ) as node:
        create_topics(KafkaSettings(bootstrap_servers=node.bootstrap_servers))
        made = Guarded(node, port)
        made.allow_everything()
        yield made
