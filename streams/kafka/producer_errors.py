"""Producer errors: what a failed transaction means for its records, and for the process."""

from typing import Final

from confluent_kafka import KafkaError, KafkaException

from streams.errors import FencedError, ProducerFatalError

# librdkafka reports a transaction that timed out with the same fatal codes as a second worker of this name.
FENCED: Final = (KafkaError._FENCED, KafkaError.PRODUCER_FENCED, KafkaError.INVALID_PRODUCER_EPOCH)
# What the broker, or the client in its stead, says of a record that no repetition makes acceptable: of its time, of its
# size, of what the topic's settings demand. Rights and outages are none of these: they are the same for every record.
REFUSALS: Final = frozenset(
    {
        KafkaError.INVALID_TIMESTAMP,
        KafkaError.MSG_SIZE_TOO_LARGE,
        KafkaError.RECORD_LIST_TOO_LARGE,
        KafkaError.INVALID_MSG_SIZE,
        KafkaError.INVALID_RECORD,
        KafkaError.POLICY_VIOLATION,
    }
)


def reason_of(error: KafkaException) -> KafkaError:
    """Return what the client or the broker said."""
    reason = error.args[0]
    assert isinstance(reason, KafkaError)
    return reason


def as_fatal(reason: KafkaError) -> ProducerFatalError | FencedError:
    """Return what ends the process, and what its operator is told."""
    if reason.code() in FENCED:
        return FencedError(
            "the broker takes no transaction of this worker any more: another one may have its name, or a transaction "
            "took too long; this one stops, its parent starts it again (give each worker its own "
            "LEDGERMIND_WORKER_NAME)"
        )
    return ProducerFatalError(f"the transactional producer can go on no more: {reason.name()}")
