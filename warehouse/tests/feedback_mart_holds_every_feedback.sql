-- The mart counts every act of feedback, by day and action.
with staged as (
    select
        {{ day_of('given_at') }} as given_on,
        count(*) as feedbacks,
        count(*) filter (where action = 'accept') as accepts,
        count(*) filter (where action = 'reject') as rejects,
        count(*) filter (where action = 'correct') as corrects
    from {{ ref('stg_feedback') }}
    group by given_on
),

counted as (
    select
        given_on,
        sum(feedbacks) as feedbacks,
        sum(accepts) as accepts,
        sum(rejects) as rejects,
        sum(corrects) as corrects
    from {{ ref('mart_suggestions_feedback_daily') }}
    group by given_on
)

select coalesce(staged.given_on, counted.given_on) as given_on
from staged
full outer join counted on staged.given_on = counted.given_on
where
    staged.feedbacks is distinct from counted.feedbacks
    or staged.accepts is distinct from counted.accepts
    or staged.rejects is distinct from counted.rejects
    or staged.corrects is distinct from counted.corrects
