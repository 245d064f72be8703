"""Revision: an earlier state of this repository, as files with a Python that has its dependencies."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import OURS, ROOT
from tests.promises.stack import Stack

LOCK = "requirements.lock"


@dataclass(frozen=True, slots=True)
class Revision:
    """One revision's code and the Python that has its dependencies."""

    tree: Path
    python: str

    @property
    def variables(self) -> dict[str, str]:
        """What lets Python find this revision's modules before any other's."""
        return {"PYTHONPATH": str(self.tree)}

    def command(self, *words: str) -> list[str]:
        """Return the command that runs ``ledgermind`` of this revision, wherever it is started."""
        return [self.python, "-P", "-m", "ops.cli", *words]

    def run(self, command: list[str], stack: Stack, **variables: str) -> str:
        """Run a command to its end, which must be 0; return what it printed."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
        done = subprocess.run(
            command,
            env=clean | stack.environment(variables) | self.variables,
            cwd=stack.folder,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{command}: {done.stderr}"
        return done.stdout


def check_out(revision: str, tree: Path) -> Revision:
    """Return the revision's files in a folder and a Python for them; skip where the clone does not hold it."""
    git = ["git", "-C", str(ROOT)]
    asked = subprocess.run([*git, "cat-file", "-e", f"{revision}^{{commit}}"], capture_output=True, check=False)
    if asked.returncode:
        pytest.skip(f"this clone does not hold revision {revision[:7]}: it is shallow, or no clone at all")
    archive = subprocess.run([*git, "archive", revision], capture_output=True, check=True).stdout
    subprocess.run(["tar", "--extract", "--directory", str(tree)], input=archive, check=True)
    found = Revision(tree, python_for(tree))
    where = [found.python, "-P", "-c", "import ops, streams; print(ops.__file__, streams.__file__)"]
    said = subprocess.run(where, env=os.environ | found.variables, cwd=tree, capture_output=True, text=True, check=True)
    assert said.stdout.split() == [str(tree / name / "__init__.py") for name in ("ops", "streams")]
    return found


def python_for(tree: Path) -> str:
    """Return a Python with what the tree locks; skip where it has to be fetched and cannot be."""
    if (tree / LOCK).read_bytes() == (ROOT / LOCK).read_bytes():
        return sys.executable
    place = tree / ".venv"
    uv = Path(sys.executable).parent / "uv"
    for command in (["venv", str(place)], ["pip", "install", "--python", str(place), "--require-hashes", "-r", LOCK]):
        done = subprocess.run([uv, "--quiet", *command], cwd=tree, capture_output=True, text=True, check=False)
        if done.returncode:
            pytest.skip(f"the earlier revision's dependencies cannot be had: {done.stderr.strip()[-200:]}")
    return str(place / "bin" / "python")
