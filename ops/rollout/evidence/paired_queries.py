"""Paired queries: which comparisons became evidence since the last evaluation, each held against its settled label.

What the canary's policy would have served is its model's answer where it was sure, else control's; nothing where that
is a rule's which the model doubts. A label that a rule gave says only that the rules agree with themselves. Answers of
other releases, of other rules or of a model that was not asked are no evidence on these, and what a hint serves is none
on any.
"""

from typing import Final

from ops.rollout.evidence.settled import canary_served, is_evidence, settled_join

PAGE: Final = 5_000  # comparisons that one query looks at

RULES: Final = """
select jsonb_path_query_first(answers, '$[*] ? (@.role == "rules")') ->> 'version'
from raw.suggestion_compare
where compared_at <= %(now)s and compared_at >= %(evidence_since)s
order by compared_at desc
limit 1
"""

# In the order of time, so that evidence comes in the order in which it happened, however much of it there is.
MATURED: Final = """
    select event_id, user_id, account_id, txn_id, compared_at, control_category, canary_category, answers,
        served_source
    from raw.suggestion_compare
    where compared_at > %(matured_until)s and compared_at < %(matured)s
    order by compared_at
    fetch first %(page)s rows with ties
"""
# What landed only after its time had been looked at.
LATE: Final = """
    select event_id, user_id, account_id, txn_id, compared_at, control_category, canary_category, answers,
        served_source
    from raw.suggestion_compare
    where landed_xid >= %(landed_mark)s and compared_at >= %(evidence_since)s and compared_at <= %(matured_until)s
    limit %(page)s
"""
# What was labelled only after that.
LABELLED: Final = """
    select
        compare.event_id, compare.user_id, compare.account_id, compare.txn_id, compare.compared_at,
        compare.control_category, compare.canary_category, compare.answers, compare.served_source
    from (
        select user_id, txn_id from raw.transaction_labels where landed_xid >= %(landed_mark)s limit %(page)s
    ) as labelled
    inner join raw.suggestion_compare as compare
        on labelled.user_id = compare.user_id and labelled.txn_id = compare.txn_id
    where compare.compared_at >= %(evidence_since)s and compare.compared_at <= %(matured_until)s
"""
_PAGE_END: Final = "select count(*), max(compared_at) from ({matured}) as page"
PAGE_END: Final = _PAGE_END.format(matured=MATURED)
# How many labels and comparisons landed since; where they fill a page, the comparisons are gone through anew.
LANDED: Final = """
select
    (select count(*) from (
        select 1 from raw.transaction_labels where landed_xid >= %(landed_mark)s limit %(page)s
    ) as labels),
    (select count(*) from (
        select 1 from raw.suggestion_compare where landed_xid >= %(landed_mark)s limit %(page)s
    ) as comparisons)
"""

_PAIRS: Final = """
with compared as materialized (
{compared}
),
once as (
    select distinct on (event_id)
        *,
        jsonb_path_query_first(answers, '$[*] ? (@.role == "rules")') as rules,
        jsonb_path_query_first(answers, '$[*] ? (@.role == "champion")') as champion,
        jsonb_path_query_first(answers, '$[*] ? (@.role == "challenger")') as challenger
    from compared
    order by event_id
)
select
    once.event_id, happened.description, settled.label, once.control_category,
    {canary_served},
    greatest(once.compared_at + %(maturity)s, settled.observed_at),
    settled.label_exposure <> 'independent'
from once{settled}
where once.challenger ->> 'version' = %(canary)s
    and once.challenger ->> 'acceptance' <> 'not_asked'
    and once.champion ->> 'version' is not distinct from %(control)s
    and once.rules ->> 'version' = %(rules_version)s
    and {is_evidence}
    and raw.is_evidence(once.served_source)
    and raw.label_use(
        once.compared_at, settled.first_observed_at, settled.observed_at,
        array[%(canary_cut_off)s::timestamptz, %(control_cut_off)s::timestamptz]
    ) = 'counts'
"""
_EVIDENCE: Final = {
    "canary_served": canary_served("once"),
    "settled": settled_join("once"),
    "is_evidence": is_evidence("once"),
}
MATURED_PAIRS: Final = _PAIRS.format(compared=MATURED, **_EVIDENCE)
LATE_PAIRS: Final = (_PAIRS.format(compared=LATE, **_EVIDENCE), _PAIRS.format(compared=LABELLED, **_EVIDENCE))

# As text: minus infinity, of a release that was made of no label, is no time that Python has.
CUT_OFFS: Final = """
select model_version, trained_until::text from raw.release_cut_offs
where model_version = %(canary)s or model_version = %(control)s
"""
