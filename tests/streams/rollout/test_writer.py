"""The writer tells an operator whose record was not taken what became of it."""

from confluent_kafka import KafkaError

from streams.rollout.writer import refusal


def test_a_commit_that_was_fenced_and_one_that_was_never_answered_are_told_apart() -> None:
    fenced = refusal(3, KafkaError(KafkaError._FENCED, "", True, False, False))
    assert fenced.startswith("record 3 was not written: another writer was faster")
    silent = refusal(3, KafkaError(KafkaError._TIMED_OUT, "", False, True, False))
    assert silent.startswith("nobody knows whether record 3 was written")
