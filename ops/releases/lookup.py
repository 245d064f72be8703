"""Lookup: the release that a command asks, by version or the newest that loads."""

from ops.errors import OpsError
from scorer.errors import ReleaseError
from scorer.release.registry import Registry
from scorer.release.release import Release
from trainer.settings import TrainerSettings


class NoReleaseError(OpsError):
    """The registry holds no release that loads."""


def choose_release(settings: TrainerSettings, *, version: str | None, registry: str | None) -> Release:
    """Return the release as it was written, without any overrides; raises NoReleaseError, ReleaseError."""
    releases = Registry(registry or settings.registry)
    if version is not None:
        return releases.load(version)
    newest = ""
    for name in reversed(releases.versions()):
        try:
            return releases.load(name)
        except ReleaseError as error:
            newest = newest or f" ({name}: {error.faults[0]})"
    raise NoReleaseError(
        f"registry {releases.location} holds no release that can be loaded{newest}: run `ledgermind train`"
    )
