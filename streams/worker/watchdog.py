"""Watchdog: ends a process whose records stay unfinished or whose poll loop fell silent, after dumping its stacks."""

import faulthandler
import os
import threading
import time
from collections.abc import Callable
from typing import Final

import structlog

LOOK_SECONDS: Final = 1.0
STUCK_EXIT_CODE: Final = 75
STDERR: Final = 2  # the descriptor: Faust may have replaced the object

log = structlog.get_logger(__name__)


class Watchdog:
    """Looks once a second at ``symptom``, which names what is wrong or returns None; acts on the second bad look.

    A process that was stopped and continued looks stuck once: its clock ran on while it stood still.
    """

    def __init__(self, symptom: Callable[[], str | None], *, stuck_seconds: float) -> None:
        self._symptom = symptom
        self._stuck_seconds = stuck_seconds
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watchdog", daemon=True)
        self.looked_at = time.monotonic()

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """Stop looking."""
        self._stopping.set()
        faulthandler.cancel_dump_traceback_later()

    def _run(self) -> None:
        bad_looks = 0
        while not self._stopping.wait(LOOK_SECONDS):
            self.looked_at = time.monotonic()
            # Armed anew at every look: needs no GIL, so it also ends a process that hangs inside a C call.
            faulthandler.dump_traceback_later(2 * self._stuck_seconds, exit=True, file=STDERR)
            symptom = self._symptom()
            bad_looks = 0 if symptom is None else bad_looks + 1
            if bad_looks > 1:
                log.critical("stuck", symptom=symptom)
                faulthandler.dump_traceback(file=STDERR)
                os._exit(STUCK_EXIT_CODE)
