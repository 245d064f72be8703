"""Broker checks: whether the broker at the configured address answers, and whether its topics can be served."""

import os
from typing import Final

from ops.local.finding import Finding, State

ANSWER_SECONDS: Final = 20.0
BOOTSTRAP_SERVERS: Final = "LEDGERMIND_KAFKA_BOOTSTRAP_SERVERS"


def broker_address() -> Finding:
    """Ask the broker at the configured address for its topics, where an address is configured."""
    if not os.environ.get(BOOTSTRAP_SERVERS):
        return Finding(State.OK, f"{BOOTSTRAP_SERVERS} is not set, so nothing to reach")
    from streams.errors import StreamError  # noqa: PLC0415
    from streams.kafka.broker_check import reach  # noqa: PLC0415
    from streams.settings import KafkaSettings, read  # noqa: PLC0415

    try:
        kafka = read(KafkaSettings)
        topics = reach(kafka).list_topics(timeout=ANSWER_SECONDS).topics
    except StreamError as error:
        return Finding(State.MISSING, str(error), f"start it, or unset {BOOTSTRAP_SERVERS}")
    return Finding(State.OK, f"{kafka.bootstrap_servers} answers, {len(topics)} topics")


def topic_settings() -> Finding:
    """Hold the topics at the configured address against what delivery rests on."""
    if not os.environ.get(BOOTSTRAP_SERVERS):
        return Finding(State.OK, f"{BOOTSTRAP_SERVERS} is not set, so nothing to check")
    from schemas.contracts.topics import TOPICS  # noqa: PLC0415
    from streams.errors import BrokerUnreachable, StreamError  # noqa: PLC0415
    from streams.kafka.topic_check import check_topics  # noqa: PLC0415
    from streams.kafka.topic_settings import read_faults  # noqa: PLC0415
    from streams.settings import KafkaSettings, read  # noqa: PLC0415

    try:
        kafka = read(KafkaSettings)
        lines = check_topics(kafka, TOPICS)
        faults = read_faults(kafka, TOPICS)
    except BrokerUnreachable as error:
        return Finding(State.MISSING, str(error), "see the broker's address")
    except StreamError as error:
        return Finding(State.BROKEN, str(error), "run: ledgermind topics create, ledgermind topics alter")
    if faults:
        return Finding(State.BROKEN, "; ".join(fault.line for fault in faults), "run: ledgermind topics alter")
    return Finding(State.OK, "; ".join(lines) or f"all {len(TOPICS)} topics can be served")
