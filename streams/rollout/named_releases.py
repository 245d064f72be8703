"""Named releases: which releases a rollout record names, and which of them it may not serve."""

from collections.abc import Mapping

from schemas.events.rollout import RolloutRecord
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
