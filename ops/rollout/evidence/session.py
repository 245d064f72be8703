"""Session: a connection to the warehouse that never waits longer than it may, one query after the other."""

import math
import socket
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final

import psycopg
from psycopg import errors
from psycopg.rows import TupleRow

from ops.errors import PostgresError
from ops.local.postgres import connect
from ops.rollout.evidence.queries import PLANNER
from ops.rollout.patience import Patience
from trainer.dataset.db import first_line

QUERY_SECONDS: Final = 5.0  # each takes a second at most
LOCK_SECONDS: Final = 2.0
GRACE_SECONDS: Final = 1.0  # for which a server that ends a query itself may be late to say so
WAREHOUSE: Final = "the warehouse"
# A query of the user's own is planned as any other: it may read what has no index.
OWN_QUERY: Final = """
set transaction read only; set local enable_seqscan = on; set local enable_bitmapscan = on;
set local enable_hashjoin = on; set local enable_mergejoin = on
"""


class MayOnlyReadError(PostgresError):
    """Whoever asks has no right to write."""


class Session:
    """Asks queries; each has a timeout of its own, and one that fails spoils no other."""

    def __init__(self, connection: psycopg.Connection[TupleRow], patience: Patience) -> None:
        self._connection = connection
        self._patience = patience
        connection.execute(PLANNER.encode())

    def rows(self, name: str, query: str, asked: Mapping[str, object]) -> list[TupleRow]:
        """Return the rows of a query; raises PostgresError, which says what was waited for, or OpsError too late."""
        with self._limited(name):
            return self._connection.execute(query.encode(), asked).fetchall()

    def write(self, name: str, statements: Sequence[str], asked: Mapping[str, object]) -> None:
        """Run statements, all or none; raises as ``rows`` does, MayOnlyReadError where it has no right to."""
        try:
            with self._limited(name):
                for statement in statements:
                    self._connection.execute(statement.encode(), asked)
        except PostgresError as error:
            if isinstance(error.__cause__, (errors.InsufficientPrivilege, errors.ReadOnlySqlTransaction)):
                raise MayOnlyReadError(str(error)) from error.__cause__
            raise

    def value(self, name: str, query: str, settings: Mapping[str, str], *, seconds: float) -> object:
        """Return the one value of a query of the user's own, read-only; None where it gives NULL or no row.

        ``settings`` are what its ``current_setting`` finds. Raises PostgresError or OpsError as ``rows`` does, and
        where it gives more than one row or column.
        """
        wrapped = f"select * from (\n{query.strip().rstrip(';')}\n) as criterion limit 2"  # noqa: S608 - the operator's own
        with self._limited(name, most=seconds, why=_why_own):
            self._connection.execute(OWN_QUERY.encode())
            for setting, value in settings.items():
                self._connection.execute("select set_config(%s, %s, true)", (setting, value))
            # In the binary format only one statement is taken, so none can leave the read-only transaction.
            found = self._connection.execute(wrapped.encode(), binary=True).fetchall()
        if len(found) > 1 or (found and len(found[0]) != 1):
            raise PostgresError(f"{name} not measured: its query must give one row of one column")
        return found[0][0] if found else None

    @contextmanager
    def _limited(
        self, name: str, *, most: float = QUERY_SECONDS, why: Callable[[psycopg.Error, float], str] | None = None
    ) -> Iterator[None]:
        """One transaction, with the time that is left."""
        seconds = self._patience.left(WAREHOUSE, most=most)
        try:
            with _given_up_after(self._connection, seconds + GRACE_SECONDS), self._connection.transaction():
                self._connection.execute(
                    f"set local statement_timeout = {_milliseconds(seconds)};"
                    f" set local lock_timeout = {_milliseconds(min(seconds, LOCK_SECONDS))}".encode()
                )
                yield
        except psycopg.Error as error:
            raise PostgresError(f"{name} not measured: {(why or _why)(error, seconds)}") from error

    @property
    def is_lost(self) -> bool:
        """Whether nobody is at the other end any more."""
        return self._connection.closed


@contextmanager
def open_session(dsn: str, patience: Patience) -> Iterator[Session]:
    """Open a session; raises PostgresError where nobody answers in time, or OpsError where no time is left."""
    seconds = patience.left(WAREHOUSE, most=QUERY_SECONDS)
    patient = max(2, math.ceil(seconds))
    connection = connect(dsn, seconds=patient, application_name="ledgermind-judge", autocommit=True)
    try:
        with _given_up_after(connection, seconds + GRACE_SECONDS):
            session = Session(connection, patience)
        yield session
    except psycopg.Error as error:
        raise PostgresError(f"the warehouse cannot be asked: {_why(error, seconds)}") from error
    finally:
        with _given_up_after(connection, GRACE_SECONDS):
            connection.close()


@contextmanager
def _given_up_after(connection: psycopg.Connection[TupleRow], seconds: float) -> Iterator[None]:
    """Shut the socket where a server that stands still does not even say that it gives up."""
    timer = threading.Timer(seconds, _shut, (connection,))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _shut(connection: psycopg.Connection[TupleRow]) -> None:
    try:
        with socket.socket(fileno=connection.fileno()) as line:
            try:
                line.shutdown(socket.SHUT_RDWR)
            finally:
                line.detach()  # it is the connection's own
    except (OSError, psycopg.Error):
        return  # it is closed already


def _why(error: psycopg.Error, seconds: float) -> str:
    match error:
        case errors.LockNotAvailable():
            return f"it waits for a lock in Postgres that another session holds, {min(seconds, LOCK_SECONDS):g} s"
        case errors.QueryCanceled():
            return f"Postgres did not answer it within {seconds:.0f} s"
        case errors.InsufficientPrivilege():
            return f"{first_line(error)}; grant the role ledgermind_judge, or run: ledgermind warehouse migrate"
        case errors.UndefinedTable() | errors.UndefinedFunction() | errors.UndefinedColumn():
            return f"{first_line(error)}; run: ledgermind warehouse migrate"
        case psycopg.OperationalError():
            return f"the connection to Postgres was lost, or it stands still ({first_line(error)})"
        case _:
            return first_line(error)


def _why_own(error: psycopg.Error, seconds: float) -> str:
    """Return why a query of the user's own failed: what it lacks, no migration of ours brings."""
    if isinstance(error, psycopg.ProgrammingError) and not isinstance(error, errors.ReadOnlySqlTransaction):
        return first_line(error)
    return _why(error, seconds)


def _milliseconds(seconds: float) -> int:
    return max(1, int(seconds * 1_000))
