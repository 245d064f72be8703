"""Loaded releases: those that the rollout names and the newest of the registry, each loaded once."""

import threading
from collections.abc import Callable
from typing import Final

import msgspec
from msgspec import Struct

from schemas.events.rollout import RolloutRecord
from scorer.errors import ScorerError
from scorer.model.explain import Explainer
from scorer.release.registry import Registry
from scorer.release.release import Release

NEWEST: Final = "newest of the registry"
LOADING: Final = "It is being loaded: ask again in a few seconds."


class Loaded(Struct, frozen=True, kw_only=True):
    """A release and its role; without ``release``, ``fault`` says why it does not answer."""

    version: str
    role: str
    release: Release | None = None
    explainer: Explainer | None = None
    fault: str | None = None


class LoadedReleases:
    """At most three: control's, the canary's and the newest; one that the rollout left is dropped."""

    def __init__(self, registry: str, *, record: Callable[[], RolloutRecord | None]) -> None:
        self._registry = Registry(registry)
        self._record = record
        self._kept: dict[str, Loaded] = {}
        self._loading = threading.Lock()

    def load(self) -> None:
        """Load what is not loaded yet; raises OSError where the registry cannot be listed."""
        with self._loading:
            versions = self._registry.versions()
            roles = roles_of(self._record())
            wanted = dict.fromkeys([*roles, *versions[-1:]])
            self._kept = {version: one for version, one in self._kept.items() if version in wanted}
            for version in wanted:
                if version not in self._kept or self._kept[version].release is None:
                    self._kept = {**self._kept, version: self._load(version)}

    def all(self) -> list[Loaded]:
        """Return the releases with the roles that they have now; one that is not there yet says so."""
        kept, roles = self._kept, roles_of(self._record())
        named = [kept.get(version) or Loaded(version=version, role="", fault=LOADING) for version in roles]
        others = [one for version, one in kept.items() if version not in roles]
        return [msgspec.structs.replace(one, role=roles.get(one.version, NEWEST)) for one in (*named, *others)]

    def _load(self, version: str) -> Loaded:
        try:
            release = self._registry.load(version)
        except (ScorerError, OSError) as error:
            return Loaded(version=version, role="", fault=" ".join(str(error).split()))
        return Loaded(version=version, role="", release=release, explainer=Explainer(release.model))


def roles_of(record: RolloutRecord | None) -> dict[str, str]:
    """Return each release that a record names, with its arm or arms."""
    found: dict[str, str] = {}
    arms = () if record is None else (("control", record.control), ("canary", record.canary))
    for role, arm in arms:
        if arm.model_version is not None:
            found[arm.model_version] = f"{found[arm.model_version]} and {role}" if arm.model_version in found else role
    return found
