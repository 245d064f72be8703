"""Training history: what came of the trainings, as the warehouse's rows say it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import psycopg

from ops.errors import PostgresError
from ops.local.postgres import connect
from trainer.blockers import BlockerReason
from trainer.evaluation.gate import GateVerdict
from trainer.run_log import BLOCKED

RESULTS: Final = (*(verdict.value for verdict in GateVerdict), BLOCKED)
_RUNS: Final = "select result, count(*) from raw.ml_training_runs group by result"
_LAST_RELEASE: Final = """
select f1_macro, ece from raw.ml_training_runs where model_version is not null
order by started_at desc, run_id desc limit 1
"""
_LAST_RUN: Final = """
select report -> 'blocked', extract(epoch from started_at)::float from raw.ml_training_runs
order by started_at desc, run_id desc limit 1
"""


@dataclass(frozen=True, slots=True)
class TrainingHistory:
    """Runs by result; the numbers of the last release that was written; and what stood against the last run.

    ``last_run_at`` is when the last run began, in epoch seconds; None where there was none.
    """

    runs: Mapping[str, int]
    f1_macro: float | None
    ece: float | None
    blocked: frozenset[BlockerReason]
    last_run_at: float | None


def read_training_history(dsn: str) -> TrainingHistory | None:
    """Return what came of the trainings, None where the warehouse cannot be asked."""
    try:
        with connect(dsn) as connection:
            counts = {str(result): int(count) for result, count in connection.execute(_RUNS)}
            release = connection.execute(_LAST_RELEASE).fetchone() or (None, None)
            last = connection.execute(_LAST_RUN).fetchone()
    except (PostgresError, psycopg.Error):
        return None
    runs = dict.fromkeys(RESULTS, 0) | counts
    blocked = frozenset(BlockerReason(reason) for reason in (last[0] if last else None) or ())
    return TrainingHistory(runs, release[0], release[1], blocked, float(last[1]) if last else None)
