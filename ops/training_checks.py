"""Training checks: what dbt's artefacts say against a training on the data as it is."""

from pathlib import Path
from typing import Final

from ops.dbt import DbtError, read_results
from ops.freshness import read_freshness

TRAINING_MART: Final = "fct_training_view"
_PASSED: Final = frozenset({"pass", "warn", "success"})


def find_blocks(target: Path) -> list[str]:
    """Return one line for each reason not to train; ``target`` is the folder of dbt's artefacts."""
    reasons = [
        f"{state.source} is {state.state}" for state in read_freshness(target / "sources.json") if state.state.blocks
    ]
    try:
        results = read_results(target / "run_results.json").results
    except DbtError:
        return [*reasons, f"the tests of {TRAINING_MART} have not run"]
    # Named tests do not say which model they look at, so every test of the run has to pass.
    tests = [node for node in results if node.unique_id.startswith("test.")]
    if not tests:
        return [*reasons, f"the tests of {TRAINING_MART} have not run"]
    failed = [node.name for node in tests if node.status not in _PASSED]
    return [*reasons, *(f"test {name} did not pass" for name in failed)]
