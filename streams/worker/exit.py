"""Exit: how a worker ends when it cannot go on, and how it ends at last when stopping takes too long."""

import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import structlog
from confluent_kafka import KafkaException

from streams.errors import BrokerUnreachable, StreamError
from streams.worker.watchdog import STUCK_EXIT_CODE

LAST_SECONDS: Final = 9.5
UNEXPECTED_EXIT_CODE: Final = 70

log = structlog.get_logger(__name__)


_explain: Callable[[BaseException], BaseException] = lambda error: error  # noqa: E731


def explain_with(explain: Callable[[BaseException], BaseException]) -> None:
    """Have ``leave`` say what this makes of an error."""
    global _explain  # noqa: PLW0603 - a process leaves once
    _explain = explain


def leave(error: BaseException) -> None:
    """End the process at once; whatever was open is aborted by the broker and read again by the successor."""
    error = _explain(error)
    if isinstance(error, StreamError):
        log.error("worker_left", error=type(error).__name__, message=str(error))
        code = error.exit_code
    else:
        log.critical("worker_left", error=type(error).__name__, exc_info=error)
        code = UNEXPECTED_EXIT_CODE
    sys.stderr.flush()
    os._exit(code)


@contextmanager
def leave_where_it_fails() -> Iterator[None]:
    """End the process where what runs within fails for a reason of the stream's own or of the broker's."""
    try:
        yield
    except StreamError as error:
        leave(error)
    except KafkaException as error:
        leave(BrokerUnreachable(f"the broker cannot be worked with: {error.args[0].name()}; is it up?"))


def leave_at_last() -> None:
    """End the process where stopping takes too long: a call that hangs in the client would hold it for ever."""
    late = threading.Timer(LAST_SECONDS, os._exit, [STUCK_EXIT_CODE])
    late.daemon = True
    late.start()
