"""No tracked file says where a package came from, or on which machine it was written."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import ROOT

# Put together here, or this file would be the first that is found.
HOSTS = tuple(
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("npmjs", "org"),
        ("npmjs", "com"),
        ("repo", "maven", "apache", "org"),
        ("repo1", "maven", "org"),
        ("deb", "debian", "org"),
    )
)
PATHS = tuple("/" + "/".join(parts) for parts in (("work", "main"), ("work", "shared"), ("root", ""), ("tmp", "bash")))


def tracked() -> list[Path]:
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("not a git checkout: nobody can say which files are tracked")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    return [ROOT / name for name in listed.decode().split("\0") if name and (ROOT / name).is_file()]


def find(needles: tuple[str, ...], files: list[Path]) -> list[str]:
    """Return each file that holds one of the needles, with it."""
    contents = ((path, path.read_bytes()) for path in files)
    return [f"{path.name}: {needle}" for path, held in contents for needle in needles if needle.encode() in held]


@pytest.mark.parametrize("needles", [pytest.param(HOSTS, id="hosts"), pytest.param(PATHS, id="paths")])
def test_no_tracked_file_holds_one(needles: tuple[str, ...]) -> None:
    assert find(needles, tracked()) == []


def test_a_file_that_holds_one_is_found(tmp_path: Path) -> None:
    (tmp_path / "lock").write_text(f"--index-url https://{HOSTS[0]}/simple\n")
    assert find(HOSTS, [tmp_path / "lock"]) == [f"lock: {HOSTS[0]}"]
