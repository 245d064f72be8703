"""Registry: releases under one location, each written once and never changed."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from tempfile import mkdtemp
from typing import Final

from scorer import registry
from scorer.errors import RegistryError
from scorer.manifest import MANIFEST

_TEMPORARY: Final = ".writing-"


class Registry(registry.Registry):
    """The registry as a trainer sees it: it also writes."""

    def write(self, version: str, files: Mapping[str, bytes]) -> str:
        """Write a release under a temporary name, then give it its own; returns where it lies.

        A release that is there already with the same manifest is left alone. Raises RegistryError.
        """
        place = f"{self._root}/{version}"
        if self._files.exists(f"{place}/{MANIFEST}"):
            if bytes(self._files.cat_file(f"{place}/{MANIFEST}")) == files[MANIFEST]:
                return place
            raise RegistryError(
                self.location, f"{version} is there already, with another manifest: releases never change"
            )
        try:
            if self.is_local:
                self._write_local(Path(place), files)
            else:
                for name in sorted(files, key=lambda name: name == MANIFEST):  # without a manifest it is no release
                    self._files.pipe_file(f"{place}/{name}", files[name])
        except OSError as error:
            raise RegistryError(self.location, f"cannot be written: {error.strerror or error}") from error
        return place

    @staticmethod
    def _write_local(place: Path, files: Mapping[str, bytes]) -> None:
        place.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(mkdtemp(prefix=_TEMPORARY, dir=place.parent))
        try:
            for name, content in files.items():
                (temporary / name).write_bytes(content)
            temporary.chmod(0o755)
            temporary.rename(place)
        except OSError:
            shutil.rmtree(temporary, ignore_errors=True)
            raise
