"""Compare queries: what the page *compare* asks of the raw tables; bounded, and found by an index as the judge's are.

A model that is not sure, and rules that name nothing, count as ``silent``.
"""

from typing import Final

_NEWEST: Final = """
with newest as materialized (
    select txn_id, user_id, account_id, answers, compared_at
    from raw.suggestion_compare
    where compared_at >= %(now)s - make_interval(hours => %(hours)s) and compared_at <= %(now)s
    order by compared_at desc
    limit %(sample)s
),

said as (
    select
        newest.txn_id, newest.user_id, newest.account_id, newest.compared_at,
        model ->> 'version' as version,
        coalesce(rule ->> 'category', %(silent)s) as rules,
        rule ->> 'rule_id' as rule_id,
        (rule ->> 'confidence')::double precision as rule_confidence,
        (model ->> 'confidence')::double precision as model_confidence,
        case when model ->> 'acceptance' = 'accepted' then model ->> 'category' else %(silent)s end as model
    from newest
    cross join lateral jsonb_array_elements(newest.answers) as model
    cross join lateral jsonb_path_query_first(newest.answers, '$[*] ? (@.role == "rules")') as rule
    where model ->> 'role' <> 'rules' and model ->> 'version' is not null and model ->> 'acceptance' <> 'not_asked'
)
"""
PAIRS: Final = f"""{_NEWEST}
select version, rules, model, count(*), min(compared_at), max(compared_at)
from said
group by version, rules, model
"""  # noqa: S608 - our own parts
MERCHANTS: Final = f"""{_NEWEST}
select
    said.rules, said.model, coalesce(said.rule_id, ''), transactions.description, said.compared_at,
    said.rule_confidence, said.model_confidence
from (
    select * from said
    where version = %(version)s and rules <> model and rules <> %(silent)s and model <> %(silent)s
    order by compared_at desc
    limit %(disagreements)s
) as said
cross join lateral (
    select description
    from raw.transactions
    where
        transactions.user_id = said.user_id and transactions.account_id = said.account_id
        and transactions.txn_id = said.txn_id and transactions.deleted_at is null
    limit 1
) as transactions
order by said.compared_at desc
"""  # noqa: S608 - our own parts
