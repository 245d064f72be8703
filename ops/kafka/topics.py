"""Topics: makes every topic in its agreed shape, says which one has another, and gives it that shape."""

import time
from concurrent.futures import Future
from typing import Final

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.cimpl import NewPartitions, NewTopic
from msgspec import Struct

from ops.errors import BrokerError, OpsError
from schemas.contracts.topics import TOPICS, TopicSpec
from streams.errors import TopicMissing
from streams.kafka.broker_check import REACH_SECONDS, reach
from streams.kafka.topic_check import check_topics, read_topics
from streams.kafka.topic_contract import MIN_ISR, TopicFault
from streams.kafka.topic_settings import read_copies, read_faults, set_topic
from streams.settings import KafkaSettings

CREATE_SECONDS: Final = 20.0
KNOWN_SECONDS: Final = 20.0


def create_topics(kafka: KafkaSettings, *, replication: int = 1, min_isr: int | None = None) -> list[str]:
    """Make the topics that are missing, check the shape of all, and return the names of the new ones.

    ``min_isr`` is how many copies must have a record before it counts as written: two, where there are two.
    """
    least = min(2, replication) if min_isr is None else min_isr
    if least > replication:
        raise OpsError(
            f"--min-isr {least} is more than the {replication} copies of --replication: nothing could be written"
        )
    admin = reach(kafka)
    try:
        present = admin.list_topics(timeout=REACH_SECONDS).topics
        missing = [spec for spec in TOPICS if spec.name not in present]
        wanted = [_new(spec, replication, least) for spec in missing]
        for made in admin.create_topics(wanted).values() if wanted else ():
            _finish(made)
    except KafkaException as error:
        raise BrokerError(
            f"the topics could not be made at {kafka.bootstrap_servers} ({error.args[0].name()}); is the broker up?"
        ) from error
    except TimeoutError as error:
        raise BrokerError(
            f"the topics were not made at {kafka.bootstrap_servers} within {CREATE_SECONDS:g} s; run it again"
        ) from error
    check_when_known(kafka)
    return [spec.name for spec in missing]


class Alteration(Struct, frozen=True):
    """What was set of a topic: its partitions, or one of its settings."""

    topic: str
    setting: str
    value: str
    line: str  # the same in words


def add_partitions(kafka: KafkaSettings) -> list[Alteration]:
    """Give each topic the partitions that it lacks and return what was done; raises TopicMissing, BrokerError.

    None are taken away: Kafka cannot, and more than agreed are served.
    """
    facts = read_topics(kafka, [spec.name for spec in TOPICS])
    short = [spec for spec in TOPICS if facts[spec.name].partitions < spec.partitions]
    if not short:
        return []
    wanted = [NewPartitions(spec.name, spec.partitions) for spec in short]
    admin = reach(kafka)  # its answers come only while somebody holds it
    try:
        for made in admin.create_partitions(wanted).values():
            made.result(CREATE_SECONDS)
    except (KafkaException, TimeoutError) as error:
        raise BrokerError(f"partitions could not be added at {kafka.bootstrap_servers}: {error}") from error
    return [
        Alteration(
            spec.name,
            "partitions",
            str(spec.partitions),
            f"{spec.name}: {facts[spec.name].partitions} partitions are now {spec.partitions}",
        )
        for spec in short
    ]


def alter_settings(kafka: KafkaSettings, *, min_isr: int | None = None) -> list[Alteration]:
    """Give each topic the settings that the contract needs and return what was done.

    ``min_isr`` is set for every topic where it is given. Raises BrokerError; what was altered until then stays.
    """
    faults = [fault for fault in read_faults(kafka, TOPICS) or [] if fault.needed is not None]
    if min_isr is not None:
        faults = [fault for fault in faults if fault.setting != MIN_ISR]
        faults += [TopicFault(spec.name, MIN_ISR, "not asked", str(min_isr), "asked for") for spec in TOPICS]
    admin = reach(kafka)
    if min_isr is not None:
        copies = read_copies(admin, [spec.name for spec in TOPICS])
        least = min(copies, key=copies.__getitem__)
        if min_isr > copies[least]:
            raise OpsError(
                f"--min-isr {min_isr} is more than the {copies[least]} copies of topic {least}; nothing was changed"
            )
    for fault in faults:
        try:
            set_topic(admin, fault.topic, {fault.setting: str(fault.needed)})
        except (KafkaException, TimeoutError) as error:
            raise BrokerError(f"topic {fault.topic}: {fault.setting} could not be set: {error}") from error
    return [
        Alteration(
            fault.topic, fault.setting, str(fault.needed), f"{fault.topic}: {fault.setting} is now {fault.needed}"
        )
        for fault in faults
    ]


def check_when_known(kafka: KafkaSettings) -> None:
    """Check the shape of every topic; of one that was just made a node may hear later than the node that made it."""
    deadline = time.monotonic() + KNOWN_SECONDS
    while True:
        try:
            check_topics(kafka, TOPICS)
            return
        except TopicMissing:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


def _new(spec: TopicSpec, replication: int, min_isr: int) -> NewTopic:
    retention = -1 if spec.retention_ms is None else spec.retention_ms
    config = {"cleanup.policy": spec.cleanup_policy, "retention.ms": str(retention), MIN_ISR: str(min_isr)}
    return NewTopic(spec.name, num_partitions=spec.partitions, replication_factor=replication, config=config)


def _finish(made: "Future[None]") -> None:
    try:
        made.result(CREATE_SECONDS)
    except KafkaException as error:
        if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:  # somebody else was faster: fine
            raise
