"""Go programs: servers that only Go's module proxy has, built once and kept in the project's cache."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest


def go_program(module: str) -> Path:
    """Return the program of a module such as ``example.org/server@v1.2.3``; skips where it cannot be built."""
    name = module.partition("@")[0].rsplit("/", 1)[-1]
    place = Path(os.environ["LEDGERMIND_CACHE"]).resolve() / name
    if not place.exists():
        if shutil.which("go") is None:
            pytest.skip(f"{name} needs Go: go not on the PATH")
        built = subprocess.run(
            ["go", "install", module],
            env=os.environ | {"GOBIN": str(place.parent)},
            capture_output=True,
            text=True,
            timeout=1_200,
            check=False,
        )
        if built.returncode:
            pytest.skip(f"{name} cannot be built: {built.stderr.strip().splitlines()[-1]}")
    return place
