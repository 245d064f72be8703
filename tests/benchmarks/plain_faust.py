"""Plain Faust: the same rules in an ordinary Faust agent, an event at a time, on Faust's own Kafka client."""

import os
import sys
import tempfile
import time
from datetime import UTC, datetime

import faust
from faust.types import StreamT

from rules.load import load_rules
from schemas.contracts.topics import COMPARISONS, SUGGESTIONS, TRANSACTIONS
from streams.process.batch_types import Answers, Context, Record
from streams.process.pipeline import assign, conclude, decode, encode
from tests.benchmarks.test_in_process import rollout


def create(bootstrap_servers: str, group: str) -> faust.App:
    """Return the app; ``group`` is its id and so its consumer group."""
    app = faust.App(
        group,
        broker=f"kafka://{bootstrap_servers}",
        store="memory://",
        datadir=tempfile.mkdtemp(),
        web_enabled=False,
        topic_disable_leader=True,
        consumer_auto_offset_reset="earliest",
        value_serializer="raw",
        key_serializer="raw",
        producer_compression_type=None,
    )
    incoming = app.topic(TRANSACTIONS.name)
    suggestions, comparisons = app.topic(SUGGESTIONS.name), app.topic(COMPARISONS.name)
    engine, record_in_force = load_rules(None), rollout(None)

    @app.agent(incoming)
    async def score(stream: StreamT[bytes]) -> None:
        """Score one event after the other."""
        async for event in stream.events():
            message = event.message
            decoded = decode([Record(message.partition, message.offset, 0, message.key, message.value)])
            assigned = assign(decoded.transactions, record_in_force)
            rules = engine.answer(decoded.transactions, decoded.descriptors)
            now = datetime.fromtimestamp(time.time(), UTC)
            context = Context("cGxhaW4gZmF1c3Q", engine.version, record_in_force, 1, now)
            for scored in conclude(decoded, assigned, Answers(rules, {}), context):
                suggestion, comparison = encode(scored)
                await suggestions.send(key=message.key, value=suggestion, timestamp=message.timestamp)
                await comparisons.send(key=message.key, value=comparison, timestamp=message.timestamp)

    return app


if __name__ == "__main__":
    app = create(os.environ["LEDGERMIND_KAFKA_BOOTSTRAP_SERVERS"], sys.argv[1])
    faust.Worker(app, loglevel="warn").execute_from_commandline()
