"""Serving check: whether what a rollout record would serve may be served, looked up before the record is written."""

from ops.errors import OpsError
from schemas.events.rollout import RolloutRecord
from scorer.errors import RegistryError, ReleaseError
from scorer.release.manifest import PASS
from scorer.release.registry import Registry


class NotServableError(OpsError):
    """A release that the record names is not there, does not load, or may only be shadowed; ``version`` names it."""

    exit_code = 3

    def __init__(self, version: str, what: str) -> None:
        self.version = version
        super().__init__(what)


def require_servable(record: RolloutRecord, registry: Registry) -> None:
    """Raise NotServableError unless every release named loads and those that would answer users were passed.

    Control's model answers always, the canary's from the first user on. A gate that mutes categories passes like any
    other: what it muted cannot be served.
    """
    served = {record.control.model_version, record.canary.model_version if record.basis_points else None}
    for version in (record.control.model_version, record.canary.model_version):
        if version is None:
            continue
        try:
            release = registry.load(version)
        except (ReleaseError, RegistryError) as error:
            raise NotServableError(version, f"{error}; `ledgermind status` lists what there is") from error
        gate = release.manifest.gate
        if version in served and gate.verdict != PASS:
            reasons = "; ".join(gate.reasons) or "no reason given"
            raise NotServableError(
                version,
                f"{version} may only be shadowed, at 0 %: its gate ({gate.mode}) said {gate.verdict}: {reasons}",
            )
