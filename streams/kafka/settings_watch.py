"""Settings watch: holds the topics' settings against what delivery rests on, at the start and while a worker runs."""

import threading
from typing import Final

import structlog
from confluent_kafka import KafkaException

from schemas.contracts.topics import COMPARISONS, DEAD_LETTERS, HINTS, ROLLOUT_STATE, SUGGESTIONS, TRANSACTIONS
from streams import metrics
from streams.errors import StreamError, TopicError
from streams.kafka.topic_contract import TopicFault
from streams.kafka.topic_settings import read_faults
from streams.settings import KafkaSettings

LOOK_SECONDS: Final = 60.0
STOP_SECONDS: Final = 3.0
TOPICS_OF_WORKER: Final = (TRANSACTIONS, SUGGESTIONS, COMPARISONS, DEAD_LETTERS, ROLLOUT_STATE, HINTS)

log = structlog.get_logger(__name__)


class SettingsWatch:
    """One thread that asks once a minute; each fault is said when it is first seen."""

    def __init__(self, kafka: KafkaSettings) -> None:
        self._kafka = kafka
        self._said: set[TopicFault] = set()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="settings-watch", daemon=True)

    def start(self) -> None:
        """Look once, then begin to look; raises TopicError where records could vanish unseen."""
        for fault in self._look():
            if fault.stops:
                raise TopicError(fault.line)
        self._thread.start()

    def stop(self) -> None:
        """Stop looking; a worker that is told to stop while it starts may not have begun."""
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join(STOP_SECONDS)

    def _run(self) -> None:
        while not self._stopping.wait(LOOK_SECONDS):
            try:
                self._look()
            except (StreamError, KafkaException, TimeoutError):
                continue  # others say that the broker is away; what was found last stands

    def _look(self) -> list[TopicFault]:
        faults = read_faults(self._kafka, TOPICS_OF_WORKER) or []
        for fault in faults:
            if fault not in self._said:
                log.error("topic_setting", topic=fault.topic, setting=fault.setting, message=fault.line)
        self._said = set(faults)
        metrics.TOPIC_FAULTS.set(len(faults))
        return faults
