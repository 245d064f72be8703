-- Three marts say how many shown suggestions have a label and how many are right: they say the same.
with evaluated as (
    select
        arm,
        count(*) filter (where is_shown) as labelled,
        count(*) filter (where is_correct) as correct,
        count(*) filter (where is_shown and is_mature) as matured,
        count(*) filter (where is_correct and is_mature) as matured_correct
    from {{ ref('fct_suggestions_eval') }}
    group by arm
),

daily as (
    select
        arm,
        sum(labelled) as labelled,
        sum(correct) as correct
    from {{ ref('mart_suggestions_daily') }}
    group by arm
),

kpis as (
    select
        arm,
        sum(matured) as matured,
        sum(matured_correct) as matured_correct
    from {{ ref('mart_suggestions_kpis') }}
    group by arm
)

select daily.arm
from daily
left join evaluated on daily.arm = evaluated.arm
left join kpis on daily.arm = kpis.arm
where
    daily.labelled <> coalesce(evaluated.labelled, 0)
    or daily.correct <> coalesce(evaluated.correct, 0)
    or kpis.matured is distinct from coalesce(evaluated.matured, 0)
    or kpis.matured_correct is distinct from coalesce(evaluated.matured_correct, 0)
