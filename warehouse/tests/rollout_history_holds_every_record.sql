-- Every rollout record that has landed stands in the history, with the share that it says.
select decisions.version
from {{ ref('stg_rollout_decisions') }} as decisions
left join {{ ref('mart_rollout_history') }} as history
    on decisions.version = history.version and decisions.percent = history.percent
where history.version is null
