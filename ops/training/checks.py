"""Training checks: what dbt's artefacts say against a training on the data as it is."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from ops.warehouse.dbt import DbtError, read_results
from ops.warehouse.freshness import SourceFreshness, read_freshness
from ops.warehouse.mart_fingerprint import read_tested
from ops.warehouse.watched_sources import TRAINED_ON, FreshnessState
from trainer.blockers import Blocker, BlockerReason

TRAINING_MART: Final = "fct_training_view"
STALE_AFTER: Final = timedelta(days=5)  # as the sources' own freshness says
_PASSED: Final = frozenset({"pass", "warn", "success"})
_BUILD: Final = "`ledgermind warehouse build`"
_TEST: Final = "`ledgermind warehouse test`, which names the rows"


def find_blockers(target: Path, *, as_of: datetime, fingerprint: str | None) -> list[Blocker]:
    """Return whatever stands against training on what was known at ``as_of``.

    ``target`` is the folder of dbt's artefacts, ``fingerprint`` the training mart's as it stands, None where there is
    none. A measurement of freshness says nothing of a later time: each source is held against ``as_of`` anew.
    """
    sources = [one for one in read_freshness(target / "sources.json") if one.source in TRAINED_ON]
    stale = [blocker for source in sources for blocker in _find_stale(source, as_of)]
    return stale + _find_untested(target, fingerprint)


def _find_stale(source: SourceFreshness, as_of: datetime) -> Iterator[Blocker]:
    if source.state.blocks:
        reason = BlockerReason.UNMEASURED if source.state is FreshnessState.UNMEASURED else BlockerReason.STALE
        yield Blocker(reason, f"{source.source} is {source.state}", source.mend)
    elif source.latest_at is not None and as_of - source.latest_at > STALE_AFTER:
        days = (as_of - source.latest_at).days
        yield Blocker(BlockerReason.STALE, f"{source.source} ends {days} days before {as_of:%Y-%m-%d}", source.mend)


def _find_untested(target: Path, fingerprint: str | None) -> list[Blocker]:
    """Return why the tests say nothing good of the mart: not there, not run, not passed, or run on other rows."""
    if fingerprint is None:
        return [Blocker(BlockerReason.NO_MART, f"{TRAINING_MART} does not exist", _BUILD)]
    not_run = Blocker(BlockerReason.NOT_TESTED, f"the tests of {TRAINING_MART} have not run", _BUILD)
    try:
        results = read_results(target / "run_results.json")
    except DbtError:
        return [not_run]
    # Named tests do not say which model they look at, so every test of the run has to pass.
    tests = [node for node in results.results if node.unique_id.startswith("test.")]
    if not tests:
        return [not_run]
    failed = [
        Blocker(BlockerReason.TEST_FAILED, f"test {node.name} did not pass", _TEST)
        for node in tests
        if node.status not in _PASSED
    ]
    tested = read_tested(target)
    if tested is None or tested.invocation_id != results.metadata.invocation_id or tested.fingerprint != fingerprint:
        failed.append(Blocker(BlockerReason.CHANGED, f"{TRAINING_MART} was changed after its tests had run", _BUILD))
    return failed
