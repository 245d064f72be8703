"""Installed: the wheel of this checkout in a virtual environment of its own, asked from a folder full of traps.

The environment holds the wheel's files and reads every dependency from this one's site-packages, through a path file.
No editable install works in it, so what is not in the wheel is not found. It costs seconds and no download, but that
of setuptools where uv has none cached.
"""

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ops.local.ports import LOOPBACK, free_port
from tests.promises.program import Finished, environment

ROOT: Final = Path(__file__).parents[2]
TRAPS: Final = ("ops", "schemas", "rules", "warehouse", "streams", "scorer", "trainer")


@dataclass(frozen=True, slots=True)
class Installed:
    """A wheel, the environment that it is installed in, and a folder whose own packages raise on import."""

    wheel: Path
    prefix: Path
    folder: Path

    @property
    def ledgermind(self) -> Path:
        """The command."""
        return self.prefix / "bin" / "ledgermind"

    def run(self, *arguments: str, **variables: str) -> Finished:
        """Run one command in the folder to its end."""
        return self._run([str(self.ledgermind), *arguments], variables)

    def python(self, code: str) -> Finished:
        """Run Python in the folder, without the folder on its path."""
        return self._run([str(self.prefix / "bin" / "python"), "-P", "-c", code], {})

    def _run(self, command: list[str], variables: dict[str, str]) -> Finished:
        done = subprocess.run(
            command, cwd=self.folder, env=environment(variables), capture_output=True, text=True, check=False
        )
        return Finished(done.returncode, done.stdout, done.stderr)


def nowhere() -> str:
    """Return an address on which nobody listens."""
    return f"{LOOPBACK}:{free_port()}"


def tracked_files() -> list[Path]:
    """Return every file of the checkout that git knows or would take, relative to its folder."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [Path(name) for name in listed.split("\0") if name and (ROOT / name).is_file()]


def install(folder: Path) -> Installed:
    """Build the wheel from a copy of the checkout and install it; nothing is written to the checkout."""
    source = folder / "source"
    for file in tracked_files():
        if file.parts[0] not in {"tests", "docs"}:
            (source / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / file, source / file)
    uv = [str(Path(sys.executable).parent / "uv"), "--quiet"]
    build = [*uv, "build", "--wheel", "--out-dir", str(folder / "dist"), str(source)]
    if subprocess.run([*build, "--offline"], capture_output=True, check=False).returncode:  # cached since the setup
        subprocess.run(build, check=True, env=os.environ | {"UV_SYSTEM_CERTS": "true"})
    (wheel,) = (folder / "dist").glob("*.whl")
    shutil.rmtree(source)  # nothing may be read from it
    prefix = folder / "environment"
    venv.create(prefix, symlinks=True)
    python = str(prefix / "bin" / "python")
    subprocess.run([*uv, "pip", "install", "--offline", "--no-deps", "--python", python, str(wheel)], check=True)
    (packages,) = prefix.glob("lib/python*/site-packages")
    (packages / "dependencies.pth").write_text(f"{sysconfig.get_path('purelib')}\n")
    work = folder / "work"
    for name in TRAPS:
        (work / name).mkdir(parents=True)
        (work / name / "__init__.py").write_text(f"raise RuntimeError('the folder has its own {name}')\n")
    return Installed(wheel, prefix, work)
