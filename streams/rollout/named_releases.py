"""Named releases: which releases a rollout record names, and which of them it may not serve."""

from collections.abc import Mapping

import msgspec

from schemas.events.rollout import ArmPolicy, RolloutRecord
from streams.process.scoring import ServedModel


def named(record: RolloutRecord) -> list[str]:
    """Return the releases that a record names, each once."""
    versions = (record.control.model_version, record.canary.model_version)
    return [version for version in dict.fromkeys(versions) if version is not None]


def barred(record: RolloutRecord, models: Mapping[str, ServedModel]) -> list[str]:
    """Return the releases that a record would serve although their gates let them only be shadowed."""
    served = [record.control.model_version, record.canary.model_version if record.basis_points else None]
    return [
        version for version in served if version is not None and version in models and not models[version].may_serve
    ]


def rules_alone(record: RolloutRecord) -> RolloutRecord:
    """Return a record of another taxonomy as it is served here: by the rules, to everybody."""
    return msgspec.structs.replace(record, percent="0.00", shadow=False, control=ArmPolicy(), canary=ArmPolicy())
