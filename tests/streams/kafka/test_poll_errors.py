"""What librdkafka mends by itself is logged; what it cannot mend ends the worker, a missing topic after its time."""

import pytest
from confluent_kafka import KafkaError
from structlog.testing import capture_logs

from streams.errors import FencedError, StreamError, TopicError
from streams.kafka.poll_errors import FENCED, TOPIC_MISSING_SECONDS, PollErrors, as_stream_error

MISSING = KafkaError(KafkaError.UNKNOWN_TOPIC_OR_PART)


class Clock:
    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1_000.0
        monkeypatch.setattr("streams.kafka.poll_errors.time.monotonic", lambda: self.now)


def hear_for(errors: PollErrors, clock: Clock, seconds: float, *, every: float = 3.0) -> None:
    end = clock.now + seconds
    while clock.now < end:
        errors.hear(MISSING)
        clock.now += every


def test_a_lost_connection_is_logged_and_reading_goes_on() -> None:
    with capture_logs() as said:
        PollErrors().hear(KafkaError(KafkaError._TRANSPORT))
    assert [(line["event"], line["reason"]) for line in said] == [("poll_error", "_TRANSPORT")]


@pytest.mark.parametrize("code", FENCED)
def test_a_fenced_worker_stops_at_once(code: int) -> None:
    with pytest.raises(FencedError, match="LEDGERMIND_WORKER_NAME"):
        PollErrors().hear(KafkaError(code))


def test_a_fatal_error_stops_and_is_named() -> None:
    with pytest.raises(StreamError, match="_FATAL"):
        PollErrors().hear(KafkaError(KafkaError._FATAL))


def test_a_fatal_error_that_says_the_name_is_taken_is_a_fence() -> None:
    told = as_stream_error(KafkaError(KafkaError._FATAL, "broker: group.instance.id was fenced"))
    assert isinstance(told, FencedError)


def test_a_topic_may_be_away_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, errors = Clock(monkeypatch), PollErrors()
    hear_for(errors, clock, TOPIC_MISSING_SECONDS)
    with pytest.raises(TopicError, match="ledgermind topics create"):
        hear_for(errors, clock, 9.0)


def test_records_in_between_begin_the_time_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, errors = Clock(monkeypatch), PollErrors()
    hear_for(errors, clock, TOPIC_MISSING_SECONDS)
    errors.forget()
    hear_for(errors, clock, TOPIC_MISSING_SECONDS)


def test_so_does_a_silence_in_which_the_broker_knew_the_topic(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, errors = Clock(monkeypatch), PollErrors()
    hear_for(errors, clock, TOPIC_MISSING_SECONDS - 3.0)
    clock.now += TOPIC_MISSING_SECONDS
    hear_for(errors, clock, TOPIC_MISSING_SECONDS)
