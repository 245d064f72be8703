-- A warning, no error: labels count for nothing of a release whose training has not landed, so its answers are never
-- evidence. `ledgermind registry record` writes what is missing into raw.model_registry.
{{ config(severity='warn') }}

with answered as (
    select {{ asked_release('champion') }} as model_version
    from {{ ref('fct_suggestion_compare') }}
    union
    select {{ asked_release('challenger') }} as model_version
    from {{ ref('fct_suggestion_compare') }}
    union
    select model_version
    from {{ ref('stg_suggestions') }}
)

select answered.model_version
from answered
left join {{ ref('stg_release_cut_offs') }} as known on answered.model_version = known.model_version
where answered.model_version is not null and known.model_version is null
