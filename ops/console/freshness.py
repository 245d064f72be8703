"""Freshness: the state of every watched source, as the warehouse exporter or a Prometheus shows it."""

from msgspec import Struct

from ops.console.settings import DEADLINE_SECONDS
from ops.rollout.patience import Patience
from ops.rollout.sources.metrics_client import Scrape
from ops.rollout.sources.prometheus import FRESHNESS, freshness_states
from ops.rollout.sources.workers import read_metrics
from ops.warehouse.watched_sources import WATCHED, FreshnessState


class SourceState(Struct, frozen=True):
    """One source and its state: fresh, warn, error or unmeasured."""

    name: str
    state: str


def read_freshness(*, exporter: str | None, prometheus: str | None) -> list[SourceState]:
    """Return every watched source; raises OpsError where whoever was named does not answer."""
    patience = Patience(DEADLINE_SECONDS)
    if exporter is not None:
        states = Scrape(read_metrics(exporter, patience, option="--freshness"))
    elif prometheus is not None:
        states = freshness_states(prometheus, patience=patience)
    else:
        return []
    return [SourceState(source, _state(states, source)) for source in WATCHED]


def _state(states: Scrape, source: str) -> str:
    found = [state.value for state in FreshnessState if states.total(FRESHNESS, table=source, state=state.value) > 0]
    return found[0] if found else FreshnessState.UNMEASURED.value
