"""Accuracy error: how far a model's expected accuracy was from what its settled labels say, by role."""

from collections.abc import Mapping
from typing import Final

import psycopg
from prometheus_client.core import GaugeMetricFamily

from ops.errors import OpsError
from ops.local.postgres import connect

# Of the newest release in each role: answers of the last 28 days whose label has settled, if there are enough of them.
_SELECT: Final = """
with answers as (
    select
        'champion' as role, champion_version as model_version, champion_confidence as confidence,
        champion_category = label as is_right, compared_at
    from marts.fct_suggestion_compare
    where label is not null and champion_category is not null and raw.is_evidence(served_source)
        and compared_at > now() - interval '28 days'
    union all
    select
        'challenger', challenger_version, challenger_confidence, challenger_category = label, compared_at
    from marts.fct_suggestion_compare
    where label is not null and challenger_category is not null and raw.is_evidence(served_source)
        and compared_at > now() - interval '28 days'
)
select distinct on (role) role, avg(confidence) - avg(is_right::int)
from answers
group by role, model_version
having count(*) >= 200
order by role, max(compared_at) desc
"""


def read_accuracy_errors(dsn: str) -> dict[str, float]:
    """Return expected minus measured accuracy by role, -1 to 1; a role without enough labels is left out.

    Empty where Postgres or the mart is not there: what was not measured is not exported.
    """
    try:
        with connect(dsn) as connection:
            rows = connection.execute(_SELECT).fetchall()
    except (OpsError, psycopg.Error):
        return {}
    return {str(role): float(error) for role, error in rows}


def accuracy_error_family(errors: Mapping[str, float]) -> GaugeMetricFamily:
    """Return the errors as a metric."""
    family = GaugeMetricFamily(
        "lm_ml_expected_accuracy_error",
        "Expected minus measured accuracy, on answers of 28 days whose labels settled.",
        labels=["role"],
    )
    for role, error in sorted(errors.items()):
        family.add_metric([role], error)
    return family
