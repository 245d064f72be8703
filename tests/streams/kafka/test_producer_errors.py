"""A failed transaction ends the process with what its operator must do; a refused record does not."""

import pytest
from confluent_kafka import KafkaError, KafkaException

from streams.errors import FencedError, ProducerFatalError
from streams.kafka.producer_errors import FENCED, REFUSALS, as_fatal, reason_of


@pytest.mark.parametrize("code", FENCED)
def test_a_second_worker_of_one_name_is_pointed_out(code: int) -> None:
    told = as_fatal(KafkaError(code))
    assert isinstance(told, FencedError)
    assert "LEDGERMIND_WORKER_NAME" in str(told)


def test_anything_else_is_named_as_the_client_names_it() -> None:
    told = as_fatal(KafkaError(KafkaError.TOPIC_AUTHORIZATION_FAILED))
    assert isinstance(told, ProducerFatalError)
    assert not isinstance(told, FencedError)
    assert "TOPIC_AUTHORIZATION_FAILED" in str(told)


def test_rights_and_outages_are_no_refusal_of_a_record() -> None:
    outages = {KafkaError.TOPIC_AUTHORIZATION_FAILED, KafkaError._TRANSPORT, KafkaError.NOT_ENOUGH_REPLICAS}
    assert not REFUSALS & (outages | set(FENCED))


def test_the_reason_is_what_the_exception_carries() -> None:
    error = KafkaError(KafkaError.INVALID_TIMESTAMP)
    assert reason_of(KafkaException(error)) is error
    with pytest.raises(AssertionError):
        reason_of(KafkaException("no reason"))
