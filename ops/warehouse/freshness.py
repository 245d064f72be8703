"""Freshness: the state of every watched source, read from dbt's own artefact."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from ops.errors import OpsError
from ops.warehouse.dbt import Metadata
from ops.warehouse.watched_sources import MENDS, TRAINED_ON, WATCHED, FreshnessState

_MEASURE: Final = "`ledgermind warehouse freshness`"


class StaleSourceError(OpsError):
    """A source is stale beyond its limit, or was not measured; ``sources`` names them."""

    exit_code = 1

    def __init__(self, sources: Sequence["SourceFreshness"]) -> None:
        self.sources = tuple(sources)
        named = ", ".join(f"{source.source} is {source.state}" for source in sources)
        mends = ", ".join(dict.fromkeys(source.mend for source in sources))
        super().__init__(f"{named}: run {mends}, or give the data's own time with --as-of")


@dataclass(frozen=True, slots=True)
class SourceFreshness:
    """One source; ``latest_at`` is its newest row's time, None where there is no row or no measurement.

    ``mend`` is the command that would make it fresh, or would measure it.
    """

    source: str
    state: FreshnessState
    latest_at: datetime | None
    age_seconds: float | None
    mend: str

    @property
    def blocks_training(self) -> bool:
        """Whether nothing may be trained while it is so; what the worker wrote is not trained on."""
        return self.source in TRAINED_ON and self.state.blocks

    @property
    def is_refused(self) -> bool:
        """Whether a look at freshness fails on it: an output that was never written may be of imports alone."""
        return self.blocks_training or self.state is FreshnessState.ERROR


class _SourceResult(Struct, frozen=True):
    unique_id: str
    status: str
    max_loaded_at: datetime | None = None
    max_loaded_at_time_ago_in_s: float | None = None


class _Sources(Struct, frozen=True):
    metadata: Metadata
    results: list[_SourceResult]


_STATES: Final = {"pass": FreshnessState.FRESH, "warn": FreshnessState.WARN, "error": FreshnessState.ERROR}


def read_freshness(sources: Path) -> list[SourceFreshness]:
    """Return the state of every watched source from ``sources.json``; a missing or broken file measures nothing."""
    try:
        found = msgspec.json.decode(sources.read_bytes(), type=_Sources).results
    except (OSError, msgspec.MsgspecError):
        found = []
    by_name = {result.unique_id.split(".", 2)[2]: result for result in found}
    return [_state(name, by_name.get(name)) for name in WATCHED]


def require_fresh(states: Sequence[SourceFreshness]) -> None:
    """Raise StaleSourceError where any source is refused."""
    refused = [source for source in states if source.is_refused]
    if refused:
        raise StaleSourceError(refused)


def require_trainable(states: Sequence[SourceFreshness]) -> None:
    """Raise StaleSourceError where any source that is trained on blocks."""
    blocking = [source for source in states if source.blocks_training]
    if blocking:
        raise StaleSourceError(blocking)


def _state(name: str, result: _SourceResult | None) -> SourceFreshness:
    """Read one result; dbt takes an empty table for one that was loaded in the year 1."""
    if result is None or result.max_loaded_at is None or result.status not in _STATES:
        return SourceFreshness(name, FreshnessState.UNMEASURED, None, None, _MEASURE)
    latest_at = result.max_loaded_at
    if latest_at.year == 1:
        return SourceFreshness(name, FreshnessState.UNMEASURED, None, None, MENDS[name])
    if latest_at.tzinfo is None:
        latest_at = latest_at.replace(tzinfo=UTC)
    age_seconds = result.max_loaded_at_time_ago_in_s
    return SourceFreshness(name, _STATES[result.status], latest_at, age_seconds, MENDS[name])
