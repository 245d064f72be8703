"""Labels: the merchants that are worth a label next, as ``ledgermind labels next`` lists them, for a page."""

from datetime import datetime
from typing import Final

from msgspec import Struct
from psycopg.conninfo import make_conninfo

from ops.console.settings import DEADLINE_SECONDS, READ_ONLY
from ops.labels.next_labels import Aim, UnlabelledMerchant, choose, coverage_effect
from ops.labels.unlabelled import read_window
from ops.rollout.evidence.session import open_session
from ops.rollout.patience import Patience

DAYS: Final = 30.0
MOST_SHOWN: Final = 15


class LabelsPage(Struct, frozen=True):
    """The sample, what coverage would be, and the merchants for both aims, the most useful first."""

    transactions: int
    coverage: float | None
    coverage_with_labels: float | None
    for_decision: tuple[UnlabelledMerchant, ...]
    for_coverage: tuple[UnlabelledMerchant, ...]


def read_labels(dsn: str, *, now: datetime) -> LabelsPage:
    """Return the page of the newest comparisons; raises PostgresError where the warehouse does not answer."""
    with open_session(make_conninfo(dsn, options=READ_ONLY), Patience(DEADLINE_SECONDS)) as session:
        window = read_window(session, now=now, days=DAYS)
    silent = choose(window, Aim.COVERAGE, count=MOST_SHOWN)
    effect = coverage_effect(window, silent)
    apart = choose(window, Aim.DECISION, count=MOST_SHOWN)
    return LabelsPage(window.transactions, effect.without, effect.with_labels, tuple(apart), tuple(silent))
