-- Every rollout record that has landed stands in the history, with the share that it says; an act by the decision that
-- it left in force.
select decisions.version
from {{ ref('stg_rollout_decisions') }} as decisions
left join {{ ref('mart_rollout_history') }} as history
    on
        decisions.version between history.version and history.last_version
        and decisions.percent = history.percent
where history.version is null
