"""Log: structured events, one JSON object a line on stderr; never a message body, a description or an amount."""

import logging
import sys
from contextlib import suppress
from typing import Final, TextIO, cast

import structlog
from structlog.typing import EventDict

LEVELS: Final = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}


def configure(*, program: str, worker: str, level: str = "info") -> None:
    """Send every event to stderr with the program's and the worker's name."""

    def say_who(logger: object, method: str, event: EventDict) -> EventDict:
        return {"program": program, "worker": worker, **event}

    structlog.configure(
        processors=[
            say_who,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS[level]),
        logger_factory=structlog.PrintLoggerFactory(cast("TextIO", _Lenient(sys.stderr))),
    )


class _Lenient:
    """A stream whose other end may have gone: a closed terminal or a full disk must not end what only wants to log."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write what can be written."""
        with suppress(OSError):
            return self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        """Flush what can be flushed."""
        with suppress(OSError):
            self._stream.flush()
