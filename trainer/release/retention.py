"""Retention: which releases of a registry are no longer needed."""

from collections.abc import Mapping
from dataclasses import dataclass

from scorer.release.manifest import PASS
from scorer.release.promotion import standing
from trainer.release.registry import Registry


@dataclass(frozen=True, slots=True)
class RetentionDecision:
    """One release, and why it is kept; ``reason`` is None where nothing stands against its removal."""

    version: str
    reason: str | None


def plan_retention(registry: Registry, *, named: Mapping[str, str], newest: int) -> list[RetentionDecision]:
    """Return every release, oldest first, with the reason to keep it.

    ``named`` gives a reason for each version that must stay whatever its age, such as those that a rollout record
    names. Beside them stay the promoted release and the one before it, the newest that its gate passed, and the
    ``newest`` last ones. Raises RegistryError where the promotions cannot be trusted.
    """
    listed = registry.list()
    reasons = {
        release.version: f"one of the {newest} newest" for release in listed[len(listed) - newest :] if newest > 0
    }
    passed = [item.version for item in listed if item.manifest is not None and item.manifest.gate.verdict == PASS]
    if passed:
        reasons[passed[-1]] = "the newest that its gate passed"
    reasons |= named
    left = standing(registry.promotions())
    if len(left) > 1:
        reasons[left[-2].model_version] = "promoted before the one in force"
    if left:
        reasons[left[-1].model_version] = "promoted"
    return [RetentionDecision(release.version, reasons.get(release.version)) for release in listed]
