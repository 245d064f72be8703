"""Registry: releases under one location, each written once and never changed."""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from tempfile import mkdtemp, mkstemp
from typing import Final

from scorer.errors import RegistryError
from scorer.release import registry
from scorer.release.manifest import MANIFEST, Manifest, read_manifest
from scorer.release.promotion import Promotion
from scorer.release.registry import PROMOTIONS

_TEMPORARY: Final = ".writing-"


class Registry(registry.Registry):
    """The registry as a trainer sees it: it also writes."""

    def location_of(self, version: str) -> str:
        """Return where a release lies, or would."""
        return f"{self._root}/{version}"

    def find_manifest(self, version: str) -> Manifest | None:
        """Return the manifest of a release that is there already, None where there is none that can be read."""
        try:
            return read_manifest(bytes(self._files.cat_file(f"{self.location_of(version)}/{MANIFEST}")))
        except (OSError, ValueError):
            return None

    def write(self, version: str, files: Mapping[str, bytes]) -> str:
        """Write a release under a temporary name, then give it its own; returns where it lies.

        A release that is there already with the same manifest is left alone. Raises RegistryError.
        """
        folder = self.location_of(version)
        try:
            if self._is_there(folder, files[MANIFEST]):
                return folder
            if self.is_local:
                self._write_local(Path(folder), files)
                return folder
            # A store has no rename: without its manifest, which comes last, it is no release.
            for name in sorted(files, key=lambda name: (name == MANIFEST, name)):
                self._create_object(f"{folder}/{name}", files[name])
        except OSError as error:
            raise RegistryError(self.location, f"cannot be written: {error.strerror or error}") from error
        return folder

    def _is_there(self, folder: str, manifest: bytes) -> bool:
        """Whether a release lies there with this manifest; raises RegistryError where it has another one."""
        if not self._files.exists(f"{folder}/{MANIFEST}"):
            return False
        if bytes(self._files.cat_file(f"{folder}/{MANIFEST}")) == manifest:
            return True
        version = folder.rsplit("/", 1)[-1]
        raise RegistryError(self.location, f"{version} is there already, with another manifest: releases never change")

    def _create_object(self, place: str, content: bytes) -> None:
        """Write an object that nobody has written, or leave the same one; raises RegistryError where it is another."""
        try:
            self._files.pipe_file(place, content, mode="create")
        except FileExistsError as error:
            if bytes(self._files.cat_file(place)) != content:
                raise RegistryError(
                    self.location, f"{place} is there already, with other content: another training writes this release"
                ) from error

    def append(self, promotion: Promotion) -> None:
        """Write the next link of the chain of promotions; raises RegistryError where another writer was faster."""
        folder = f"{self._root}/{PROMOTIONS}"
        name = f"{promotion.number:06d}.json"
        try:
            if self.is_local:
                _create(Path(folder) / name, promotion.to_bytes())
            else:
                self._files.pipe_file(f"{folder}/{name}", promotion.to_bytes(), mode="create")
        except FileExistsError as error:
            raise RegistryError(
                self.location, "somebody else promoted at the same time: look at `ledgermind status`, then decide again"
            ) from error
        except OSError as error:
            raise RegistryError(self.location, f"cannot be written: {error.strerror or error}") from error

    def remove(self, version: str) -> None:
        """Remove a release, its manifest first: what is left of an interrupted removal is no release."""
        folder = f"{self._root}/{version}"
        try:
            self._files.rm_file(f"{folder}/{MANIFEST}")
            self._files.rm(folder, recursive=True)
        except FileNotFoundError:
            return
        except OSError as error:
            raise RegistryError(self.location, f"{version} cannot be removed: {error.strerror or error}") from error

    @staticmethod
    def _write_local(folder: Path, files: Mapping[str, bytes]) -> None:
        folder.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(mkdtemp(prefix=_TEMPORARY, dir=folder.parent))
        try:
            for name, content in files.items():
                (temporary / name).write_bytes(content)
            temporary.chmod(0o755)
            temporary.rename(folder)
        except OSError:
            shutil.rmtree(temporary, ignore_errors=True)
            raise


def _create(path: Path, content: bytes) -> None:
    """Write a file whole, or not at all where there is one of its name already."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = mkstemp(prefix=_TEMPORARY, dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.link(temporary, path)
    finally:
        Path(temporary).unlink()
