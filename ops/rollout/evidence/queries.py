"""Queries: what the judge asks of the raw tables, as of the moment of asking; each is bounded and found by an index.

Each reads the newest rows of its window only, however many there are: 20,000 answers know a rate of 5 % to a third of a
point. A record that was delivered twice counts once. Nothing dated later than now is believed. What a hint serves is
evidence for neither arm (raw.is_evidence).
"""

from typing import Final

from ops.rollout.evidence.settled import is_evidence, settled_join

NEWEST: Final = 20_000  # rows that a query looks at

# Nobody may have analysed the tables, and a plan that guesses must not read them whole. Written as statements, since a
# pool of connections in front of Postgres may refuse them as options.
PLANNER: Final = """
set enable_seqscan = off; set enable_bitmapscan = off; set enable_hashjoin = off; set enable_mergejoin = off;
set jit = off; set max_parallel_workers_per_gather = 0; set work_mem = '32MB'
"""

# An arm's users are counted from the record on that set the share: before it they were dealt otherwise.
USERS: Final = """
with newest as materialized (
    select user_id, arm
    from raw.suggestion_compare
    where compared_at >= %(rates_since)s and compared_at <= %(now)s and rollout_version >= %(stable_version)s
        and raw.is_evidence(served_source)
    order by compared_at desc
    limit %(newest)s
)
select
    count(distinct user_id) filter (where arm = %(arm)s) as users,
    count(distinct user_id) filter (where arm = 'canary') as canary_users,
    count(distinct user_id) as arm_users
from newest
"""

# A user's feedback leans one way, however much of it there is.
FEEDBACK: Final = """
with newest as materialized (
    select user_id, feedback_id, account_id, txn_id, event_id, action, given_at, loaded_at, source_offset
    from raw.suggestion_feedback
    where action in ('accept', 'reject', 'correct') and given_at >= %(stable_since)s and given_at <= %(now)s
    order by given_at desc
    limit %(newest)s
),
once as (
    select distinct on (user_id, feedback_id) user_id, account_id, txn_id, event_id, action, given_at
    from newest
    order by user_id, feedback_id, loaded_at, source_offset
),
leaning as (
    select shown.arm, once.user_id, sum(case once.action when 'accept' then 1 else -1 end) as lean
    from once
    cross join lateral
        raw.suggestion_of(once.user_id, once.account_id, once.txn_id, once.event_id, once.given_at) as shown
    where shown.category is not null and shown.rollout_version >= %(stable_version)s
        and raw.is_evidence(shown.served_source)
    group by shown.arm, once.user_id
)
select
    count(*) filter (where arm = 'canary' and lean > 0) as canary_pleased,
    count(*) filter (where arm = 'canary' and lean < 0) as canary_displeased,
    count(*) filter (where arm = 'control' and lean > 0) as control_pleased,
    count(*) filter (where arm = 'control' and lean < 0) as control_displeased
from leaning
"""

# Whatever was sent twice is told apart by its event; a complaint is a suggestion whose last word is one.
COMPLAINTS: Final = """
with newest as materialized (
    select event_id, user_id, txn_id, suggested_at
    from raw.suggestion_events
    where arm = 'canary' and category is not null and rollout_version >= %(stable_version)s
        and suggested_at >= %(rates_since)s and suggested_at <= %(now)s and raw.is_evidence(source)
    order by suggested_at desc
    limit %(newest)s
)
select
    count(distinct newest.event_id) as served,
    count(distinct newest.event_id) filter (where said.is_complaint) as complaints
from newest
left join lateral raw.latest_feedback(newest.user_id, newest.txn_id, newest.event_id, %(now)s) as said on true
"""

# By category, of the canary's model alone: of its answers, whatever the share was, that are the newest.
CATEGORY_COMPLAINTS: Final = """
with newest as materialized (
    select event_id, user_id, txn_id, category, source, model_version
    from raw.suggestion_events
    where arm = 'canary' and category is not null
        and suggested_at >= %(evidence_since)s and suggested_at <= %(now)s
    order by suggested_at desc
    limit %(newest)s
)
select
    newest.category,
    count(distinct newest.event_id) as served,
    count(distinct newest.event_id) filter (where said.is_complaint) as complaints
from newest
left join lateral raw.latest_feedback(newest.user_id, newest.txn_id, newest.event_id, %(now)s) as said on true
where newest.source = 'model' and newest.model_version = %(canary)s
group by newest.category
"""

# The same answers held against settled labels, the earliest first; one merchant counts once
# (ops.rollout.evidence.categories).
CATEGORY_LABELS: Final = f"""
with newest as materialized (
    select event_id, user_id, account_id, txn_id, category, suggested_at, source, model_version
    from raw.suggestion_events
    where arm = 'canary' and category is not null
        and suggested_at >= %(evidence_since)s and suggested_at <= %(matured)s
    order by suggested_at desc
    limit %(page)s
)
select newest.category, happened.description, settled.label
from newest{settled_join("newest")}
where newest.source = 'model' and newest.model_version = %(canary)s
    and {is_evidence("newest")}
    and (settled.label_exposure = 'independent' or %(labels)s = 'any')
    and raw.label_use(
        newest.suggested_at, settled.first_observed_at, settled.observed_at,
        array[%(canary_cut_off)s::timestamptz]
    ) = 'counts'
order by newest.suggested_at, newest.event_id
"""  # noqa: S608 - of texts of ours

# Until when the oldest mart holds what was known; one that was built as of a time to come says nothing.
MARTS: Final = """
select case
    when bool_and(as_of <= %(now)s + interval '1 hour')
        then greatest(0, extract(epoch from %(now)s - min(as_of)))
end as mart_age_seconds
from rollout.mart_builds
"""

# By the criterion whose numbers they are: where one cannot be asked, only that one is not measured.
CRITERIA: Final = {"users": USERS, "feedback": FEEDBACK, "complaints": COMPLAINTS, "mart age": MARTS}
# The fields of the standing that their columns are, in their order.
NUMBERS: Final = {
    "users": ("users", "canary_users", "arm_users"),
    "feedback": ("canary_pleased", "canary_displeased", "control_pleased", "control_displeased"),
    "complaints": ("served", "complaints"),
    "mart age": ("mart_age_seconds",),
}
