"""Training checks: what dbt's artefacts say against a training on the data as it is."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from ops.dbt import DbtError, read_results
from ops.freshness import SourceFreshness, read_freshness
from ops.tested_mart import read_tested

TRAINING_MART: Final = "fct_training_view"
STALE_AFTER: Final = timedelta(days=5)  # as the sources' own freshness says
_PASSED: Final = frozenset({"pass", "warn", "success"})


def find_blocks(target: Path, *, as_of: datetime, fingerprint: str | None) -> list[str]:
    """Return one line for each reason not to train on what was known at ``as_of``.

    ``target`` is the folder of dbt's artefacts, ``fingerprint`` the training mart's as it stands, None where there is
    none. A measurement of freshness says nothing of a later time: each source is held against ``as_of`` anew.
    """
    sources = read_freshness(target / "sources.json")
    stale = [words for source in sources for words in _find_stale(source, as_of)]
    return stale + _find_untested(target, fingerprint)


def _find_stale(source: SourceFreshness, as_of: datetime) -> Iterator[str]:
    if source.state.blocks:
        yield f"{source.source} is {source.state}"
    elif source.latest_at is not None and as_of - source.latest_at > STALE_AFTER:
        yield f"{source.source} ends {(as_of - source.latest_at).days} days before {as_of:%Y-%m-%d}"


def _find_untested(target: Path, fingerprint: str | None) -> list[str]:
    """Return why the tests say nothing good of the mart: not there, not run, not passed, or run on other rows."""
    if fingerprint is None:
        return [f"{TRAINING_MART} does not exist"]
    try:
        results = read_results(target / "run_results.json")
    except DbtError:
        return [f"the tests of {TRAINING_MART} have not run"]
    # Named tests do not say which model they look at, so every test of the run has to pass.
    tests = [node for node in results.results if node.unique_id.startswith("test.")]
    if not tests:
        return [f"the tests of {TRAINING_MART} have not run"]
    failed = [f"test {node.name} did not pass" for node in tests if node.status not in _PASSED]
    tested = read_tested(target)
    if tested is None or tested.invocation_id != results.metadata.invocation_id or tested.fingerprint != fingerprint:
        failed.append(f"{TRAINING_MART} was changed after its tests had run")
    return failed
