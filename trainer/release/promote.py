"""Promote: pins a verified release as one to go back to, or goes back to the one before."""

from collections.abc import Sequence
from datetime import datetime

from schemas.hash_chain import GENESIS_HASH, hash_bytes
from scorer.errors import RegistryError
from scorer.release.manifest import MANIFEST, hash_of, read_manifest
from scorer.release.promotion import Action, Promotion, standing
from trainer.errors import PromotionRefused
from trainer.evaluation.gate import GateVerdict
from trainer.release.registry import Registry
from trainer.release.verify import verify


def promote(registry: Registry, version: str, *, actor: str, reason: str, now: datetime) -> Promotion:
    """Verify a release, append its promotion and return it; one that is promoted already stays as it is.

    Raises PromotionRefused where it is damaged or its gate did not pass it, RegistryError where there is none.
    """
    in_force = registry.promoted()
    manifest_hash = _require_sound(registry, version)
    if in_force is not None and (in_force.model_version, in_force.manifest_hash) == (version, manifest_hash):
        return in_force
    return _append(registry, Action.PROMOTE, version, manifest_hash, actor=actor, reason=reason, now=now)


def roll_back(registry: Registry, *, actor: str, reason: str, now: datetime) -> Promotion:
    """Go back to the release that was promoted before the one in force, if it is still what it was.

    Raises PromotionRefused where it is damaged, RegistryError where there is none before.
    """
    left = standing(registry.promotions())
    if len(left) < 2:
        raise RegistryError(registry.location, _why_none_before(registry, left))
    before = left[-2]
    if _require_sound(registry, before.model_version) != before.manifest_hash:
        raise PromotionRefused(before.model_version, ["its manifest is not the one that was promoted"])
    return _append(
        registry, Action.ROLLBACK, before.model_version, before.manifest_hash, actor=actor, reason=reason, now=now
    )


def _why_none_before(registry: Registry, left: Sequence[Promotion]) -> str:
    """Return what is missing for a rollback, and what can be done instead."""
    if not left:
        return "no release is promoted, so none can be rolled back: promote one with `ledgermind registry promote`"
    here = left[-1].model_version
    passed = [
        release.version
        for release in registry.list()
        if release.version != here
        and release.manifest is not None
        and release.manifest.gate.verdict == GateVerdict.PASS
    ]
    others = f"`ledgermind registry promote` takes one of {', '.join(passed)}" if passed else "no other passed its gate"
    return f"no release was promoted before {here}, so there is no release to go back to; {others}"


def _require_sound(registry: Registry, version: str) -> str:
    """Return the hash of the manifest of a release that verification and gate passed."""
    files = registry.read(version)
    finding = verify(files, name=version)
    if finding.faults:
        raise PromotionRefused(version, finding.faults)
    gate = read_manifest(files[MANIFEST]).gate
    if gate.verdict != GateVerdict.PASS:
        raise PromotionRefused(version, [f"its gate ({gate.mode}) said {gate.verdict}", *gate.reasons])
    return hash_of(files[MANIFEST])


def _append(
    registry: Registry,
    action: Action,
    version: str,
    manifest_hash: str,
    *,
    actor: str,
    reason: str,
    now: datetime,
) -> Promotion:
    chain = registry.promotion_chain()
    record = Promotion(
        number=len(chain) + 1,
        action=action,
        model_version=version,
        manifest_hash=manifest_hash,
        actor=actor,
        reason=reason,
        at=now.isoformat(timespec="microseconds"),
        previous_hash=hash_bytes(chain[-1]) if chain else GENESIS_HASH,
    )
    registry.append(record)
    return record
