"""A broker that is reached and then falls silent is said to be so; nobody sees a traceback."""

from concurrent.futures import Future

import pytest
from confluent_kafka import TopicCollection

from streams.errors import BrokerUnreachable
from streams.kafka import topic_check
from streams.settings import KafkaSettings


class SilentAdmin:
    """Was reached, and answers nothing more: a network that is cut between two questions."""

    def describe_topics(self, topics: TopicCollection, *, request_timeout: float) -> dict[str, Future[None]]:
        return {"transactions": Future()}


def test_a_broker_that_falls_silent_is_unreachable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(topic_check, "reach", lambda kafka: SilentAdmin())
    monkeypatch.setattr(topic_check, "REACH_SECONDS", 0.01)
    with pytest.raises(BrokerUnreachable, match=r"does not describe its topics \(no answer in 0.01 s\); try again"):
        topic_check.read_topic_id(KafkaSettings(), "transactions")
