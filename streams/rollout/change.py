"""Rollout change: what is asked of the next record, and the record that follows from it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

import msgspec

from schemas.events.overrides import Override, hash_overrides
from schemas.events.rollout import (
    Act,
    ArmPolicy,
    Evidence,
    RolloutRecord,
    ThresholdsSource,
    Verdict,
    with_hash,
)
from schemas.hash_chain import GENESIS_HASH
from schemas.taxonomy import TAXONOMY_VERSION, Category
from streams.errors import RolloutRecordError, SettingsError
from streams.rollout.overrides import OverridesChange, changed, first_overrides
from streams.settings import SuggestSettings

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
            taxonomy_version=TAXONOMY_VERSION,
        )
    )


def first_of_taxonomy(
    last: RolloutRecord, suggest: SuggestSettings, *, canary_model: str | None, actor: str, now: datetime
) -> RolloutRecord:
    """Return the record that begins the rollout anew behind one of another taxonomy: shadow alone, nobody served.

    Nothing that was decided in other categories goes on: neither releases nor overrides, nor what proved them.
    """
    first = first_record(suggest, canary_model=canary_model, actor=actor, now=now)
    return with_hash(
        msgspec.structs.replace(
            first,
            version=last.version + 1,
            percent="0.00",
            shadow=True,
            salt=last.salt,
            reason=f"first record of taxonomy {TAXONOMY_VERSION}, after {last.taxonomy_version}",
            prev_hash=last.hash,
        )
    )


def source_of(overrides: Mapping[Category, Override]) -> ThresholdsSource:
    """Return where the thresholds come from: the releases alone, or overrides too."""
    return ThresholdsSource.OVERRIDE if overrides else ThresholdsSource.RELEASE


def refuse_foreign(last: RolloutRecord) -> None:
    """Raise RolloutRecordError for a record of another taxonomy: no release of this one may follow it unasked."""
    if last.is_foreign:
        raise RolloutRecordError(
            f"the rollout is of taxonomy {last.taxonomy_version}, this command's is {TAXONOMY_VERSION}: name its file "
            "(--taxonomy FILE), or begin the rollout anew: ledgermind rollout init --new-taxonomy"
        )


def successor(last: RolloutRecord, change: Change, *, now: datetime) -> RolloutRecord:
    """Return the record that follows ``last``.

    Raises RolloutRecordError where another writer was faster, SettingsError where overrides cannot change as asked.
    """
    if change.expect_version is not None and change.expect_version != last.version:
        raise RolloutRecordError(
            f"the rollout is at version {last.version}, not {change.expect_version}: somebody changed it; "
            "look at ledgermind rollout status and decide again"
        )
    refuse_foreign(last)
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
