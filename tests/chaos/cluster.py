"""Cluster: three nodes of Apache Kafka on one machine, each behind a proxy: leaders change, networks fail."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from ops.local.apache_kafka import ApacheKafka, new_cluster_id
from ops.local.kafka_jars import fetch_jars
from ops.local.ports import LOOPBACK, free_port
from tests.chaos.proxy import Proxy

NODES = 3
REPLICATION = {
    "offsets.topic.replication.factor": "3",
    "transaction.state.log.replication.factor": "3",
    "transaction.state.log.min.isr": "2",
    "min.insync.replicas": "2",
    "default.replication.factor": "3",
}


@dataclass(frozen=True)
class Cluster:
    """Nodes and the proxy that stands before each; clients know the proxies only."""

    nodes: list[ApacheKafka]
    proxies: list[Proxy]

    @property
    def bootstrap_servers(self) -> str:
        """Where clients connect."""
        return ",".join(f"{LOOPBACK}:{proxy.port}" for proxy in self.proxies)


@contextmanager
def open_cluster(directory: Path) -> Iterator[Cluster]:
    """Start three nodes that replicate everything, and end them."""
    fetch_jars()  # once, before three ask for them at the same time
    controllers, ports, cluster_id = (
        [free_port() for _ in range(NODES)],
        [free_port() for _ in range(NODES)],
        new_cluster_id(),
    )
    voters = ",".join(f"{node}@{LOOPBACK}:{port}" for node, port in enumerate(controllers, start=1))
    proxies = [Proxy(port) for port in ports]
    nodes = []
    for node, (controller, port, proxy) in enumerate(zip(controllers, ports, proxies, strict=True), start=1):
        properties = REPLICATION | {
            "node.id": str(node),
            "controller.quorum.voters": voters,
            "listeners": f"PLAINTEXT://{LOOPBACK}:{port},CONTROLLER://{LOOPBACK}:{controller}",
            "advertised.listeners": f"PLAINTEXT://{LOOPBACK}:{proxy.port}",
        }
        nodes.append(
            ApacheKafka(
                directory / f"node-{node}",
                properties=properties,
                port=port,
                controller_port=controller,
                cluster_id=cluster_id,
            )
        )
    with ExitStack() as stack:
        for proxy in proxies:
            proxy.start()
            stack.callback(proxy.stop)
        # None answers before most of them are there; and a child ends with the thread that started it, so they stay.
        pool = stack.enter_context(ThreadPoolExecutor(NODES))
        for started in pool.map(ApacheKafka.__enter__, nodes):
            stack.push(started.__exit__)
        yield Cluster(nodes, proxies)
