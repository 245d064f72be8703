"""Recorded: the history of a rollout as the warehouse holds it, for a backtest of other policies."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np
import psycopg
from psycopg.rows import TupleRow

from ops.errors import OpsError
from ops.judge.paired import Labelled, pair_of
from scorer.history import MINUTES_A_DAY, Counts, History
from scorer.policy import Policy
from scorer.signs import sign_days
from scorer.traffic import BOUNDS

ACCEPTANCES: Final = ("accepted", "low_confidence", "unavailable", "error", "timeout")
OUTCOMES: Final = ("agree", "disagree")
RELEASES: Final = """
select canary_model_version, control_model_version from raw.rollout_decisions
where canary_model_version is not null order by version desc limit 1
"""
SPAN: Final = """
select min(compared_at), max(compared_at),
    count(distinct (user_id, compared_on))::double precision / nullif(count(distinct compared_on), 0)
from marts.fct_suggestion_compare where challenger_version = %(canary)s
"""
COMPARED: Final = """
select floor(extract(epoch from compared_at - %(begin)s) / 60)::integer, challenger_acceptance, outcome,
    width_bucket(scored_in_us / 1e6, %(bounds)s::double precision[]), control_category is not null, count(*)
from marts.fct_suggestion_compare
where challenger_version = %(canary)s and challenger_acceptance <> 'not_asked'
group by 1, 2, 3, 4, 5
"""
FAILED: Final = """
select floor(extract(epoch from recorded_at - %(begin)s) / 60)::integer, count(*)
from raw.dead_letters
where reason = 'scoring_failed' and recorded_at between %(begin)s and %(end)s
group by 1
"""
# As the judge counts evidence (ops/judge/paired_queries.py), of what was built.
LABELLED: Final = """
select
    transactions.description, compare.label, compare.control_category,
    coalesce(compare.canary_category, compare.control_category),
    greatest(compare.compared_at + %(maturity)s, compare.label_observed_at),
    compare.label_stance <> 'independent'
from marts.fct_suggestion_compare as compare
inner join staging.stg_transactions as transactions on compare.txn_id = transactions.txn_id
where compare.label is not null and compare.label_source <> 'rule'
    and compare.challenger_version = %(canary)s and compare.champion_version is not distinct from %(control)s
    and compare.challenger_acceptance <> 'not_asked'
    and compare.rules_version = (
        select latest.rules_version from marts.fct_suggestion_compare as latest order by latest.compared_at desc limit 1
    )
    and compare.compared_at >= %(evidence_since)s and compare.compared_at < %(matured)s
"""
SPOKEN: Final = """
select floor(extract(epoch from feedback.given_at - %(begin)s) / 60)::integer, suggestions.arm,
    feedback.action = 'accept', count(*)
from staging.stg_feedback as feedback
inner join raw.suggestion_events as suggestions
    on feedback.txn_id = suggestions.txn_id and feedback.user_id = suggestions.user_id
where feedback.action in ('accept', 'reject', 'correct') and suggestions.category is not null
    and feedback.given_at between %(begin)s and %(end)s
group by 1, 2, 3
"""


def read_recorded(
    connection: psycopg.Connection[TupleRow], policy: Policy, *, expected_fallback: float, now: datetime
) -> History:
    """Return the history of the canary that the last record names; raises OpsError where the warehouse holds none.

    Feedback is taken as it was given: it was given to the arms as they were, so a wider share hears no more of it.
    """
    releases = connection.execute(RELEASES).fetchone()
    asked: dict[str, object] = {"canary": releases[0] if releases else None, "bounds": list(BOUNDS)}
    begin, end, users = connection.execute(SPAN, asked).fetchone() or (None, None, None)
    if releases is None or begin is None:
        raise OpsError(
            "the warehouse holds no comparison of a canary; run ledgermind warehouse build, or leave --dsn out"
        )
    asked |= {"begin": begin, "end": end}
    minutes = int((end - begin).total_seconds() // 60) + 1
    compared = connection.execute(COMPARED, asked).fetchall()
    answers = _table(minutes, len(ACCEPTANCES), ((row[0], ACCEPTANCES.index(row[1]), row[5]) for row in compared))
    outcomes = _table(minutes, 2, ((r[0], OUTCOMES.index(r[2]), r[5]) for r in compared if r[2] in OUTCOMES))
    latencies = _table(minutes, len(BOUNDS) + 1, ((row[0], row[3], row[5]) for row in compared))
    served = _table(minutes, 1, ((row[0], 0, row[5]) for row in compared if row[4] or row[1] == "accepted"))
    spoken = connection.execute(SPOKEN, asked).fetchall()
    opinions = _table(minutes, 4, ((row[0], 2 * (row[1] == "control") + (not row[2]), row[3]) for row in spoken))
    complaints = _table(minutes, 1, ((r[0], 0, r[3]) for r in spoken if r[1] == "canary" and not r[2]))
    return History(
        transactions=answers.sum(axis=1),
        asked=answers,
        agree=outcomes[:, 0],
        disagree=outcomes[:, 1],
        scoring_failed=_table(minutes, 1, ((row[0], 0, row[1]) for row in connection.execute(FAILED, asked)))[:, 0],
        bounds=BOUNDS,
        latencies=latencies,
        signs=_signs(connection, policy, asked, control=releases[1], begin=begin, now=now),
        opinions=opinions,
        served=np.maximum(served, complaints)[:, 0],
        complaints=complaints[:, 0],
        users_a_day=float(users),
        expected_fallback=expected_fallback,
    )


def canary_of(connection: psycopg.Connection[TupleRow]) -> str | None:
    """Return the release that the last record with a canary names."""
    row = connection.execute(RELEASES).fetchone()
    return None if row is None else str(row[0])


def _signs(
    connection: psycopg.Connection[TupleRow],
    policy: Policy,
    asked: dict[str, object],
    *,
    control: str | None,
    begin: datetime,
    now: datetime,
) -> Counts:
    wanted = asked | {
        "control": control,
        "maturity": timedelta(days=policy.label_maturity_days),
        "matured": now,
        "evidence_since": begin,
    }
    labelled = [Labelled(*row) for row in connection.execute(LABELLED, wanted).fetchall()]
    pairs = [pair_of(one) for one in labelled if policy.labels == "any" or not one.is_anchored]
    first_day = begin.astimezone(UTC).toordinal()
    found = [((day - first_day + 1) * MINUTES_A_DAY, sign) for day, sign in sign_days(pairs).values()]
    return np.array(found, np.int64).reshape(-1, 2)


def _table(minutes: int, columns: int, cells: Iterable[tuple[int, int, int]]) -> Counts:
    table = np.zeros((minutes, columns), np.int64)
    for minute, column, count in cells:
        if 0 <= minute < minutes:
            table[minute, column] += count
    return table
