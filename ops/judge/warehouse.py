"""Warehouse: what users, settled labels and feedback say of the rollout, asked of Postgres."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

import msgspec
import psycopg
from psycopg.rows import TupleRow

from ops.judge.place import Place
from ops.postgres import connect
from schemas.descriptor import merchant_key, norm_desc
from scorer.policy import Policy
from scorer.signs import Pair, count_signs, worth
from scorer.standing import Standing

TIMEOUT_MS: Final = 30_000
# What the canary's policy would have served is its model's answer where it was sure, else control's. A label that a
# rule gave says only that the rules agree with themselves. Answers of other releases, of other rules or of a model that
# was not asked are no evidence on these.
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
# An arm's users are counted from the record on that set the share: before it they were dealt otherwise.
USERS: Final = """
select
    count(distinct user_id) filter (where arm = %(arm)s),
    count(distinct user_id) filter (where arm = 'canary'),
    count(distinct user_id)
from raw.suggestion_compare
where rollout_version >= %(stable_version)s and loaded_at >= %(rates_since)s and compared_at >= %(rates_since)s
"""
# A user's feedback leans one way, however much of it there is.
FEEDBACK: Final = """
with leaning as (
    select suggestions.arm, feedback.user_id, sum(case feedback.action when 'accept' then 1 else -1 end) as lean
    from staging.stg_feedback as feedback
    inner join raw.suggestion_events as suggestions
        on feedback.txn_id = suggestions.txn_id and feedback.user_id = suggestions.user_id
    where feedback.action in ('accept', 'reject', 'correct') and suggestions.category is not null
        and suggestions.rollout_version >= %(stable_version)s
    group by suggestions.arm, feedback.user_id
)
select
    count(*) filter (where arm = 'canary' and lean > 0), count(*) filter (where arm = 'canary' and lean < 0),
    count(*) filter (where arm = 'control' and lean > 0), count(*) filter (where arm = 'control' and lean < 0)
from leaning
"""
COMPLAINTS: Final = """
select count(*), count(*) filter (
    where exists (
        select from staging.stg_feedback as feedback
        where feedback.txn_id = suggestions.txn_id and feedback.user_id = suggestions.user_id
            and feedback.action in ('reject', 'correct')
    )
)
from raw.suggestion_events as suggestions
where suggestions.arm = 'canary' and suggestions.category is not null
    and suggestions.rollout_version >= %(stable_version)s
    and suggestions.loaded_at >= %(rates_since)s and suggestions.suggested_at >= %(rates_since)s
"""


class Labelled(NamedTuple):
    """One labelled comparison: what each policy would have served, and when the label became evidence."""

    description: str
    label: str
    control: str | None
    canary: str | None
    settled_at: datetime
    is_anchored: bool  # it was given to an answer that was shown


def warehouse_at(dsn: str, policy: Policy) -> Callable[[Standing, Place, datetime], Standing]:
    """Return who asks the warehouse at a DSN; raises PostgresError and psycopg.Error when asked and it is away."""

    def ask(standing: Standing, stands: Place, now: datetime) -> Standing:
        with connect(dsn) as connection:
            return ask_warehouse(standing, connection, policy, stands, now=now)

    return ask


def ask_warehouse(
    standing: Standing, connection: psycopg.Connection[TupleRow], policy: Policy, place: Place, *, now: datetime
) -> Standing:
    """Add what the warehouse knows; raises psycopg.Error where it cannot be asked."""
    rates_since = max(now - timedelta(seconds=policy.rates_window_seconds), place.stable_since)
    asked = {
        "arm": place.arm,
        "canary": place.record.canary.model_version,
        "control": place.record.control.model_version,
        "stable_version": place.stable_version,
        "evidence_since": place.evidence_since,
        "rates_since": rates_since,
        "maturity": timedelta(days=policy.label_maturity_days),
        "matured": now - timedelta(days=policy.label_maturity_days),
    }
    connection.execute(f"set statement_timeout = {TIMEOUT_MS}")
    users, canary_users, arm_users = _numbers(connection, USERS, asked)
    pleased, displeased, control_pleased, control_displeased = _numbers(connection, FEEDBACK, asked)
    served, complaints = _numbers(connection, COMPLAINTS, asked)
    labelled = [Labelled(*row) for row in connection.execute(LABELLED, asked).fetchall()]
    return with_labels(
        msgspec.structs.replace(
            standing,
            users=users,
            canary_users=canary_users,
            arm_users=arm_users,
            canary_pleased=pleased,
            canary_displeased=displeased,
            control_pleased=control_pleased,
            control_displeased=control_displeased,
            served=served,
            complaints=complaints,
        ),
        labelled,
        now=now,
    )


def with_labels(standing: Standing, labelled: Sequence[Labelled], *, now: datetime) -> Standing:
    """Add the signs of merchants, of labels that are independent of what was shown and of those anchored by it."""
    own = count_signs(pair_of(one) for one in labelled if not one.is_anchored)
    anchored = count_signs(pair_of(one) for one in labelled if one.is_anchored)
    first = min((one.settled_at for one in labelled), default=now)
    return msgspec.structs.replace(
        standing,
        better=own.better,
        worse=own.worse,
        alike=own.alike,
        anchored_better=anchored.better,
        anchored_worse=anchored.worse,
        anchored_alike=anchored.alike,
        evidence_days=max(0.0, (now - first).total_seconds() / 86_400),
    )


def pair_of(one: Labelled) -> Pair:
    """Return one label as evidence; its day is UTC's."""
    return Pair(
        merchant=merchant_key(norm_desc(one.description)),
        day=one.settled_at.astimezone(UTC).toordinal(),
        difference=worth(one.canary, one.label) - worth(one.control, one.label),
    )


def _numbers(connection: psycopg.Connection[TupleRow], query: str, asked: Mapping[str, object]) -> tuple[float, ...]:
    row = connection.execute(query.encode(), asked).fetchone()
    assert row is not None  # an aggregate without groups is one row
    return tuple(float(value) for value in row)
