"""GCS server: one that speaks the API of Google Cloud Storage, objects in memory, and a Python with its client.

The client (gcsfs) is an extra that the project's own environment does not have: it gets an environment of its own,
which finds our packages behind those that came with the client.
"""

import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

from ops.local.cache import cache_directory
from ops.local.ports import LOOPBACK, is_open
from ops.local.process import start, stop
from ops.patience import wait_for
from tests.conftest import ROOT
from tests.support.go_programs import go_program

MODULE: Final = "github.com/fsouza/fake-gcs-server@v1.56.1"
CLIENT: Final = "gcsfs==2026.10.1"
BUCKET: Final = "models"


@contextmanager
def running(folder: Path, *, port: int) -> Iterator[None]:
    """Run a server with one empty bucket until the context ends."""
    (folder / "data" / BUCKET).mkdir(parents=True, exist_ok=True)
    command = [str(go_program(MODULE)), "-scheme", "http", "-host", LOOPBACK, "-port", str(port)]
    command += ["-backend", "memory", "-data", str(folder / "data"), "-external-url", f"http://{LOOPBACK}:{port}"]
    process = start(command, log=folder / "gcs.log", environment={})
    try:
        wait_for(lambda: is_open(port), f"the GCS server (see {folder / 'gcs.log'})")
        yield
    finally:
        stop(process)


def variables(port: int) -> dict[str, str]:
    """Return the variables by which Google's clients find it."""
    return {"STORAGE_EMULATOR_HOST": f"http://{LOOPBACK}:{port}"}


def python_with_client() -> Path:
    """Return a Python that has gcsfs and finds our packages, with the ``ledgermind`` command beside it, else skip."""
    python = cache_directory().resolve() / CLIENT.replace("==", "-") / "bin" / "python"
    if not python.exists():
        uv = Path(sys.executable).parent / "uv"
        subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, python.parents[1]], check=True)
        install = [str(uv), "pip", "install", "--quiet", "--python", str(python), CLIENT]
        if subprocess.run(install, check=False).returncode:
            shutil.rmtree(python.parents[1])
            pytest.skip(f"{CLIENT} cannot be installed")
    asked = [str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    packages = Path(subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip())
    (packages / "ledgermind.pth").write_text(f"{ROOT}\n{sysconfig.get_path('purelib')}\n")
    command = python.with_name("ledgermind")
    command.write_text(f"#!{python}\nfrom ops.cli.__main__ import main\n\nmain()\n")
    command.chmod(0o755)
    return python
