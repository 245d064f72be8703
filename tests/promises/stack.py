"""Stack: a broker, a database and a folder for the programs of one module of tests, through public doors only."""

import itertools
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from ops.local.ports import free_port
from ops.patience import wait_for
from tests.promises import topic
from tests.promises.program import Finished, Program, run_command, start_program
from tests.promises.topic import Address, Record
from tests.support.topic import Ends, ends, wait_until_committed

GROUP = "ledgermind-worker"


def unused_port() -> int:
    """Return a port of this machine at which nobody listens."""
    return free_port()


@dataclass(slots=True)
class Stack:
    """Where the broker, Postgres and the registry are, and what can be done with them.

    ``variables`` are given to every program; those of a call come on top.
    """

    bootstrap_servers: str
    dsn: str
    folder: Path
    variables: dict[str, str] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    @property
    def registry(self) -> Path:
        """Where releases lie."""
        return self.folder / "registry"

    def run(self, *arguments: str, **variables: str) -> Finished:
        """Run a command to its end, whatever its exit code."""
        return run_command(*arguments, directory=self.folder, variables=self.environment(variables))

    def succeed(self, *arguments: str, **variables: str) -> Finished:
        """Run a command that must end with 0."""
        done = self.run(*arguments, **variables)
        assert done.code == 0, f"ledgermind {' '.join(arguments)} left with {done.code}: {done.stderr or done.stdout}"
        return done

    @contextmanager
    def worker(self, name: str = "worker", **variables: str) -> Iterator[Program]:
        """Run ``ledgermind worker`` until the context ends; it is ready when the context begins."""
        with self.starting_worker(name, **variables) as running:
            running.wait_until_ready()
            yield running

    @contextmanager
    def starting_worker(self, name: str, **variables: str) -> Iterator[Program]:
        """Run ``ledgermind worker`` until the context ends; whether it becomes ready is not waited for."""
        port = free_port()
        own = {"LEDGERMIND_WORKER_NAME": name, "LEDGERMIND_WORKER_PORT": str(port)}
        with self.program_at(port, "worker", **own | variables) as running:
            yield running

    @contextmanager
    def landing(self, **variables: str) -> Iterator[Program]:
        """Run ``ledgermind landing`` until the context ends."""
        port = free_port()
        with self.program_at(port, "landing", LEDGERMIND_LANDING_PORT=str(port), **variables) as running:
            running.wait_until_it_answers()
            yield running

    @contextmanager
    def program_at(self, port: int, *arguments: str, **variables: str) -> Iterator[Program]:
        """Run any command that goes on until it is stopped and answers on this port; nothing is waited for."""
        log = self.folder / f"{arguments[0]}-{next(self._numbers)}.log"
        running = start_program(*arguments, log=log, port=port, variables=self.environment(variables))
        try:
            yield running
        finally:
            running.stop()

    @contextmanager
    def program(self, *arguments: str, **variables: str) -> Iterator[Program]:
        """Run any command that goes on until it is stopped, whatever port it answers on; nothing is waited for."""
        with self.program_at(0, *arguments, **variables) as running:
            yield running

    def publish(
        self,
        name: str,
        events: Iterable[Mapping[str, Any] | bytes],
        *,
        key: str = "raw",
        headers: Mapping[str, str] | None = None,
    ) -> list[Address]:
        """Send events to a topic, bytes under the key, all with the headers; return where each of them lies."""
        return topic.publish(self.bootstrap_servers, name, events, key=key, headers=headers)

    def read(self, name: str, *, upto: Ends | None = None) -> list[Record]:
        """Return all committed records of a topic, up to its end at this moment."""
        return topic.read(self.bootstrap_servers, name, upto=upto)

    def score(
        self,
        events: Iterable[Mapping[str, Any] | bytes],
        *,
        key: str = "raw",
        headers: Mapping[str, str] | None = None,
    ) -> list[Address]:
        """Publish transactions and wait until workers have committed an outcome for each of them."""
        addresses = self.publish("transactions", events, key=key, headers=headers)
        self.wait_until_scored()
        return addresses

    def set_share(self, percent: str, *words: str) -> dict[str, Any]:
        """Move the canary's share by the command, whatever the policy thinks of it; return the record."""
        anyway = ("--reason", "a test", "--override", "a test")
        record: dict[str, Any] = self.succeed("rollout", "set", percent, *anyway, *words, "--json").json
        return record

    def wait_until_scored(self, group: str = GROUP) -> None:
        """Wait until workers have committed every transaction that lies on the topic at this moment."""
        wait_until_committed(self.bootstrap_servers, "transactions", group)

    def wait_until_landed(self, *names: str) -> None:
        """Wait until every record that lies on these topics at this moment is in the warehouse."""
        for name in names:
            self._wait_until_landed(name, ends(self.bootstrap_servers, name))

    def _wait_until_landed(self, name: str, upto: Ends) -> None:
        wait_for(lambda: not self._not_landed(name, upto), f"landing of {name} up to {upto}")

    def _not_landed(self, name: str, upto: Ends) -> list[Record]:
        """Return the records before ``upto`` that have not landed; a marker that stands last is none."""
        moved = "select partition, next from raw.landing_positions where topic = %s order by moved_at"
        landed = self.sql(moved, name)  # of a topic that was made anew, what was moved last counts
        return topic.read(self.bootstrap_servers, name, upto=upto, since=dict(landed))

    def sql(self, query: str, *parameters: object) -> list[tuple[Any, ...]]:
        """Run a query in a transaction of its own; return its rows, none for a statement that has none."""
        with psycopg.connect(self.dsn) as connection:
            cursor = connection.execute(query.encode(), parameters or None)
            return cursor.fetchall() if cursor.description else []

    def environment(self, variables: Mapping[str, str]) -> dict[str, str]:
        """Return the variables of a program of this stack, the given ones on top."""
        return {
            "LEDGERMIND_KAFKA_BOOTSTRAP_SERVERS": self.bootstrap_servers,
            "LEDGERMIND_POSTGRES_DSN": self.dsn,
            "LEDGERMIND_REGISTRY": str(self.registry),
            **self.variables,
            **variables,
        }
