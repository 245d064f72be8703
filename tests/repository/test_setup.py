"""Where `make setup` installs: into the tree's own .venv, whatever environment is active in the shell."""

import subprocess

from tests.conftest import ROOT


def test_setup_installs_into_the_tree_s_own_environment() -> None:
    """uv prefers the environment that is active to the one it stands in: each install names its Python."""
    asked = ["make", "--dry-run", "--always-make", "setup"]
    lines = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    installs = [line for line in lines if "uv pip install" in line]
    assert installs
    assert [line for line in installs if "--python .venv/bin/python " not in line] == []
