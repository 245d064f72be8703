"""What a worker promises where a topic refuses what becomes of a record."""

import pytest
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._config import AlterConfigOpType, ConfigEntry, ConfigResource
from confluent_kafka.admin._resource import ResourceType

from ops.patience import patience_seconds
from tests.promises.events import payment
from tests.promises.stack import Stack

LIMIT_BYTES = 640  # of a suggestion as the broker counts it: above an ordinary one's, below that of the longest names


def limit_suggestions(stack: Stack, limit_bytes: int) -> None:
    """Set the size that the topic takes, as an operator would with Kafka's own tools."""
    admin = AdminClient({"bootstrap.servers": stack.bootstrap_servers, "log_level": 0})
    entry = ConfigEntry("max.message.bytes", str(limit_bytes), incremental_operation=AlterConfigOpType.SET)
    resource = ConfigResource(ResourceType.TOPIC, "suggestions", incremental_configs=[entry])
    for done in admin.incremental_alter_configs([resource]).values():
        done.result(patience_seconds())


@pytest.mark.slow
@pytest.mark.promise("That record becomes a dead letter `unproducible`", "docs/BAD_INPUT.md")
def test_a_record_whose_suggestion_is_too_large_is_put_aside_alone_and_comes_back(kafka_stack: Stack) -> None:
    stack = kafka_stack
    letters = "".join(f"{number * 7919 % 1_000_003:x}" for number in range(60))
    long = payment(0, txn_id=letters[:128], account_id=letters[128:250])
    with stack.worker():
        limit_suggestions(stack, LIMIT_BYTES)
        events = [payment(number, txn_id=f"refused-{number}") for number in range(1, 41)]
        sent = stack.score([*events[:20], long, *events[20:]])
        (letter,) = stack.read("transactions-dlq")
        assert letter.input_address == sent[20]
        assert letter.headers["dlq.reason"] == "unproducible"
        answered = [one.input_address for one in stack.read("suggestions")]
        assert sorted(answered) == sorted(address for address in sent if address != sent[20])
        listed = stack.succeed("dlq", "list", "--reason", "unproducible").stdout
        assert listed.splitlines()[-1] == "1 dead letters: 1 unproducible"

        limit_suggestions(stack, 1_048_588)
        stack.succeed("dlq", "requeue", "--reason", "unproducible")
        stack.wait_until_scored()
        assert [one.json["txn_id"] for one in stack.read("suggestions")].count(letters[:128]) == 1
