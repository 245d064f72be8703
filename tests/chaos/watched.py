"""Watched: two workers and a landing on a broker that takes rights away, under a Prometheus with the shipped rules."""

import logging
import os
import signal
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg.conninfo import make_conninfo

from ops.local.postgres import Postgres
from ops.patience import patience_seconds
from ops.warehouse.migrate import migrate
from tests.chaos.guarded import Guarded, guarded_kafka
from tests.integration.test_worker import each_once, records
from tests.support.kafka_io import Address, read_outcomes, send_records
from tests.support.observatory import Observatory, reported_observatory
from tests.support.worker_processes import Worker

FACTOR = 60  # a minute is a second
DATABASE = "alerts"
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Scene:
    """Two workers and a landing on a guarded broker, under watch; ``dsn`` names the database of the landing."""

    guarded: Guarded
    workers: tuple[Worker, Worker]
    landing: Worker
    prometheus: Observatory
    unscaled: Observatory
    folder: Path
    dsn: str

    @property
    def servers(self) -> str:
        """The administrator's address of the broker."""
        return self.guarded.node.bootstrap_servers

    def feed(self, count: int, *, poison_every: int = 0) -> list[Address]:
        """Send so many transactions."""
        return send_records(self.servers, records(count, poison_every=poison_every))

    def answered_once(self, sent: list[Address]) -> bool:
        """Whether each of them has one outcome; waits for it."""
        return bool(each_once(read_outcomes(self.servers, sent)))

    def expect(self, *names: str, since: float, prometheus: Observatory | None = None) -> None:
        """Wait for each alert, and log how long it took."""
        for name in names:
            (prometheus or self.prometheus).wait_until_fires(name)
            log.warning("%s: %.1f s after the fault, durations divided by %d", name, time.monotonic() - since, FACTOR)

    def missing(self, worker: Worker) -> str:
        """Return what a worker's /ready says is missing, empty where it is ready."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{worker.port}/ready", timeout=patience_seconds()):
                return ""
        except urllib.error.HTTPError as error:
            return error.read().decode()

    def revived(self) -> bool:
        """Start again, as a parent would, each worker that has left; whether all are ready."""
        for worker in self.workers:
            if not worker.alive:
                worker.start()
        try:
            return not any(self.missing(worker) for worker in self.workers)
        except OSError:
            return False

    @contextmanager
    def frozen_postgres(self) -> Iterator[None]:
        """Stop every process of the server, so that what was connected waits and nobody else is let in."""
        with psycopg.connect(self.dsn) as connection:
            (directory,) = connection.execute("show data_directory").fetchone() or ("",)
        parent = int(Path(directory, "postmaster.pid").read_text().splitlines()[0])
        os.kill(parent, signal.SIGSTOP)  # first, or it would start others
        family = [parent, *map(int, Path(f"/proc/{parent}/task/{parent}/children").read_text().split())]
        try:
            for one in family:
                os.kill(one, signal.SIGSTOP)
            yield
        finally:
            for one in family:
                with suppress(ProcessLookupError):  # whoever was told to end meanwhile does so as it goes on
                    os.kill(one, signal.SIGCONT)


def database_of(postgres: Postgres) -> str:
    """Make a database with every table for this module alone; return its DSN."""
    with psycopg.connect(postgres.dsn, autocommit=True) as connection:
        connection.execute(f"create database {DATABASE}".encode())
    dsn = make_conninfo(postgres.dsn, dbname=DATABASE)
    migrate(dsn)
    return dsn


@contextmanager
def watched(folder: Path, postgres: Postgres) -> Iterator[Scene]:
    """Start all of it; two Prometheus look on, one under scaled rules and one under the rules as they are."""
    with ExitStack() as stack:
        guarded = stack.enter_context(guarded_kafka(folder / "kafka"))
        servers = guarded.node.bootstrap_servers
        told = guarded.papers | {"LEDGERMIND_WORKER_DEAD_LETTER_RUN": "150"}
        patient = {"LEDGERMIND_WORKER_SESSION_TIMEOUT_MS": "180000"}
        workers = (
            Worker("alert-0", servers, folder / "alert-0.log", told),
            Worker("alert-1", servers, folder / "alert-1.log", told | patient),
        )
        for worker in workers:
            worker.start()
            stack.callback(worker.stop)
        landing = Worker("alert-landing", servers, folder / "landing.log", program=("-m", "streams.landing"))
        dsn = database_of(postgres)
        landing.environment |= {  # as the administrator: the rights that are taken away are the workers'
            "LEDGERMIND_POSTGRES_DSN": dsn,
            "LEDGERMIND_LANDING_PORT": str(landing.port),
            "LEDGERMIND_LANDING_SESSION_TIMEOUT_MS": "6000",
            "LEDGERMIND_LANDING_POSTGRES_TIMEOUT_SECONDS": "5",
        }
        landing.start()
        stack.callback(landing.stop)
        ports = {"worker": [worker.port for worker in workers], "landing": [landing.port]}
        prometheus = stack.enter_context(reported_observatory(folder, ports, factor=FACTOR))
        (folder / "unscaled").mkdir()
        unscaled = stack.enter_context(reported_observatory(folder / "unscaled", ports, factor=1))
        for worker in workers:
            worker.wait_until_ready()
        made = Scene(guarded, workers, landing, prometheus, unscaled, folder, dsn)
        assert made.answered_once(made.feed(600))
        yield made
