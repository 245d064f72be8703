"""Apache Kafka: a KRaft node from Maven's jars, on free loopback ports, with its data in a folder of ours."""

import base64
import shutil
import signal
import subprocess
import uuid
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Final, Literal

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from ops.errors import BrokerError
from ops.local.kafka_jars import fetch_jars
from ops.local.ports import LOOPBACK, free_port, is_open
from ops.local.process import last_words, start, stop, wait_until

START_SECONDS: Final = 120.0  # one that dies is noticed at once; only a slow machine needs as long
LOGGING: Final = Path(__file__).parents[1] / "deploy" / "kafka" / "log4j2.yaml"


class ApacheKafka:
    """A node, by default alone, that can be killed and started again on the same port and data."""

    kind: Literal["embedded", "kafka", "address"] = "kafka"

    def __init__(
        self,
        directory: Path,
        *,
        properties: Mapping[str, str],
        listeners: Mapping[str, int] | None = None,
        scram_users: Mapping[str, str] | None = None,
        cluster_id: str | None = None,
        port: int | None = None,
        controller_port: int | None = None,
    ) -> None:
        """``listeners`` are ports for TLS or SASL beside the plain one, ``scram_users`` names with their passwords.

        Several nodes share a ``cluster_id`` and name each other's ``controller_port`` in their properties.
        """
        self._listeners = listeners or {}
        self._scram_users = scram_users or {}
        self._directory = directory.absolute()
        self._properties = properties
        self._port = port or free_port()
        self._cluster_id = cluster_id or new_cluster_id()
        self._controller_port = controller_port or free_port()
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def bootstrap_servers(self) -> str:
        """Where clients connect."""
        return f"{LOOPBACK}:{self._port}"

    def __enter__(self) -> "ApacheKafka":
        jars = fetch_jars()
        shutil.rmtree(self._directory, ignore_errors=True)
        (self._directory / "tmp").mkdir(parents=True)
        settings = self._directory / "server.properties"
        settings.write_text("".join(f"{name}={value}\n" for name, value in self._settings().items()))
        # With an equals sign, since one identifier in 64 begins with a dash.
        options = ["format", f"--cluster-id={self._cluster_id}", "-c", str(settings)]
        for user, password in self._scram_users.items():
            options.append(f"--add-scram=SCRAM-SHA-512=[name={user},password={password}]")
        formatted = subprocess.run(
            [*self._java(), "-cp", f"{jars}/*", "kafka.tools.StorageTool", *options],
            capture_output=True,
            text=True,
            check=False,
        )
        if formatted.returncode != 0:
            said = last_words(formatted.stdout + formatted.stderr)
            raise BrokerError(f"Kafka's data folder could not be prepared: {said}; use BROKER=embedded without")
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process is not None:
            stop(self.process, timeout_seconds=3.0)
        for folder in ("data", "tmp"):
            shutil.rmtree(self._directory / folder, ignore_errors=True)

    def start(self) -> None:
        """Start the node on its port and data; again after ``kill``."""
        log = self._directory / "broker.log"
        self.process = start(
            [
                *(*self._java(), "-Xms256m", "-Xmx768m", "-XX:+UseG1GC"),
                f"-Dlog4j2.configurationFile={LOGGING.as_uri()}",
                *("-cp", f"{fetch_jars()}/*", "kafka.Kafka", str(self._directory / "server.properties")),
            ],
            log=log,
            directory=self._directory,
        )
        wait_until(
            self._answers,
            process=self.process,
            what="Apache Kafka",
            log=log,
            timeout_seconds=START_SECONDS,
            failure=BrokerError,
        )

    def kill(self) -> None:
        """End the node by SIGKILL, as a power cut would."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def _java(self) -> tuple[str, ...]:
        """Java, with whatever it and its libraries unpack kept where it ends with the node."""
        return ("java", "-XX:-UsePerfData", f"-Djava.io.tmpdir={self._directory / 'tmp'}")

    def _answers(self) -> bool:
        if not is_open(self._port):
            return False
        try:
            return bool(
                AdminClient({"bootstrap.servers": self.bootstrap_servers, "log_level": 0}).list_topics(timeout=1)
            )
        except KafkaException:
            return False

    def _settings(self) -> dict[str, str]:
        ports = {"PLAINTEXT": self._port, **self._listeners}
        clients = ",".join(f"{protocol}://{LOOPBACK}:{port}" for protocol, port in ports.items())
        protocols = ",".join(f"{protocol}:{protocol}" for protocol in ports)
        return {
            "process.roles": "broker,controller",
            "node.id": "1",
            "controller.quorum.voters": f"1@{LOOPBACK}:{self._controller_port}",
            "listeners": f"{clients},CONTROLLER://{LOOPBACK}:{self._controller_port}",
            "advertised.listeners": clients,
            "inter.broker.listener.name": "PLAINTEXT",
            "controller.listener.names": "CONTROLLER",
            "listener.security.protocol.map": f"CONTROLLER:PLAINTEXT,{protocols}",
            "log.dirs": str(self._directory / "data"),
            "auto.create.topics.enable": "false",
            "offsets.topic.replication.factor": "1",
            "offsets.topic.num.partitions": "4",
            "transaction.state.log.replication.factor": "1",
            "transaction.state.log.min.isr": "1",
            "transaction.state.log.num.partitions": "4",
            "share.coordinator.state.topic.replication.factor": "1",
            "share.coordinator.state.topic.min.isr": "1",
            "group.initial.rebalance.delay.ms": "0",
            "group.min.session.timeout.ms": "1000",
            "transaction.abort.timed.out.transaction.cleanup.interval.ms": "1000",
            "log.segment.bytes": str(64 * 1_048_576),
            **self._properties,
        }


def new_cluster_id() -> str:
    """Return an identifier for a new cluster, as Kafka's own tool makes them."""
    return base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
