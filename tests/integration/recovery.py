"""Recovery: the commands of docs/RECOVERY.md, taken from the page and run as an operator would."""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

from ops.local.postgres import embedded_binaries
from tests.conftest import ROOT
from tests.promises.stack import Stack

PAGE = ROOT / "docs" / "RECOVERY.md"
BLOCK = re.compile(r"^```bash\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def commands(section: str) -> list[str]:
    """Return the blocks of commands below a heading of the page."""
    _, _, rest = PAGE.read_text().partition(f"\n## {section}\n")
    return BLOCK.findall(rest.partition("\n## ")[0])


def run(script: str, stack: Stack, **variables: str) -> str:
    """Run commands of the page as an operator would; return what they print."""
    places = [str(Path(sys.executable).parent), str(embedded_binaries()), os.environ["PATH"]]
    environment = stack.environment({"PATH": ":".join(places), **variables})
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        env=environment,
        cwd=stack.folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def told(drill: str, counted: str, began: float) -> None:
    """Print a row of the page's last table."""
    sys.stdout.write(f"\n| {drill} | {counted} | {time.monotonic() - began:.1f} s |\n")
