"""Lint the workflows with actionlint, which Go builds; says plainly where it cannot be had."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
ACTIONLINT = "github.com/rhysd/actionlint/cmd/actionlint@v1.7.12"
# Of a Go that cannot reach a module, not of actionlint, which names file, line and column.
UNREACHABLE = ("dial tcp", "no such host", "lookup ", "i/o timeout", "connection refused", "proxyconnect")


def lint(go: str | None, folder: Path) -> tuple[int, str]:
    """Return the exit code and what there is to say; 0 with the reason where actionlint cannot be had."""
    workflows = sorted(folder.glob("*.yml"))
    if go is None:
        return 0, "workflows: skipped, go is not on the PATH and builds actionlint"
    answer = subprocess.run(
        [go, "run", ACTIONLINT, "-no-color", *map(str, workflows)],
        capture_output=True, text=True, check=False, cwd=ROOT,
        env=os.environ | {"GOFLAGS": "-mod=mod", "GOTOOLCHAIN": "local"},
    )  # fmt: skip
    said = (answer.stdout + answer.stderr).strip()
    if answer.returncode and any(words in said for words in UNREACHABLE):
        return 0, f"workflows: skipped, actionlint cannot be fetched: {said.splitlines()[-1]}"
    if answer.returncode:
        return answer.returncode, said
    return 0, f"workflows: {len(workflows)} linted, no fault"


def main() -> int:
    """Lint; returns what actionlint left with."""
    code, said = lint(shutil.which("go"), ROOT / ".github" / "workflows")
    print(said)  # noqa: T201
    return code


if __name__ == "__main__":
    sys.exit(main())
