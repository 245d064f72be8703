"""Registry: the releases under one location, local or through fsspec, to be read; ``trainer.release.registry``
writes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from scorer.errors import RegistryError, ReleaseError
from scorer.release.manifest import CARD, MANIFEST, PASS, Manifest, read_manifest
from scorer.release.object_store import open_store
from scorer.release.promotion import Promotion, follow, standing

if TYPE_CHECKING:
    from scorer.release.release import Release

MAX_CARD_BYTES: Final = 1_048_576
MAX_BYTES: Final = 512 * 1_048_576  # of a release's files together; ours hold some ten million
PROMOTIONS: Final = ".promotions"  # the folder of the chain; no release's name begins with a dot


@dataclass(frozen=True, slots=True)
class Listed:
    """One release of a registry; ``manifest`` is None where it cannot be read, ``fault`` says why."""

    version: str
    manifest: Manifest | None
    fault: str | None


class Registry:
    """The releases under a local path or a URI that fsspec knows."""

    def __init__(self, location: str) -> None:
        self.location = location
        self.is_local = "://" not in location or location.startswith("file://")
        self._files: Any
        if self.is_local:
            import fsspec  # noqa: PLC0415 - only a registry needs it, not all who import the name

            self._files, root = fsspec.core.url_to_fs(location)
        else:
            self._files, root = open_store(location)
        self._root = str(root).rstrip("/")

    def versions(self) -> list[str]:
        """Return the versions that lie there, oldest first; a version begins with its as-of day.

        Raises RegistryError where an object store does not answer.
        """
        try:
            if not self._files.exists(self._root):
                return []
            names = (str(path).rstrip("/").rsplit("/", 1)[-1] for path in self._files.ls(self._root, detail=False))
            return sorted(name for name in names if not name.startswith(".") and self._is_release(name))
        except OSError as error:
            if self.is_local:
                raise
            raise RegistryError(self.location, f"cannot be listed: {error}") from error

    def list(self) -> list[Listed]:
        """Return every release with its manifest, oldest first."""
        found = []
        for version in self.versions():
            try:
                manifest = read_manifest(bytes(self._files.cat_file(f"{self._root}/{version}/{MANIFEST}")))
                found.append(Listed(version, manifest, None))
            except (ValueError, OSError) as error:
                found.append(Listed(version, None, str(error)))
        return found

    def read(self, version: str) -> dict[str, bytes]:
        """Return the content of every file of a release; raises RegistryError where none can be read."""
        place = f"{self._root}/{version}"
        try:
            if not self._is_release(version):
                raise RegistryError(self.location, f"holds no release {version}")
            found = self._files.find(place, maxdepth=1, detail=True)  # files only
            size = sum(int(about.get("size") or 0) for about in found.values())
            if size > MAX_BYTES:
                raise RegistryError(self.location, f"{version} holds {size:,} bytes; {MAX_BYTES:,} are allowed")
            return {str(path).rsplit("/", 1)[-1]: bytes(self._files.cat_file(path)) for path in sorted(found)}
        except OSError as error:
            raise RegistryError(self.location, f"{version} cannot be read: {error.strerror or error}") from error

    def card(self, version: str) -> str | None:
        """Return the card of a release as Markdown, None where it has none; raises OSError where it cannot be read."""
        place = f"{self._root}/{version}/{CARD}"
        if not self._files.exists(place):
            return None
        return bytes(self._files.cat_file(place, 0, MAX_CARD_BYTES)).decode(errors="replace")

    def load(self, version: str) -> Release:
        """Return the checked release; raises RegistryError or ReleaseError."""
        from scorer.release.release import build_release  # noqa: PLC0415 - listing needs no ONNX Runtime

        return build_release(self.read(version), name=version, expected_version=version)

    def newest_verified(self) -> Release | None:
        """Return the newest release that loads and whose gate said PASS, None where there is none."""
        for version in reversed(self.versions()):
            try:
                release = self.load(version)
            except ReleaseError:
                continue
            if release.gate_verdict == PASS:
                return release
        return None

    def promotion_chain(self) -> tuple[bytes, ...]:
        """Return the content of every promotion, the first one first."""
        place = f"{self._root}/{PROMOTIONS}"
        try:
            if not self._files.exists(place):
                return ()
            paths = sorted(str(path) for path in self._files.ls(place, detail=False))
            return tuple(bytes(self._files.cat_file(path)) for path in paths if path.endswith(".json"))
        except OSError as error:
            if self.is_local:
                raise
            raise RegistryError(self.location, f"its promotions cannot be read: {error}") from error

    def promotions(self) -> tuple[Promotion, ...]:
        """Return every promotion, the first one first; raises RegistryError where the chain is broken."""
        try:
            return tuple(follow(self.promotion_chain()))
        except ValueError as error:
            raise RegistryError(self.location, f"its promotions cannot be trusted: {error}") from error

    def promoted(self) -> Promotion | None:
        """Return the promotion in force, None where there is none; raises RegistryError where the chain is broken."""
        standing_now = standing(self.promotions())
        return standing_now[-1] if standing_now else None

    def champion(self, version: str | None) -> Release | None:
        """Return what a new model is compared with: the champion that the rollout names, else the newest that passed.

        Raises RegistryError or ReleaseError where the rollout's champion is gone or does not load.
        """
        if version is None:
            return self.newest_verified()
        if not self._is_release(version):
            mend = "put it back, or name another: ledgermind rollout set --control <release>"
            raise RegistryError(self.location, f"holds no release {version}, the champion of the rollout: {mend}")
        return self.load(version)

    def path_of(self, version: str) -> Path:
        """Return the local directory of a release; raises RegistryError where the registry is remote."""
        if not self.is_local:
            raise RegistryError(self.location, "is not on this machine")
        return Path(self._root) / version

    def _is_release(self, version: str) -> bool:
        return bool(self._files.exists(f"{self._root}/{version}/{MANIFEST}"))
