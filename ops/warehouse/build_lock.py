"""Build lock: one build of a warehouse at a time, and none between the tests of the training mart and its reading."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from ops.local.postgres import connect

KEY: Final = "hashtextextended('ledgermind warehouse build', 0)"


@contextmanager
def building(dsn: str, *, say: Callable[[str], None]) -> Iterator[None]:
    """Hold the warehouse's build lock; waits for whoever holds it, and tells ``say`` so.

    Two builds at once swap each other's tables, and a mart that is built anew is not the one that was tested. The lock
    is let go with the connection, also when this process is killed. Raises PostgresError where nobody answers.
    """
    with connect(dsn) as connection:
        connection.autocommit = True
        row = connection.execute(f"select pg_try_advisory_lock({KEY})".encode()).fetchone()
        if row is None or not row[0]:
            say("another build of this warehouse is under way: waiting for its end")
            connection.execute(f"select pg_advisory_lock({KEY})".encode())
        yield
