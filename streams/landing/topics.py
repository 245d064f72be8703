"""Landing topics: which topics stand behind the names that are landed, and whether others have taken their place."""

import structlog
from confluent_kafka import Consumer, KafkaException

from streams.errors import BrokerUnreachable, TopicError
from streams.kafka.topic_check import TopicReader
from streams.landing import metrics
from streams.landing.lag import BROKER_SECONDS
from streams.landing.mapping.tables import TABLE_OF_TOPIC
from streams.settings import KafkaSettings

log = structlog.get_logger(__name__)


class LandingTopics:
    """Asks the broker, so calls raise BrokerUnreachable or TopicMissing; ``ids`` are those of the last ``read``."""

    def __init__(self, kafka: KafkaSettings) -> None:
        self._kafka = kafka
        self._reader: TopicReader | None = None
        self.ids: dict[str, str] = {}

    def read(self) -> bool:
        """Learn the id of each topic anew; whether any is another than before."""
        before, self.ids = self.ids, self._ask()
        return self.ids != before

    def are_the_same(self) -> bool:
        """Whether all that was polled before this call came from the topics of ``ids``.

        A topic that is made anew never gets an old id, so an id that is there now was there when it was read.
        """
        now = self._ask()
        anew = sorted(topic for topic, topic_id in now.items() if topic_id != self.ids.get(topic))
        if anew:
            metrics.TOPICS_MADE_ANEW.inc(len(anew))
            log.error("topic_made_anew", topics=anew, hint="each is landed from its first record")
        return not anew

    def _ask(self) -> dict[str, str]:
        if self._reader is None:
            self._reader = TopicReader(self._kafka)
        facts = self._reader.read(sorted(TABLE_OF_TOPIC))
        return {topic: known.topic_id for topic, known in facts.items()}


def require_topics(consumer: Consumer) -> None:
    """Raise TopicError where the broker lacks a topic that is landed, BrokerUnreachable where no broker answers."""
    try:
        known = consumer.list_topics(timeout=BROKER_SECONDS).topics
    except KafkaException as error:
        raise BrokerUnreachable(f"no broker answers: {error.args[0].str()}") from error
    missing = sorted(set(TABLE_OF_TOPIC) - set(known))
    if missing:
        raise TopicError(f"the broker has no topic {', '.join(missing)}: create the topics first")
