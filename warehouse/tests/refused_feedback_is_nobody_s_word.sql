-- Feedback that fits more than one account is refused: it is a label of none and speaks of no suggestion.
select history.label_event_id
from {{ ref('int_label_history') }} as history
inner join {{ ref('int_feedback_resolutions') }} as resolutions
    on history.label_event_id = resolutions.label_event_id
where resolutions.resolution in ('ambiguous', 'mismatched')

union all

select label_event_id
from {{ ref('int_feedback') }}
where resolution in ('ambiguous', 'mismatched', 'waiting') and event_id is not null
