"""Release choice: the release that a command asks, by version or the newest that loads."""

from ops.errors import OpsError
from scorer.errors import ReleaseError
from scorer.registry import Registry
from scorer.release import Release
from scorer.thresholds import parse_override
from trainer.settings import TrainerSettings


class NoReleaseError(OpsError):
    """The registry holds no release that loads."""


def choose_release(settings: TrainerSettings, *, version: str | None, registry: str | None) -> Release:
    """Return the release with SUGGEST_THRESHOLDS_JSON applied; raises NoReleaseError, ReleaseError, ThresholdsError."""
    releases = Registry(registry or settings.registry)
    override = parse_override(settings.thresholds_json)
    if version is not None:
        return releases.load(version).with_thresholds(override)
    for name in reversed(releases.versions()):
        try:
            return releases.load(name).with_thresholds(override)
        except ReleaseError:
            continue
    raise NoReleaseError(f"registry {releases.location} holds no release that loads: run `ledgermind train`")
