"""Rollout writer: appends one record to ``rollout-state``; only one writer of a policy can succeed at a time."""

from datetime import datetime
from typing import Final

import msgspec
from confluent_kafka import KafkaError, KafkaException, Producer

from schemas.contracts.topics import ROLLOUT_STATE
from schemas.events.rollout import (
    ROLLOUT_POLICY,
    ActKind,
    RolloutRecord,
    record_key,
)
from schemas.events.rollout_history import RolloutHistory, Skipped
from schemas.events.rollout_link import NO_SHARE
from streams.errors import RolloutRecordError
from streams.kafka.clients import transactional_producer
from streams.kafka.topic_check import check_topics
from streams.rollout.change import Change, first_of_taxonomy, first_record, successor
from streams.rollout.follower import read_history
from streams.settings import KafkaSettings, SuggestSettings

TRANSACTIONAL_ID: Final = f"ledgermind-rollout-{ROLLOUT_POLICY}"
TIMEOUT_MS: Final = 10_000


def refusal(version: int, error: KafkaError) -> str:
    """Return what to tell the operator whose record Kafka did not take; a commit that never answered may have acted."""
    if error.retriable():
        return (
            f"nobody knows whether record {version} was written: the broker did not answer ({error.name()}); "
            "look at ledgermind rollout history"
        )
    return (
        f"record {version} was not written: another writer was faster, or the broker is gone ({error.name()}); "
        "look at ledgermind rollout status and decide again"
    )


class Writer:
    """Fences every other writer of the policy, reads to the end, then appends in one transaction."""

    def __init__(self, kafka: KafkaSettings) -> None:
        """Raises BrokerUnreachable, TopicError, or RolloutRecordError where the topic cannot be written or trusted."""
        check_topics(kafka, [ROLLOUT_STATE])
        self._producer = Producer(
            transactional_producer(kafka, transactional_id=TRANSACTIONAL_ID, timeout_ms=TIMEOUT_MS)
        )
        try:
            self._producer.init_transactions(TIMEOUT_MS / 1_000)
        except KafkaException as error:
            raise RolloutRecordError(
                f"rollout-state cannot be written at {kafka.bootstrap_servers} ({error.args[0].name()}); "
                "is the broker up? try again"
            ) from error
        self._history = read_history(kafka)

    @property
    def history(self) -> RolloutHistory:
        """Every record there is."""
        return self._history

    def begin(
        self,
        suggest: SuggestSettings,
        *,
        canary_model: str | None,
        actor: str,
        now: datetime,
        new_taxonomy: bool = False,
    ) -> RolloutRecord:
        """Publish record 0 unless there is one; return the record in force.

        Where ``new_taxonomy`` says so, and that record is of another taxonomy, the rollout begins anew behind it.
        """
        last = self._history.latest
        if last is not None and last.is_foreign and new_taxonomy:
            if self._history.fault is not None:
                raise RolloutRecordError(f"{last.reason}; first run: ledgermind rollout repair --reason …")
            again = first_of_taxonomy(last, suggest, canary_model=canary_model, actor=actor, now=now)
            return self._append(again)
        if last is not None:
            return last
        return self._append(first_record(suggest, canary_model=canary_model, actor=actor, now=now))

    def change(self, change: Change, *, now: datetime) -> RolloutRecord:
        """Publish the successor of the record in force and return it.

        Raises RolloutRecordError also where that record cannot be read: only a change to nobody or a repair may follow.
        """
        last = self._history.latest
        if last is None:
            raise RolloutRecordError("there is no rollout record yet; start a worker or run: ledgermind rollout init")
        is_repair = change.act is not None and change.act.kind == ActKind.REPAIR
        if self._history.fault is not None and change.percent != NO_SHARE and not is_repair:
            raise RolloutRecordError(
                f"{last.reason}; run a version that reads it, or: ledgermind rollout repair --reason …"
            )
        return self._append(successor(last, change, now=now))

    def _append(self, record: RolloutRecord) -> RolloutRecord:
        """Write a record; one that no worker would follow must not stand there for ever."""
        value = msgspec.json.encode(record)
        try:
            msgspec.json.decode(value, type=RolloutRecord)
        except msgspec.MsgspecError as error:
            raise RolloutRecordError(f"record {record.version} was not written: {error}".lower()) from error
        found = self._history.add(value, offset=self._history.end)
        if isinstance(found, Skipped) or found.fault is not None:
            raise RolloutRecordError(
                f"record {record.version} was not written: {found.why if isinstance(found, Skipped) else found.fault}"
            )
        try:
            self._producer.begin_transaction()
            self._producer.produce(ROLLOUT_STATE.name, key=record_key(record.version), value=value, partition=0)
            self._producer.commit_transaction(TIMEOUT_MS / 1_000)
        except KafkaException as error:
            raise RolloutRecordError(refusal(record.version, error.args[0])) from error
        return record
