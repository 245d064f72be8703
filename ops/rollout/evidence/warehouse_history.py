"""Warehouse history: the history of a rollout as the warehouse holds it, for a backtest of other policies."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np

from ops.errors import OpsError
from ops.rollout.evidence.paired import Labelled, evidence_window, pair_of
from ops.rollout.evidence.paired_queries import MATURED_PAIRS
from ops.rollout.evidence.queries import NEWEST
from ops.rollout.evidence.session import Session
from scorer.backtest.history import MINUTES_A_DAY, Counts, History
from scorer.backtest.synthetic_history import BOUNDS
from scorer.rollout.paired_outcomes import sign_days
from scorer.rollout.policy import Policy

ACCEPTANCES: Final = ("accepted", "low_confidence", "unavailable", "error", "timeout")
OUTCOMES: Final = ("agree", "disagree")
MAX_COMPARISONS: Final = 100_000  # comparisons that a history is made of: the newest ones
LABELLED: Final = 20_000  # of them that are held against their labels: the first ones, for signs are early
RELEASES: Final = """
select canary_model_version, control_model_version, min(decided_at) over (partition by canary_model_version)
from raw.rollout_decisions
where canary_model_version is not null order by version desc limit 1
"""
SPAN: Final = """
with newest as materialized (
    select user_id, compared_at, (compared_at at time zone 'UTC')::date as compared_on
    from raw.suggestion_compare
    where compared_at >= %(since)s and compared_at <= %(now)s and raw.is_evidence(served_source)
        and jsonb_path_query_first(answers, '$[*] ? (@.role == "challenger")') ->> 'version' = %(canary)s
    order by compared_at desc
    limit %(most)s
)
select min(compared_at), max(compared_at),
    count(distinct (user_id, compared_on))::double precision / nullif(count(distinct compared_on), 0)
from newest
"""
COMPARED: Final = """
with compared as materialized (
    select distinct on (event_id)
        compared_at, outcome, scored_in_us, control_category,
        jsonb_path_query_first(answers, '$[*] ? (@.role == "challenger")') as challenger
    from raw.suggestion_compare
    where compared_at between %(begin)s and %(end)s and raw.is_evidence(served_source)
    order by event_id
)
select floor(extract(epoch from compared_at - %(begin)s) / 60)::integer, challenger ->> 'acceptance', outcome,
    width_bucket(scored_in_us / 1e6, %(bounds)s::double precision[]), control_category is not null, count(*)
from compared
where challenger ->> 'version' = %(canary)s and challenger ->> 'acceptance' <> 'not_asked'
group by 1, 2, 3, 4, 5
"""
FAILED: Final = """
select floor(extract(epoch from recorded_at - %(begin)s) / 60)::integer, count(*)
from raw.dead_letters
where reason = 'scoring_failed' and recorded_at between %(begin)s and %(end)s
group by 1
"""
SPOKEN: Final = """
with newest as materialized (
    select user_id, feedback_id, account_id, txn_id, event_id, action, given_at, loaded_at, source_offset
    from raw.suggestion_feedback
    where action in ('accept', 'reject', 'correct') and given_at between %(begin)s and %(end)s
    order by given_at desc
    limit %(newest)s
),
once as (
    select distinct on (user_id, feedback_id) *
    from newest
    order by user_id, feedback_id, loaded_at, source_offset
)
select minute, arm, action = 'accept', is_latest_feedback, count(*)
from (
    select
        floor(extract(epoch from once.given_at - %(begin)s) / 60)::integer as minute, shown.arm, once.action,
        row_number() over (
            partition by shown.event_id order by once.given_at desc, once.loaded_at desc, once.feedback_id desc
        ) = 1 as is_latest_feedback
    from once
    cross join lateral
        raw.suggestion_of(once.user_id, once.account_id, once.txn_id, once.event_id, once.given_at) as shown
    where shown.category is not null and raw.is_evidence(shown.served_source)
) as spoken
group by 1, 2, 3, 4
"""


def read_recorded(session: Session, policy: Policy, *, expected_fallback: float, now: datetime) -> History:
    """Return the newest history of the canary that the last record names; raises OpsError where there is none.

    Feedback is taken as it was given: it was given to the arms as they were, so a wider share hears no more of it.
    """
    asked: dict[str, object] = {"now": now, "most": MAX_COMPARISONS, "newest": NEWEST, "bounds": list(BOUNDS)}
    releases = session.rows("the releases", RELEASES, asked)
    begin, end, users = None, None, 0.0
    if releases:
        asked |= dict(zip(("canary", "control", "since"), releases[0], strict=True))
        ((begin, end, users),) = session.rows("the history's span", SPAN, asked)
    if begin is None or end is None:
        raise OpsError("the warehouse holds no comparison of a canary; let landing run, or leave --dsn out")
    asked |= {"begin": begin, "end": end}
    minutes = int((end - begin).total_seconds() // 60) + 1
    compared = session.rows("comparisons", COMPARED, asked)
    answers = _table(minutes, len(ACCEPTANCES), ((row[0], ACCEPTANCES.index(row[1]), row[5]) for row in compared))
    outcomes = _table(minutes, 2, ((r[0], OUTCOMES.index(r[2]), r[5]) for r in compared if r[2] in OUTCOMES))
    latencies = _table(minutes, len(BOUNDS) + 1, ((row[0], row[3], row[5]) for row in compared))
    served = _table(minutes, 1, ((row[0], 0, row[5]) for row in compared if row[4] or row[1] == "accepted"))
    spoken = session.rows("feedback", SPOKEN, asked)
    opinions = _table(minutes, 4, ((row[0], 2 * (row[1] == "control") + (not row[2]), row[4]) for row in spoken))
    complaints = _table(minutes, 1, ((r[0], 0, r[4]) for r in spoken if r[1] == "canary" and not r[2] and r[3]))
    failed = session.rows("dead letters", FAILED, asked)
    return History(
        transactions=answers.sum(axis=1),
        asked=answers,
        agree=outcomes[:, 0],
        disagree=outcomes[:, 1],
        scoring_failed=_table(minutes, 1, ((row[0], 0, row[1]) for row in failed))[:, 0],
        bounds=BOUNDS,
        latencies=latencies,
        signs=_signs(session, policy, asked, begin=begin),
        opinions=opinions,
        served=np.maximum(served, complaints)[:, 0],
        complaints=complaints[:, 0],
        users_a_day=float(users),
        expected_fallback=expected_fallback,
    )


def canary_of(session: Session) -> str | None:
    """Return the release that the last record with a canary names."""
    rows = session.rows("the releases", RELEASES, {})
    return str(rows[0][0]) if rows else None


def _signs(session: Session, policy: Policy, asked: dict[str, object], *, begin: datetime) -> Counts:
    """Return the minute and the sign of each merchant; labels that settle after the history's end are in it, too."""
    window = evidence_window(
        session, asked | {"evidence_since": begin, "maturity": timedelta(days=policy.label_maturity_days)}
    )
    if window is None:
        return np.zeros((0, 2), np.int64)
    before = begin - timedelta(microseconds=1)
    at = window | {"matured_until": before, "matured": asked["now"], "page": LABELLED}
    labelled = [Labelled(*row[1:]) for row in session.rows("labels", MATURED_PAIRS, at)]
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
