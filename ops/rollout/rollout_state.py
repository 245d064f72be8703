"""Rollout state: where the rollout stands by its own records, and since when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from schemas.events.rollout import RolloutRecord
from scorer.rollout.metrics import Standing


@dataclass(frozen=True, slots=True)
class Place:
    """The record in force; since which record share and releases stand, and since when evidence counts."""

    record: RolloutRecord
    stable_version: int
    stable_since: datetime  # share, releases and thresholds as they are
    evidence_since: datetime  # releases and thresholds as they are, at whatever share
    latched: bool  # taken back, and not advanced since

    def standing(self, *, expected_fallback: float, now: datetime) -> Standing:
        """Return what the records alone say."""
        return Standing(
            percent=self.record.basis_points / 100,
            has_model=self.record.canary.model_version is not None,
            has_champion=self.record.control.model_version is not None,
            latched=self.latched,
            stable_seconds=max(0.0, (now - self.stable_since).total_seconds()),
            expected_fallback=expected_fallback,
        )

    @property
    def arm(self) -> str:
        """Whose answers are looked at: control's, scored in shadow, while nobody is in the canary."""
        return "canary" if self.record.basis_points else "control"


def place(records: Sequence[RolloutRecord]) -> Place:
    """Read where the rollout stands; there is a record at least."""
    last = records[-1]
    stable = evidence = last
    same_share = True
    for record in reversed(records[:-1]):
        if _releases(record) != _releases(last):
            break
        evidence = record
        same_share = same_share and record.basis_points == last.basis_points
        stable = record if same_share else stable
    return Place(
        record=last,
        stable_version=stable.version,
        stable_since=stable.decided_at,
        evidence_since=evidence.decided_at,
        latched=_is_latched(records),
    )


def _releases(record: RolloutRecord) -> tuple[object, ...]:
    return record.control, record.canary, record.overrides_hash, record.salt, record.taxonomy_version


def _is_latched(records: Sequence[RolloutRecord]) -> bool:
    """Whether this canary served somebody and was taken back to nobody; another canary begins anew."""
    last = records[-1]
    if last.basis_points:
        return False
    for record in reversed(records):
        if record.canary != last.canary or record.taxonomy_version != last.taxonomy_version:
            return False
        if record.basis_points:
            return True
    return False
