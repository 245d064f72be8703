-- The KPIs count what the comparisons of suggestions say: the model's own word and the outcome, by arm, where no hint
-- is served.
with compared as (
    select
        comparisons.arm,
        count(*) filter (where comparisons.outcome = 'agree') as agreeing,
        count(*) filter (where comparisons.outcome = 'disagree') as disagreeing,
        count(*) filter (where {{ is_asked('comparisons.challenger_acceptance') }}) as asked,
        count(*) filter (where comparisons.challenger_acceptance = 'accepted') as accepted
    from {{ ref('fct_suggestion_compare') }} as comparisons
    inner join {{ ref('stg_suggestions') }} as suggestions on comparisons.event_id = suggestions.event_id
    where raw.is_evidence(comparisons.served_source)
    group by comparisons.arm
),

kpis as (
    select
        arm,
        sum(agreeing) as agreeing,
        sum(disagreeing) as disagreeing,
        sum(asked) as asked,
        sum(accepted) as accepted
    from {{ ref('mart_suggestions_kpis') }}
    group by arm
)

select coalesce(compared.arm, kpis.arm) as arm
from compared
full outer join kpis on compared.arm = kpis.arm
where
    coalesce(compared.agreeing, 0) <> coalesce(kpis.agreeing, 0)
    or coalesce(compared.disagreeing, 0) <> coalesce(kpis.disagreeing, 0)
    or coalesce(compared.asked, 0) <> coalesce(kpis.asked, 0)
    or coalesce(compared.accepted, 0) <> coalesce(kpis.accepted, 0)
