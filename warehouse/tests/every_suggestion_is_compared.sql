-- A suggestion and its comparison are written in one transaction: where both have landed, neither stands alone, unless
-- retention has removed one of them.
with compared_until as (
    select
        input_topic_id,
        input_partition,
        max(input_offset) as input_offset
    from {{ ref('stg_comparisons') }}
    group by input_topic_id, input_partition
),

suggested_until as (
    select
        input_topic_id,
        input_partition,
        max(input_offset) as input_offset
    from {{ ref('stg_suggestions') }}
    group by input_topic_id, input_partition
)

select suggestions.event_id
from {{ ref('stg_suggestions') }} as suggestions
inner join compared_until
    on
        suggestions.input_topic_id = compared_until.input_topic_id
        and suggestions.input_partition = compared_until.input_partition
        and suggestions.input_offset <= compared_until.input_offset
left join {{ ref('stg_comparisons') }} as comparisons on suggestions.event_id = comparisons.event_id
where comparisons.event_id is null and suggestions.loaded_at > erasure.whole_since()

union all

select comparisons.event_id
from {{ ref('stg_comparisons') }} as comparisons
inner join suggested_until
    on
        comparisons.input_topic_id = suggested_until.input_topic_id
        and comparisons.input_partition = suggested_until.input_partition
        and comparisons.input_offset <= suggested_until.input_offset
left join {{ ref('stg_suggestions') }} as suggestions on comparisons.event_id = suggestions.event_id
where suggestions.event_id is null and comparisons.loaded_at > erasure.whole_since()
