"""Quix Streams, exactly once: each transaction answered by our rules, a record at a time, or with two constants.

Run by a Python that has quixstreams, with the packages of this project behind its own:
``python -m tests.benchmarks.peers.quix SERVERS GROUP rules|constants SITE_PACKAGES``
"""

import sys
import time
from datetime import UTC, datetime


def main(servers: str, group: str, mode: str, site_packages: str) -> None:
    """Answer until the process is ended."""
    sys.path.append(site_packages)
    from quixstreams import Application

    app = Application(
        broker_address=servers,
        consumer_group=group,
        processing_guarantee="exactly-once",
        auto_offset_reset="earliest",
        auto_create_topics=False,
        use_changelog_topics=False,
        producer_extra_config={"compression.type": "lz4"},
        loglevel="WARNING",
    )
    raw = {"key_serializer": "bytes", "value_serializer": "bytes"}
    suggestions, comparisons = (app.topic(name, **raw) for name in ("suggestions", "suggestion-compare"))
    transactions = app.topic("transactions", key_deserializer="bytes", value_deserializer="bytes")
    answer = answer_by_rules() if mode == "rules" else answer_with_constants
    answered = app.dataframe(transactions).apply(answer, metadata=True)
    answered.apply(lambda events: events[0]).to_topic(suggestions)
    answered.apply(lambda events: events[1]).to_topic(comparisons)
    app.run()


def answer_with_constants(_value: bytes, _key: bytes, _timestamp: int, _headers: object) -> tuple[bytes, bytes]:
    """Return two texts as long as the worker's events."""
    return b"s" * 540, b"c" * 560


def answer_by_rules() -> object:
    """Return what decodes a record, asks the rules and encodes the two events, as the worker does."""
    from rules.load import load_rules
    from streams.process.batch_types import Answers, Context, Record
    from streams.process.pipeline import assign, conclude, decode, encode
    from tests.support.builders import first_rollout

    engine, record_in_force = load_rules(None), first_rollout()

    def answer(value: bytes, key: bytes, timestamp: int, _headers: object) -> tuple[bytes, bytes]:
        decoded = decode([Record(0, 0, timestamp, key, value)])
        assigned = assign(decoded.transactions, record_in_force)
        rules = engine.answer(decoded.transactions, decoded.descriptors)
        context = Context("cGVlcg", engine.version, record_in_force, 1, datetime.fromtimestamp(time.time(), UTC))
        (scored,) = conclude(decoded, assigned, Answers(rules, {}), context)
        return encode(scored)

    return answer


if __name__ == "__main__":
    main(*sys.argv[1:])
