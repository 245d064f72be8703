"""Which settings of topics delivery cannot rest on, and what each needs."""

from collections.abc import Mapping

import pytest

from schemas.contracts.topics import TOPICS
from streams.kafka.topic_contract import find_faults

KAFKA_DEFAULTS = {
    "retention.bytes": "-1",
    "max.message.bytes": "1048588",
    "message.timestamp.type": "CreateTime",
    "message.timestamp.before.max.ms": str(2**63 - 1),
    "message.timestamp.after.max.ms": "3600000",
    "min.insync.replicas": "1",
}
MADE_BY_US = {
    spec.name: KAFKA_DEFAULTS
    | {
        "cleanup.policy": spec.cleanup_policy,
        "retention.ms": str(-1 if spec.retention_ms is None else spec.retention_ms),
    }
    for spec in TOPICS
}
ONE_COPY = dict.fromkeys(MADE_BY_US, 1)


def found(
    topic: str, settings: Mapping[str, str] | None = None, *, copies: int = 1, brokers: int = 1
) -> list[tuple[str, str, str | None, bool]]:
    """Return the faults of topics as we make them, but for some settings of one of them."""
    changed = MADE_BY_US | {topic: MADE_BY_US[topic] | dict(settings or {})}
    faults = find_faults(TOPICS, changed, ONE_COPY | {topic: copies}, brokers=brokers)
    return [(fault.topic, fault.setting, fault.needed, fault.stops) for fault in faults]


def test_topics_as_we_make_them_have_no_fault() -> None:
    assert find_faults(TOPICS, MADE_BY_US, ONE_COPY, brokers=1) == []


@pytest.mark.parametrize(
    ("topic", "setting", "value", "needed", "stops"),
    [
        pytest.param("rollout-state", "retention.ms", "604800000", "-1", False, id="a rollout record that expires"),
        pytest.param("rollout-state", "retention.bytes", "1000", "-1", False, id="a rollout record bounded in bytes"),
        pytest.param("user-hints", "cleanup.policy", "delete", "compact", False, id="hints that are not compacted"),
        pytest.param("transactions", "cleanup.policy", "compact", "delete", True, id="transactions compacted"),
        pytest.param("transactions", "cleanup.policy", "compact,delete", "delete", True, id="compacted and deleted"),
        pytest.param("suggestions", "cleanup.policy", "compact", "delete", False, id="suggestions compacted"),
        pytest.param("suggestions", "max.message.bytes", "200", "65536", False, id="events longer than their topic"),
        pytest.param("transactions-dlq", "max.message.bytes", "65536", "920480", False, id="dead letters longer"),
        pytest.param(
            "suggestions", "message.timestamp.after.max.ms", "60000", "3600000", False, id="later than it takes"
        ),
        pytest.param(
            "suggestion-compare",
            "message.timestamp.before.max.ms",
            "86400000",
            str(2**63 - 1),
            False,
            id="earlier than it takes",
        ),
        pytest.param(
            "suggestions", "message.timestamp.type", "LogAppendTime", "CreateTime", False, id="a time of its own"
        ),
        pytest.param("transactions", "min.insync.replicas", "2", "1", False, id="more in sync than there are"),
    ],
)
def test_a_setting_that_delivery_cannot_rest_on_is_found(
    topic: str, setting: str, value: str, needed: str, stops: bool
) -> None:
    assert found(topic, {setting: value}) == [(topic, setting, needed, stops)]


def test_an_input_that_stamps_records_itself_asks_no_times_of_the_outputs() -> None:
    settings = {"message.timestamp.type": "LogAppendTime", "message.timestamp.after.max.ms": str(2**63 - 1)}
    assert found("transactions", settings) == []


def test_an_input_of_short_records_needs_short_dead_letters_only() -> None:
    small = MADE_BY_US["transactions"] | {"max.message.bytes": "10000"}
    letters = MADE_BY_US["transactions-dlq"] | {"max.message.bytes": "30000"}
    changed = MADE_BY_US | {"transactions": small, "transactions-dlq": letters}
    assert find_faults(TOPICS, changed, ONE_COPY, brokers=1) == []


@pytest.mark.parametrize(
    ("copies", "brokers", "least", "setting", "needed"),
    [
        pytest.param(3, 3, "1", "min.insync.replicas", "2", id="one copy acknowledges"),
        pytest.param(1, 3, "1", "the replication factor", None, id="one copy in a cluster"),
    ],
)
def test_copies_that_do_not_keep_a_record_are_found(
    copies: int, brokers: int, least: str, setting: str, needed: str | None
) -> None:
    faults = found("transactions", copies=copies, brokers=brokers, settings={"min.insync.replicas": least})
    assert ("transactions", setting, needed, False) in faults
    assert {fault[1] for fault in faults if fault[0] != "transactions"} <= {"the replication factor"}


def test_three_copies_of_which_two_acknowledge_are_fine() -> None:
    changed = {name: settings | {"min.insync.replicas": "2"} for name, settings in MADE_BY_US.items()}
    assert find_faults(TOPICS, changed, dict.fromkeys(MADE_BY_US, 3), brokers=3) == []


def test_a_fault_says_what_it_is_and_what_mends_it() -> None:
    (fault,) = find_faults(
        TOPICS,
        MADE_BY_US | {"rollout-state": MADE_BY_US["rollout-state"] | {"retention.ms": "604800000"}},
        ONE_COPY,
        brokers=1,
    )
    assert fault.line == (
        "topic rollout-state: retention.ms is 604800000: its records must never expire, -1 is needed; "
        "ledgermind topics alter sets it"
    )
