-- The incremental mart has as many comparisons of each day, arm and outcome as staging: none is missing that landed
-- late, and none is left that was erased.
with staged as (
    select
        compared_on,
        arm,
        outcome,
        count(*) as comparisons
    from {{ ref('stg_comparisons') }}
    group by compared_on, arm, outcome
),

counted as (
    select
        compared_on,
        arm,
        outcome,
        count(*) as comparisons
    from {{ ref('fct_suggestion_compare') }}
    group by compared_on, arm, outcome
)

select
    staged.comparisons as in_staging,
    counted.comparisons as in_the_mart,
    coalesce(staged.compared_on, counted.compared_on) as compared_on
from staged
full outer join counted
    on
        staged.compared_on = counted.compared_on
        and staged.arm = counted.arm
        and staged.outcome = counted.outcome
where staged.comparisons is distinct from counted.comparisons
