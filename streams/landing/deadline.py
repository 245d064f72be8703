"""Landing deadline: ends a connection by this program's own clock, where the server gives no answer.

The server's ``statement_timeout`` is counted by a backend that may itself stand still, and ``tcp_user_timeout`` only
counts bytes that its kernel has not acknowledged. A socket that is shut down here ends the wait in any case.
"""

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psycopg


class NoAnswer(psycopg.OperationalError):
    """The server did not answer in time and the connection was ended here; what it did of a commit is not known."""


@contextmanager
def answered_within(connection: psycopg.Connection, seconds: float) -> Iterator[None]:
    """End the connection and raise NoAnswer where what is asked of it here takes longer than ``seconds``."""
    is_over = threading.Event()
    # A duplicate of the descriptor: its number cannot be another connection's by the time that the clock runs out.
    with socket.socket(fileno=os.dup(connection.fileno())) as line:

        def end() -> None:
            is_over.set()
            with suppress(OSError):  # the other side has ended it already
                line.shutdown(socket.SHUT_RDWR)

        timer = threading.Timer(seconds, end)
        timer.daemon = True
        timer.start()
        try:
            yield
        except psycopg.OperationalError as error:
            if is_over.is_set():
                raise NoAnswer(
                    f"no answer within {seconds:g} s (LEDGERMIND_LANDING_POSTGRES_TIMEOUT_SECONDS); connection ended"
                ) from error
            raise
        finally:
            timer.cancel()
            timer.join()
