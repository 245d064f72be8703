"""History: every rollout record with its evidence, the hash chain verified, every verdict computed again."""

import re
from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from ops.rollout.audit import verdict_faults
from schemas.events.overrides import in_words
from schemas.events.rollout import RolloutRecord
from streams.rollout.follower import read_history
from streams.settings import KafkaSettings

READ_SECONDS: Final = 2.0
MOST_SHOWN: Final = 200
FAULT_OF_VERSION: Final = re.compile(r"version (\d+) ")


class Entry(Struct, frozen=True, kw_only=True):
    """One record as the page shows it; ``fault`` says why its verdict is not what its evidence gives."""

    record: RolloutRecord
    before: RolloutRecord | None
    act: str
    overrides: str
    fault: str | None

    @property
    def moved(self) -> bool:
        """Whether this record changed the share."""
        return self.before is None or self.before.basis_points != self.record.basis_points


class Page(Struct, frozen=True, kw_only=True):
    """The newest entries first; ``findings`` are what ``rollout verify`` says, None where nobody could verify."""

    entries: tuple[Entry, ...]
    records: int
    verdicts: int
    findings: tuple[str, ...] | None


def read_page(kafka: KafkaSettings) -> Page:
    """Read the topic and verify it; raises StreamError where it cannot be read."""
    history = read_history(kafka, seconds=READ_SECONDS)
    return page_of(history.records, findings=tuple(history.findings()))


def page_of(records: Sequence[RolloutRecord], *, findings: Sequence[str] | None) -> Page:
    """Return the page of a chain; without ``findings`` it was not verified."""
    faults = [] if findings is None else verdict_faults(records)
    by_version = {int(found[1]): fault for fault in faults if (found := FAULT_OF_VERSION.match(fault))}
    befores = (None, *records[:-1])
    entries = [
        Entry(
            record=record,
            before=before,
            act=_act(record),
            overrides=in_words(record.overrides),
            fault=by_version.get(record.version),
        )
        for before, record in zip(befores, records, strict=False)
    ]
    return Page(
        entries=tuple(entries[::-1][:MOST_SHOWN]),
        records=len(records),
        verdicts=sum(record.verdict is not None for record in records),
        findings=None if findings is None else (*findings, *faults),
    )


def _act(record: RolloutRecord) -> str:
    """Return what was done beside the rollout, in one line."""
    if record.act is None:
        return ""
    return " ".join([record.act.kind, *(f"{name}={value}" for name, value in record.act.details.items())])
