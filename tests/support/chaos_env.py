"""Arena: one real Kafka, a feed, a crew, and a seeded order of injuries."""

import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from confluent_kafka import Consumer, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient

from ops.kafka.topics import create_topics
from ops.local.apache_kafka import ApacheKafka
from ops.local.ports import LOOPBACK, free_port
from ops.patience import patience_seconds, wait_for, wait_until_none_left
from schemas.contracts.topics import TRANSACTIONS
from streams.errors import BrokerUnreachable
from streams.settings import KafkaSettings
from tests.chaos.proxy import Proxy
from tests.support.worker_processes import Worker, revive
from tests.support.workload import Feed

GROUP = "ledgermind-worker"
AMBIGUOUS_COMMITS = 3


@dataclass(slots=True)
class Arena:
    """Everything that a chaos test holds in its hands."""

    bootstrap_servers: str
    kafka: ApacheKafka | None
    proxy: Proxy | None
    directory: Path
    dice: random.Random
    feed: Feed
    crew: list[Worker] = field(default_factory=list)
    injuries: Counter[str] = field(default_factory=Counter)

    def hire(
        self,
        name: str,
        *,
        failpoints: str = "",
        program: tuple[str, ...] = ("-m", "streams.worker"),
        variables: Mapping[str, str] | None = None,
    ) -> Worker:
        """Start another worker."""
        worker = Worker(
            name,
            self.bootstrap_servers,
            self.directory / f"{name}.log",
            {"LEDGERMIND_WORKER_FAILPOINTS": failpoints, **(variables or {})},
            program,
        )
        worker.start()
        self.crew.append(worker)
        return worker

    def injure(self, kind: str) -> None:
        """Do one of the injuries to a worker drawn by the dice, or to the broker."""
        self.injuries[kind] += 1
        victim = self.dice.choice(self.crew)
        acts: dict[str, Callable[[], None]] = {
            "kill -9": lambda: victim.injure(signal.SIGKILL),
            "freeze past the session": lambda: self.freeze(victim),
            "SIGTERM": lambda: self._terminate(victim),
            "join and leave": self._join_and_leave,
            "broker kill -9": self._restart_broker,
            "commits without an answer": self._lose_answers,
        }
        acts[kind]()

    def settle(self) -> None:
        """Keep the crew alive until every input record is committed."""

        def unfinished() -> int | None:
            self.injuries["found dead, started again"] += revive(self.crew)
            return self.behind()

        wait_until_none_left(unfinished, "records", every_seconds=0.5)

    def behind(self) -> int | None:
        """How many input records are not committed yet; None while a young or restarted broker cannot say."""
        consumer = Consumer({"bootstrap.servers": self.bootstrap_servers, "group.id": GROUP})
        partitions = [TopicPartition(TRANSACTIONS.name, number) for number in range(TRANSACTIONS.partitions)]
        try:
            committed = consumer.committed(partitions, timeout=patience_seconds())
            return sum(
                consumer.get_watermark_offsets(at, timeout=patience_seconds())[1] - max(0, at.offset)
                for at in committed
            )
        except KafkaException:
            return None
        finally:
            consumer.close()

    def dismiss(self) -> None:
        """Stop everybody, by force where need be."""
        for worker in self.crew:
            worker.injure(signal.SIGCONT)
            worker.injure(signal.SIGKILL)
            if worker.process is not None:
                worker.process.wait()

    def freeze(self, victim: Worker) -> None:
        """Stop a worker until the group knows it no more and the others have done its work, and let it go on."""
        victim.injure(signal.SIGSTOP)
        others = [worker for worker in self.crew if worker is not victim]

        def left() -> int | None:
            self.injuries["found dead, started again"] += revive(others)
            try:
                return None if victim.name in self.members() else self.behind()
            except KafkaException:
                return None

        wait_until_none_left(left, f"records without {victim.name}", every_seconds=0.5)
        victim.injure(signal.SIGCONT)

    def members(self) -> set[str | None]:
        """Return the names of the group's members, as the broker sees it at this moment."""
        admin = AdminClient({"bootstrap.servers": self.bootstrap_servers, "log_level": 0})
        described = admin.describe_consumer_groups([GROUP], request_timeout=patience_seconds())[GROUP]
        return {member.group_instance_id for member in described.result(patience_seconds()).members}

    def _terminate(self, victim: Worker) -> None:
        if victim.alive:
            code = victim.stop()
            # A worker that was told while it started may not yet listen, or may just have found its broker away; one
            # that works leaves in peace.
            assert code in (0, -signal.SIGTERM, BrokerUnreachable.exit_code), f"{victim.name} left with {code}"
        victim.start()

    def _join_and_leave(self) -> None:
        guest = self.hire(f"guest-{self.injuries['join and leave']}")
        wait_for(lambda: guest.name in self.members() or not guest.alive, "guest", refusals=(KafkaException,))
        self.crew.remove(guest)
        guest.stop()

    def _restart_broker(self) -> None:
        assert self.kafka is not None
        self.kafka.kill()
        time.sleep(1.0)  # the length of the fault
        self.kafka.start()

    def _lose_answers(self) -> None:
        """Leave commits ambiguous until three were: each arrives, and the worker is not told and asks again."""
        assert self.proxy is not None
        enough = self.proxy.unanswered_commits + AMBIGUOUS_COMMITS
        self.proxy.lose_answers_to_commits()

        def lost() -> bool:
            self.injuries["found dead, started again"] += revive(self.crew)
            return self.proxy is not None and self.proxy.unanswered_commits >= enough

        wait_for(lost, "commits whose answers are lost")
        self.proxy.mend()


@contextmanager
def crewed(
    bootstrap_servers: str,
    directory: Path,
    *,
    seed: int,
    kafka: ApacheKafka | None = None,
    proxy: Proxy | None = None,
) -> Iterator[Arena]:
    """Return an arena on a broker whose topics are made, and dismiss its crew in the end."""
    print(f"chaos seed {seed}")  # noqa: T201
    feed = Feed(bootstrap_servers, seed=seed)
    arena = Arena(bootstrap_servers, kafka, proxy, directory, random.Random(seed), feed)
    try:
        yield arena
    finally:
        arena.dismiss()


@contextmanager
def open_arena(directory: Path, *, seed: int, workers: int = 2, failpoints: str = "") -> Iterator[Arena]:
    """Start a broker of its own behind a proxy, make the topics, hire the crew; end all of it."""
    port = free_port()
    proxy = Proxy(port)
    proxy.start()
    behind = f"{LOOPBACK}:{proxy.port}"
    properties = {"advertised.listeners": f"PLAINTEXT://{behind}"}
    try:
        with ApacheKafka(directory / "kafka", properties=properties, port=port) as kafka:
            create_topics(KafkaSettings(bootstrap_servers=behind))
            with crewed(behind, directory, seed=seed, kafka=kafka, proxy=proxy) as arena:
                for number in range(workers):
                    arena.hire(f"worker-{number}", failpoints=failpoints)
                yield arena
    finally:
        proxy.stop()
