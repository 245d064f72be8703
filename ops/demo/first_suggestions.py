"""First suggestions: prints what is suggested first, while the past is still being scored."""

import threading
import time
from collections.abc import Callable
from typing import Final

import msgspec
from confluent_kafka import KafkaException

from ops.errors import OpsError
from ops.kafka.reader import read_topic
from ops.up.watch import suggestion_words
from schemas.contracts.topics import SUGGESTIONS
from schemas.events.suggestion import Suggestion
from streams.settings import KafkaSettings

SHOWN: Final = 3
PAUSE_SECONDS: Final = 0.5

_decode: Final = msgspec.json.Decoder(Suggestion).decode


class FirstSuggestions:
    """One thread that reads ``suggestions`` until it has printed the first few that name a category."""

    def __init__(self, kafka: KafkaSettings, *, since: float, say: Callable[[str], None]) -> None:
        """``since`` is the moment of ``time.monotonic()`` from which seconds are counted."""
        self._kafka = kafka
        self._since = since
        self._say = say
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="first suggestions", daemon=True)

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    def stop(self) -> None:
        """Stop reading, whether or not anything was suggested."""
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                if self._show():
                    return
            except (OpsError, KafkaException):  # the broker is busy: they are printed a little later
                pass
            self._stopping.wait(PAUSE_SECONDS)

    def _show(self) -> bool:
        """Print them if there are enough by now, and return whether there were."""
        found: list[Suggestion] = []
        for message in read_topic(self._kafka, SUGGESTIONS):
            suggestion = _decode(message.value() or b"")
            if suggestion.category is not None:
                found.append(suggestion)
            if len(found) == SHOWN:
                break
        else:
            return False
        self._say(f"  first suggestions after {time.monotonic() - self._since:.0f} s:")
        for suggestion in found:
            self._say(f"    {suggestion.user_id}, {suggestion.txn_id}: {suggestion_words(suggestion)}")
        return True
