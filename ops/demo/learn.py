"""Learn: the commands that turn what has landed into a checked release, shown as they run."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ops.demo.programs import run_command
from ops.errors import OpsError

REFUSED_EXIT_CODE = 3  # of ledgermind train: the gate said no, which is an answer and no fault


@dataclass(frozen=True, slots=True)
class Learned:
    """What became of the training."""

    gate_passed: bool
    gate_line: str


def learn(
    *, cutoff: datetime, gate: str, environment: Mapping[str, str], directory: Path, say: Callable[[str], None]
) -> Learned:
    """Run features, freshness, dbt, training and verification; raises OpsError where one fails."""
    as_of = f"--as-of={cutoff.isoformat()}"
    steps = (
        ("features", as_of, "--days=3650"),
        ("warehouse", "freshness", as_of),
        ("warehouse", "build", as_of),
        ("train", as_of, f"--gate={gate}"),
        ("verify-calibrator",),
    )
    learned = Learned(True, "")
    for step in steps:
        code, line = run_command(step, environment=environment, log=directory / f"{'-'.join(step[:2])}.log")
        say(f"  ledgermind {' '.join(step)}\n      {line}")
        if step[0] == "train":
            learned = Learned(code == 0, line)
            if code == REFUSED_EXIT_CODE:
                continue
        if code != 0:
            raise OpsError(f"ledgermind {' '.join(step)} left with {code}: {line} (see {directory})")
    return learned
