-- Both marts of suggestions count as many of each day and arm as staging, with and without a category, fallbacks too.
with staged as (
    select
        suggested_on,
        arm,
        count(*) as suggestions,
        count(category) as shown,
        count(fallback_reason) as fallbacks
    from {{ ref('stg_suggestions') }}
    group by suggested_on, arm
),

daily as (
    select
        suggested_on,
        arm,
        sum(suggestions) as suggestions,
        sum(with_category) as shown,
        sum(fallbacks) as fallbacks
    from {{ ref('mart_suggestions_daily') }}
    group by suggested_on, arm
),

kpis as (
    select
        suggested_on,
        arm,
        sum(suggestions) as suggestions,
        sum(shown) as shown,
        sum(fallbacks) as fallbacks
    from {{ ref('mart_suggestions_kpis') }}
    group by suggested_on, arm
)

select
    staged.suggestions as in_staging,
    daily.suggestions as in_daily,
    kpis.suggestions as in_kpis,
    coalesce(staged.suggested_on, daily.suggested_on, kpis.suggested_on) as suggested_on
from staged
full outer join daily on staged.suggested_on = daily.suggested_on and staged.arm = daily.arm
full outer join kpis on staged.suggested_on = kpis.suggested_on and staged.arm = kpis.arm
where
    staged.suggestions is distinct from daily.suggestions
    or staged.shown is distinct from daily.shown
    or staged.fallbacks is distinct from daily.fallbacks
    or staged.suggestions is distinct from kpis.suggestions
    or staged.shown is distinct from kpis.shown
    or staged.fallbacks is distinct from kpis.fallbacks
