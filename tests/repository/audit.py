"""Ask the advisory database about every pinned package, and say plainly how many it did not know."""

import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NotRequired, TypedDict

LOCK = Path(__file__).parents[2] / "requirements.lock"
PIP_AUDIT = ("tool", "run", "--from", "pip-audit==2.9.0", "pip-audit", "--disable-pip", "--require-hashes")


class Vulnerability(TypedDict):
    """One entry of the advisory database, and the versions without it."""

    id: str
    fix_versions: list[str]


class Dependency(TypedDict):
    """What pip-audit reports of one package; one that it could not ask about has a reason and no version."""

    name: str
    version: NotRequired[str]
    vulns: NotRequired[list[Vulnerability]]
    skip_reason: NotRequired[str]


def judge(dependencies: Sequence[Dependency]) -> tuple[int, list[str]]:
    """Return the exit code and the lines of a report; what nobody could be asked about is no good news."""
    faults = [
        f"{package['name']} {package.get('version')}: {fault['id']}, "
        f"mended in {', '.join(fault['fix_versions']) or 'none'}"
        for package in dependencies
        for fault in package.get("vulns", [])
    ]
    asked = sum("skip_reason" not in package for package in dependencies)
    if not asked:
        return 0, [f"audit: skipped, the advisory database cannot be asked from here ({len(dependencies)} packages)"]
    return bool(faults), [*faults, f"audit: {asked} of {len(dependencies)} packages asked about, {len(faults)} faults"]


def main() -> int:
    """Run pip-audit over the lock file; returns 1 where a pinned package has a known fault."""
    uv = shutil.which("uv", path=str(Path(sys.executable).parent)) or "uv"
    command = [uv, *PIP_AUDIT, "--requirement", str(LOCK), "--format", "json", "--progress-spinner", "off"]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        dependencies = json.loads(answer.stdout)["dependencies"]
    except ValueError:
        said = (answer.stderr.strip().splitlines() or ["it said nothing"])[-1]
        print(f"audit: skipped, pip-audit could not be run: {said}")  # noqa: T201
        return 0
    code, lines = judge(dependencies)
    print("\n".join(lines))  # noqa: T201
    return code


if __name__ == "__main__":
    sys.exit(main())
