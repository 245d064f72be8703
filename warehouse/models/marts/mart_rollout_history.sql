with decisions as (
    select * from {{ ref('stg_rollout_decisions') }}
),

kpis as (
    select * from {{ ref('mart_suggestions_kpis') }}
),

named as (
    select
        *,
        coalesce(control_model_version, '') || '/' || coalesce(canary_model_version, '') as models
    from decisions
),

linked as (
    select
        *,
        lead(decided_at) over (order by version) as replaced_at,
        lag(percent) over (order by version) as previous_percent,
        lag(version) over (order by version) is null as is_first,
        lag(models) over (order by version) as previous_models
    from named
),

-- The arm that the judge looks at: the canary's own once it has users, before that control's, in shadow.
watched as (
    select
        linked.version,
        sum(kpis.suggestions) as suggestions,
        sum(kpis.suggestions) filter (where kpis.arm = 'canary') as canary_suggestions,
        sum(kpis.asked) filter (where kpis.arm = case when linked.percent > 0 then 'canary' else 'control' end)
            as asked,
        sum(kpis.accepted) filter (where kpis.arm = case when linked.percent > 0 then 'canary' else 'control' end)
            as accepted,
        sum(kpis.agreeing) as agreeing,
        sum(kpis.disagreeing) as disagreeing,
        sum(kpis.matured) as matured,
        sum(kpis.matured_correct) as matured_correct
    from linked
    inner join kpis on linked.version = kpis.rollout_version
    group by linked.version
),

final as (
    select
        linked.version,
        linked.decided_at,
        linked.replaced_at,
        case
            when linked.is_first then 'first'
            when linked.models <> linked.previous_models then 'models'
            when linked.percent > linked.previous_percent then 'up'
            when linked.percent < linked.previous_percent then 'down'
            else 'settings'
        end as move,
        linked.percent,
        linked.previous_percent,
        linked.shadow,
        linked.shadow_percent,
        linked.control_model_version,
        linked.canary_model_version,
        linked.actor,
        linked.reason,
        linked.verdict,
        linked.policy,
        linked.verdict_reasons,
        coalesce(watched.suggestions, 0)::bigint as suggestions,
        coalesce(watched.canary_suggestions, 0)::bigint as canary_suggestions,
        coalesce(watched.asked, 0)::bigint as asked,
        coalesce(watched.matured, 0)::bigint as matured,
        {{ share('watched.accepted', 'watched.asked') }} as coverage,
        {{ share('watched.asked - watched.accepted', 'watched.asked') }} as fallback_rate,
        {{ share('watched.disagreeing', 'watched.agreeing + watched.disagreeing') }} as disagreement,
        {{ share('watched.matured_correct', 'watched.matured') }} as precision_matured
    from linked
    left join watched on linked.version = watched.version
)

select * from final
