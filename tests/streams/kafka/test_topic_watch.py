"""The watch knows the id that a topic had after a moment, and waits for it where it does not."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from ops.patience import patience_seconds, wait_for
from streams.errors import BrokerUnreachable, StreamError, TopicMissing
from streams.kafka import topic_watch
from streams.kafka.topic_check import TopicFacts
from streams.kafka.topic_watch import TopicWatch


class Broker:
    """Says what it is told to say, and notes when it was asked."""

    def __init__(self) -> None:
        self.answer: str | Exception = "first"
        self.asked = 0
        self.may_answer = threading.Event()
        self.may_answer.set()

    def read(self) -> TopicFacts:
        self.asked += 1
        answer = self.answer  # as it was when it was asked
        assert self.may_answer.wait(patience_seconds())
        if isinstance(answer, Exception):
            raise answer
        return TopicFacts(answer, 12)


@contextmanager
def watching(broker: Broker) -> Iterator[TopicWatch]:
    watch = TopicWatch(broker.read)
    watch.start()
    try:
        yield watch
    finally:
        watch.stop()


def test_an_answer_to_an_earlier_question_does_not_count() -> None:
    broker = Broker()
    with watching(broker) as watch:
        assert watch.topic_id() == "first"
        broker.may_answer.clear()
        asked = broker.asked
        watch.want(time.monotonic())
        wait_for(lambda: broker.asked > asked, "question")  # which is under way when the topic changes
        broker.answer, since = "second", time.monotonic()
        broker.may_answer.set()
        assert watch.topic_id(since=since) == "second"


def test_a_new_topic_is_noticed_while_nobody_asks() -> None:
    broker = Broker()
    with watching(broker) as watch:
        watch.topic_id()
        broker.answer = "second"
        wait_for(lambda: watch.facts == TopicFacts("second", 12), "notice of the second topic")


@pytest.mark.parametrize("fault", [TopicMissing("gone"), BrokerUnreachable("away")], ids=str)
def test_a_missing_topic_and_a_silent_broker_are_waited_for(fault: StreamError) -> None:
    broker = Broker()
    broker.answer = fault
    with watching(broker) as watch:
        wait_for(lambda: broker.asked > 1, "second question")
        threading.Timer(0.3, setattr, [broker, "answer", "again"]).start()
        assert watch.topic_id() == "again"


@pytest.mark.parametrize("fault", [TopicMissing("gone"), BrokerUnreachable("away")], ids=str)
def test_what_lasts_is_an_error_in_the_end(monkeypatch: pytest.MonkeyPatch, fault: StreamError) -> None:
    monkeypatch.setattr(topic_watch, "TOPIC_MISSING_SECONDS", 0.1)
    monkeypatch.setattr(topic_watch, "BROKER_AWAY_SECONDS", 0.1)
    broker = Broker()
    broker.answer = fault
    with watching(broker) as watch, pytest.raises(type(fault), match=str(fault)):
        watch.topic_id()


def test_whoever_waits_is_let_go_when_the_watch_stops() -> None:
    broker = Broker()
    broker.answer = TopicMissing("gone")
    with watching(broker) as watch:
        threading.Timer(0.2, watch.stop).start()
        assert watch.topic_id() == ""
