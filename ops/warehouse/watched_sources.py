"""Watched sources: the tables whose age is measured, what brings them newer rows, and the states of one."""

from enum import StrEnum
from typing import Final

_LOAD: Final = "`ledgermind landing` or `ledgermind import`"
_SCORE: Final = "`ledgermind worker` and `ledgermind landing`"
# What brings newer rows; dbt names what it watches source.<project>.<source>.<table>.
_INPUTS: Final = {
    "raw.transactions": _LOAD,
    "raw.transaction_labels": _LOAD,
    "raw.ml_features": "`ledgermind features`",
    "events.transactions_by_event": _LOAD,
}
_OUTPUTS: Final = {"raw.suggestion_events": _SCORE, "raw.suggestion_compare": _SCORE}
MENDS: Final = _INPUTS | _OUTPUTS
WATCHED: Final = tuple(MENDS)
TRAINED_ON: Final = tuple(_INPUTS)


class FreshnessState(StrEnum):
    """How fresh a source is; what was not measured is a state of its own, and not a good one."""

    FRESH = "fresh"
    WARN = "warn"
    ERROR = "error"
    UNMEASURED = "unmeasured"

    @property
    def blocks(self) -> bool:
        """Whether nothing may rest on it."""
        return self in (FreshnessState.ERROR, FreshnessState.UNMEASURED)
