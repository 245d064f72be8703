with feedback as (
    select * from {{ ref('int_feedback') }}
),

counted as (
    select
        {{ day_of('given_at') }} as given_on,
        arm,
        served_source,
        shown_category,
        model_version,
        label_source,
        count(*) as feedbacks,
        count(*) filter (where action = 'accept') as accepts,
        count(*) filter (where action = 'reject') as rejects,
        count(*) filter (where action = 'correct') as corrects,
        count(*) filter (where action = 'label') as labels,
        count(*) filter (where action = 'label' and label_source <> 'rule') as independent_labels,
        count(*) filter (where is_inconsistent) as inconsistent,
        count(*) filter (where resolution in ('ambiguous', 'mismatched')) as refused
    from feedback
    group by given_on, arm, served_source, shown_category, model_version, label_source
),

final as (
    select
        *,
        {{ share('accepts', 'accepts + rejects + corrects') }} as acceptance_rate
    from counted
)

select * from final
