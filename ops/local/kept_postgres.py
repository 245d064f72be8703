"""Kept Postgres: an embedded server whose data stays between runs, that can be started again after a crash."""

import re
import signal
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Final

import psycopg
from psycopg.conninfo import make_conninfo

from ops.errors import PostgresError
from ops.local.ports import LOOPBACK, free_port
from ops.local.postgres import DATABASE, SUPERUSER, command_of, embedded_binaries, initialise, wait_for_answer
from ops.local.process import start

# Data outlives the command, so nothing is traded for speed: what was committed is there after any crash.
SETTINGS: Final = ("max_connections=100",)
STOP_SECONDS: Final = 20.0
PROCESSES: Final = Path("/proc/self").parent


class KeptPostgres:
    """A server over ``directory``; the cluster is made where there is none."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory.absolute()
        self._cluster = self._directory / "data"
        self._log = self._directory / "postgres.log"
        self._binaries = embedded_binaries()
        self._port = free_port()
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def dsn(self) -> str:
        """A DSN of the database's owner, the same after each ``start``."""
        return make_conninfo(host=LOOPBACK, port=self._port, user=SUPERUSER, dbname=DATABASE)

    @property
    def is_new(self) -> bool:
        """Whether there is no cluster yet."""
        return not (self._cluster / "PG_VERSION").exists()

    def prepare(self) -> None:
        """Make the cluster where there is none; from any thread, since nothing that is started here goes on."""
        if self.is_new:
            self._make()

    def __enter__(self) -> "KeptPostgres":
        """Start it, from a thread that lives as long as it: the kernel ends it with the thread that started it."""
        self.prepare()
        self._require_same_version()
        self._remove_stale_lock()
        self.start()
        with psycopg.connect(self._superuser_dsn, autocommit=True) as connection:
            if connection.execute("select 1 from pg_database where datname = %s", (DATABASE,)).fetchone() is None:
                connection.execute(f"create database {DATABASE}".encode())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End it fast and orderly: clients are sent away, shared memory is given back, nothing has to be recovered."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait()

    def start(self) -> None:
        """Start the server, again after a crash; raises PostgresError where it does not answer."""
        self.process = start(
            command_of(self._cluster, self._binaries, port=self._port, settings=SETTINGS), log=self._log
        )
        wait_for_answer(self.process, self._superuser_dsn, log=self._log)

    @property
    def _superuser_dsn(self) -> str:
        return make_conninfo(host=LOOPBACK, port=self._port, user=SUPERUSER, dbname="postgres")

    def _make(self) -> None:
        """Make the cluster under another name first: what a stopped run left half made is no cluster."""
        self._directory.mkdir(parents=True, exist_ok=True)
        making = self._directory / "data.making"
        subprocess.run(["rm", "-rf", str(making)], check=True)
        initialise(making, self._binaries)
        making.rename(self._cluster)

    def _require_same_version(self) -> None:
        version = (self._cluster / "PG_VERSION").read_text().strip()
        said = subprocess.run(
            [str(self._binaries / "postgres"), "--version"], capture_output=True, text=True, check=False
        ).stdout
        ours = re.search(r"(\d+)", said)
        if ours is not None and ours[1] != version:
            raise PostgresError(
                f"{self._cluster} was written by Postgres {version}, this is {ours[1]}: dump it with the old one "
                "(docs/RECOVERY.md), or move the folder away to begin empty"
            )

    def _remove_stale_lock(self) -> None:
        """Remove the lock file of a server that was killed: in a container its pid is soon another program's."""
        lock = self._cluster / "postmaster.pid"
        if not lock.exists() or not PROCESSES.is_dir():  # without them nobody can say whose the pid is
            return
        try:
            command = (PROCESSES / lock.read_text().split()[0] / "cmdline").read_bytes()
        except (OSError, IndexError):
            command = b""  # its process is gone
        if str(self._cluster).encode() not in command:
            lock.unlink()
