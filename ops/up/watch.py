"""Watch: reads what a running `up` wants to know from the topics: the first suggestion, those of yours, the rollout."""

import re
import threading
import time
from collections.abc import Callable
from typing import Final

import msgspec
from confluent_kafka import Consumer, KafkaException, Message, TopicPartition

from ops.up.chain import KeptChain
from schemas.contracts.topics import ROLLOUT_STATE, SUGGESTIONS
from schemas.events.suggestion import Suggestion
from streams.kafka.clients import connection
from streams.settings import KafkaSettings

SIMULATED: Final = re.compile(r"u\d+-\d{6}")  # users of `ledgermind simulate`
MOST_SHOWN: Final = 5  # suggestions a second
POLL_SECONDS: Final = 0.2
FIND_SECONDS: Final = 10.0

_decode: Final = msgspec.json.Decoder(Suggestion).decode


class Watch:
    """One thread over ``suggestions`` from its end and ``rollout-state`` from its beginning, without a group."""

    def __init__(
        self,
        kafka: KafkaSettings,
        *,
        chain: KeptChain,
        say: Callable[[str], None],
        seen_first: Callable[[Suggestion], None],
        shows_all: bool,
    ) -> None:
        self._kafka = kafka
        self._chain = chain
        self._say = say
        self._seen_first = seen_first
        self._shows_all = shows_all
        self._is_first = True
        self._second, self._shown = 0, 0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watch", daemon=True)

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    def stop(self) -> None:
        """Stop reading, and wait for the end of it."""
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        consumer = Consumer(
            connection(self._kafka)
            | {
                "group.id": "ledgermind-up",  # asked for by the client, and never joined
                "enable.auto.commit": False,
                "isolation.level": "read_committed",
                "auto.offset.reset": "earliest",
                "client.id": "ledgermind-up",
            }
        )
        try:
            self._assign(consumer)
            while not self._stopping.is_set():
                message = consumer.poll(POLL_SECONDS)
                if message is not None and message.error() is None:
                    self._take(message)
        finally:
            consumer.close()

    def _assign(self, consumer: Consumer) -> None:
        while not self._stopping.is_set():
            try:
                partitions = consumer.list_topics(SUGGESTIONS.name, timeout=FIND_SECONDS).topics[SUGGESTIONS.name]
                places = [
                    TopicPartition(
                        SUGGESTIONS.name,
                        number,
                        consumer.get_watermark_offsets(TopicPartition(SUGGESTIONS.name, number), timeout=FIND_SECONDS)[
                            1
                        ],
                    )
                    for number in partitions.partitions
                ]
                consumer.assign([*places, TopicPartition(ROLLOUT_STATE.name, 0, 0)])
                return
            except KafkaException:  # the broker starts again: it is the supervisor's to say so
                self._stopping.wait(1.0)

    def _take(self, message: Message) -> None:
        value = message.value()
        if value is None:
            return
        if message.topic() == ROLLOUT_STATE.name:
            self._chain.add(value)
            return
        try:
            suggestion = _decode(value)
        except msgspec.MsgspecError:
            return
        if self._is_first:
            self._is_first = False
            self._seen_first(suggestion)
        if self._shows_all or not SIMULATED.fullmatch(suggestion.user_id):
            self._show(suggestion)

    def _show(self, suggestion: Suggestion) -> None:
        """Say what was suggested, so that who publishes a line sees its answer; the first few of each second."""
        second = int(time.monotonic())
        if second != self._second:
            self._second, self._shown = second, 0
        self._shown += 1
        if self._shown <= MOST_SHOWN:
            self._say(f"suggestion for {suggestion.user_id}, {suggestion.txn_id}: {suggestion_words(suggestion)}")


def suggestion_words(suggestion: Suggestion) -> str:
    """Return what is served and by whom."""
    if suggestion.category is None:
        return "none, neither rules nor model know it"
    why = f"; {suggestion.explanations[0].text}" if suggestion.explanations else ""
    return f"{suggestion.category.value} by {suggestion.source.value} ({suggestion.confidence:.2f}){why}"
