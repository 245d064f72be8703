"""Rollout writer: appends one record to ``rollout-state``; only one writer of a policy can succeed at a time."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

import msgspec
from confluent_kafka import KafkaError, KafkaException, Producer

from schemas.contracts.topics import ROLLOUT_STATE
from schemas.events.overrides import Override, hash_overrides
from schemas.events.rollout import (
    ROLLOUT_POLICY,
    Act,
    ActKind,
    ArmPolicy,
    Evidence,
    RolloutRecord,
    ThresholdsSource,
    Verdict,
    record_key,
    with_hash,
)
from schemas.events.rollout_history import RolloutHistory, Skipped
from schemas.events.rollout_link import NO_SHARE
from schemas.hash_chain import GENESIS_HASH
from schemas.taxonomy import Category
from streams.errors import RolloutRecordError, SettingsError
from streams.kafka.clients import transactional_producer
from streams.kafka.topic_check import check_topics
from streams.rollout.follower import read_history
from streams.rollout.overrides import OverridesChange, changed, first_overrides
from streams.settings import KafkaSettings, SuggestSettings

TRANSACTIONAL_ID: Final = f"ledgermind-rollout-{ROLLOUT_POLICY}"
TIMEOUT_MS: Final = 10_000
_PERCENT: Final = re.compile(r"(100(\.00?)?|\d{1,2}(\.\d{1,2})?)%?")


@dataclass(frozen=True, slots=True)
class Change:
    """What the next record changes; None keeps what the last one said."""

    actor: str
    reason: str
    percent: str | None = None
    shadow: bool | None = None
    shadow_percent: str | None = None
    control: ArmPolicy | None = None
    canary: ArmPolicy | None = None
    overrides: OverridesChange | None = None
    verdict: Verdict | None = None
    evidence: Evidence | None = None
    act: Act | None = None
    expect_version: int | None = None


def parse_percent(text: str) -> str:
    """Return ``10``, ``10%`` or ``12.5`` as the record writes it (``10.00``); raises SettingsError on nonsense."""
    match = _PERCENT.fullmatch(text.strip())
    if match is None:
        raise SettingsError(f"{text!r} is not a share; give 0 to 100 with at most two decimals, such as 10 or 12.5%")
    return f"{Decimal(match[1]):.2f}"


def first_record(suggest: SuggestSettings, *, canary_model: str | None, actor: str, now: datetime) -> RolloutRecord:
    """Return record 0, built from the environment; raises SettingsError on nonsense there."""
    overrides = first_overrides(suggest)
    return with_hash(
        RolloutRecord(
            version=0,
            percent=parse_percent(suggest.use_model_canary),
            shadow=suggest.enable_shadow,
            shadow_percent="100.00",
            control=ArmPolicy(),
            canary=ArmPolicy(canary_model),
            salt=suggest.canary_salt,
            thresholds_source=source_of(overrides),
            overrides=overrides,
            overrides_hash=hash_overrides(overrides),
            actor=actor,
            reason="first record",
            decided_at=now,
            verdict=None,
            evidence=None,
            prev_hash=GENESIS_HASH,
            hash="",
        )
    )


def source_of(overrides: Mapping[Category, Override]) -> ThresholdsSource:
    """Return where the thresholds come from: the releases alone, or overrides too."""
    return ThresholdsSource.OVERRIDE if overrides else ThresholdsSource.RELEASE


def successor(last: RolloutRecord, change: Change, *, now: datetime) -> RolloutRecord:
    """Return the record that follows ``last``.

    Raises RolloutRecordError where another writer was faster, SettingsError where overrides cannot change as asked.
    """
    if change.expect_version is not None and change.expect_version != last.version:
        raise RolloutRecordError(
            f"the rollout is at version {last.version}, not {change.expect_version}: somebody changed it; "
            "look at ledgermind rollout status and decide again"
        )
    overrides = last.overrides if change.overrides is None else changed(last.overrides, change.overrides)
    return with_hash(
        msgspec.structs.replace(
            last,
            version=last.version + 1,
            percent=last.percent if change.percent is None else change.percent,
            shadow=last.shadow if change.shadow is None else change.shadow,
            shadow_percent=last.shadow_percent if change.shadow_percent is None else change.shadow_percent,
            control=last.control if change.control is None else change.control,
            canary=last.canary if change.canary is None else change.canary,
            thresholds_source=source_of(overrides),
            overrides=overrides,
            overrides_hash=hash_overrides(overrides),
            actor=change.actor,
            reason=change.reason,
            decided_at=now,
            verdict=change.verdict,
            evidence=change.evidence,
            act=change.act,
            prev_hash=last.hash,
        )
    )


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

    def begin(self, suggest: SuggestSettings, *, canary_model: str | None, actor: str, now: datetime) -> RolloutRecord:
        """Publish record 0 unless there is one; return the record in force."""
        if self._history.latest is not None:
            return self._history.latest
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
