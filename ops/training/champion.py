"""Champion of a training: the one that the rollout chain names, as it has landed in the warehouse."""

from typing import Final

import psycopg

from ops.errors import PostgresError
from ops.local.postgres import connect
from scorer.rollout.champion import champion_of
from trainer.dataset.db import first_line

# Landing puts nothing here that does not continue the chain; its columns hold what is served under each record.
_NEWEST: Final = """
select (percent * 100)::integer, control_model_version, canary_model_version
from raw.rollout_decisions
order by loaded_at desc, version desc
limit 1
"""


def read_champion(dsn: str) -> str | None:
    """Return the champion's version, None where rules alone serve or no record has landed; raises PostgresError."""
    with connect(dsn) as connection:
        try:
            newest = connection.execute(_NEWEST).fetchone()
        except psycopg.Error as error:
            what = f"raw.rollout_decisions: {first_line(error)}"
            raise PostgresError(f"{what}; run: ledgermind warehouse migrate") from error
    if newest is None:
        return None
    basis_points, control, canary = newest
    return champion_of(basis_points, control=control, canary=canary)
