-- A suggestion that is delivered again says the same: two that differ are a record that was scored twice. Marts are
-- built nevertheless, of the one that landed first, so this runs after the last of them.
-- depends_on: {{ ref('mart_rollout_history') }}
select events.event_id
from {{ source('raw', 'suggestion_events') }} as events
where events.event_id in (select again.event_id from {{ ref('stg_redelivered_suggestions') }} as again)
group by events.event_id
having
    count(distinct events.suggested_at) > 1
    or count(distinct coalesce(events.category, '')) > 1
    or count(distinct events.rollout_version) > 1
