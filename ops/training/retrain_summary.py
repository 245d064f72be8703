"""Retrain summary: what a retraining came to, as Markdown for the page of a scheduled job."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from ops.errors import OpsError
from ops.training.retrain import Retrained

METRICS: Final = ("macro_f1", "accuracy", "ece", "coverage", "served_precision")


def write_summary(path: Path, lines: Sequence[str], outcome: Retrained) -> None:
    """Append the outcome to ``path``; ``lines`` are what the steps said, each as «step: words».

    Raises OpsError where the file cannot be written.
    """
    try:
        with path.open("a", encoding="utf-8") as file:
            file.write(rendered(lines, outcome))
    except OSError as error:
        raise OpsError(f"{path} cannot be written: {(error.strerror or str(error)).lower()}") from error


def rendered(lines: Sequence[str], outcome: Retrained) -> str:
    """Return the summary: one line of outcome, what each step said, and the numbers of the release, if there is one."""
    head = "a release passed" if outcome.has_passed else f"refused at the step {outcome.step}"
    parts = [f"## Retraining: {head}", "", *(f"- {line}" for line in lines), ""]
    if outcome.training is not None:
        manifest = outcome.training.release.manifest
        numbers = [(name, manifest.metrics[name]) for name in METRICS if name in manifest.metrics]
        parts += ["| on the gate fold | |", "| --- | ---: |"]
        parts += [f"| model_version | {manifest.model_version} |", f"| gate | {manifest.gate.verdict} |"]
        parts += [f"| {name} | {value:.3f} |" for name, value in numbers] + [""]
    return "\n".join(parts) + "\n"
