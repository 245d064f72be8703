"""Served labels: of what users were shown, how much turned out right, by when its label was observed."""

from collections.abc import Mapping
from typing import Final

import psycopg
from prometheus_client.core import GaugeMetricFamily

from ops.errors import OpsError
from ops.local.postgres import connect

WINDOWS: Final = ("1d", "7d", "28d")
RESULTS: Final = ("right", "wrong")
# Younger suggestions are left out: at first those label who complain.
_SELECT: Final = """
select
    ended.name,
    count(*) filter (where is_correct) as right_ones,
    count(*) filter (where not is_correct) as wrong_ones
from unnest(%s::text[]) as ended (name)
left join marts.fct_suggestions_eval
    on is_shown and is_mature and label_observed_at > now() - ended.name::interval
group by ended.name
"""

Counts = Mapping[tuple[str, str], int]  # by window and result


def read_served_labels(dsn: str) -> Counts:
    """Return how many shown suggestions were right and wrong by labels that settled, for each window.

    Empty where Postgres or the mart is not there: what was not measured is not exported.
    """
    try:
        with connect(dsn) as connection:
            rows = connection.execute(_SELECT, (list(WINDOWS),)).fetchall()
    except (OpsError, psycopg.Error):
        return {}
    return {
        (str(name), result): int(count) for name, *counts in rows for result, count in zip(RESULTS, counts, strict=True)
    }


def served_labels_family(counts: Counts) -> GaugeMetricFamily:
    """Return the counts as a metric."""
    family = GaugeMetricFamily(
        "lm_ml_served_labels",
        "Mature suggestions that were shown, by what their settled label said; of labels observed in the window.",
        labels=["window", "result"],
    )
    for (window, result), count in sorted(counts.items()):
        family.add_metric([window, result], count)
    return family
