"""Train: the commands that turn what has landed into a checked release, shown as they run."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ops.demo.programs import run_command
from ops.errors import OpsError

NOTHING_TRAINED_EXIT_CODE = 1  # stale data, too few rows, one class only: an answer, too
REFUSED_EXIT_CODE = 3  # of ledgermind train: the gate said no, which is an answer and no fault


@dataclass(frozen=True, slots=True)
class Learned:
    """What became of the training; ``gate_line`` says why nothing was trained where there is no release."""

    has_release: bool
    gate_passed: bool
    gate_line: str


def learn(
    *, cutoff: datetime, gate: str, environment: Mapping[str, str], directory: Path, say: Callable[[str], None]
) -> Learned:
    """Run features, freshness, dbt, training and verification; raises OpsError where one fails.

    A past that nothing can be learned from is an answer, too: rules go on alone.
    """
    as_of = f"--as-of={cutoff.isoformat()}"
    steps = (
        ("features", as_of, "--days=3650"),
        ("warehouse", "freshness", as_of),
        ("warehouse", "build", as_of),
        ("train", as_of, f"--gate={gate}"),
        ("verify-calibrator",),
    )
    learned = Learned(True, True, "")
    for step in steps:
        code, lines = run_command(step, environment=environment, log=directory / f"{step[0]}-{len(step)}.log")
        is_training = step[0] == "train"
        say(f"  ledgermind {' '.join(step)}")
        for line in lines[:-1] if is_training else lines[-1:]:
            say(f"      {line}")
        if (is_training or "freshness" in step) and code == NOTHING_TRAINED_EXIT_CODE:
            return Learned(False, False, lines[-1].removeprefix("ledgermind: "))
        if is_training:
            learned = Learned(True, code == 0, "; ".join(lines[:-1]))
        if code != 0 and not (is_training and code == REFUSED_EXIT_CODE):
            raise OpsError(f"ledgermind {' '.join(step)} left with {code}: {lines[-1]} (see {directory})")
    return learned
