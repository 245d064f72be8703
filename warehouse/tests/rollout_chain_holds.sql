-- Each rollout record follows the one before it and names its hash: none is missing and none was changed.
with linked as (
    select
        version,
        prev_hash,
        lag(version) over (order by version) as last_version,
        lag(hash) over (order by version) as last_hash
    from {{ ref('stg_rollout_decisions') }}
)

select version
from linked
where
    last_version is not null
    and (version <> last_version + 1 or prev_hash is distinct from last_hash)
