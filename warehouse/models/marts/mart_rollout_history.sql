with decisions as (
    select * from {{ ref('stg_rollout_decisions') }}
),

kpis as (
    select * from {{ ref('mart_suggestions_kpis') }}
),

named as (
    select
        *,
        coalesce(control_model_version, '') || '/' || coalesce(canary_model_version, '') as models,
        concat(shadow, ' ', shadow_percent) as shadow_settings,
        coalesce(overrides_hash, '') as overrides_name
    from decisions
),

-- A pause, a requeue or another act beside the rollout is a record of its own that leaves everything as it was: it
-- belongs to the decision before it, and so does what was suggested under its version.
compared as (
    select
        *,
        act is not null
        and percent = lag(percent) over (order by version)
        and models = lag(models) over (order by version)
        and shadow_settings = lag(shadow_settings) over (order by version)
        and overrides_name = lag(overrides_name) over (order by version) as is_act
    from named
),

numbered as (
    select
        *,
        max(version) filter (where is_act is not true) over (order by version) as decision
    from compared
),

decided as (
    select
        *,
        max(version) over (partition by decision) as last_version
    from numbered
),

linked as (
    select
        *,
        lead(decided_at) over (order by version) as replaced_at,
        lag(percent) over (order by version) as previous_percent,
        lag(version) over (order by version) is null as is_first,
        lag(models) over (order by version) as previous_models,
        lag(shadow_settings) over (order by version) as previous_shadow_settings,
        lag(overrides_name) over (order by version) as previous_overrides_name
    from decided
    where version = decision
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
        sum(kpis.matured_correct) as matured_correct,
        {% for arm in ['control', 'canary'] %}
            sum(kpis.independent) filter (where kpis.arm = '{{ arm }}') as {{ arm }}_independent,
            sum(kpis.independent_correct) filter (where kpis.arm = '{{ arm }}') as {{ arm }}_independent_correct,
        {% endfor %}
        sum(kpis.shown) as shown,
        sum(kpis.user_rejects + kpis.user_corrects) as complaints
    from linked
    inner join kpis on kpis.rollout_version between linked.version and linked.last_version
    group by linked.version
),

-- Every decision, also one under which nothing was suggested.
measured as (
    select
        linked.version,
        linked.last_version,
        linked.decided_at,
        linked.replaced_at,
        case
            when linked.is_first then 'first'
            when linked.models <> linked.previous_models then 'models'
            when linked.percent > linked.previous_percent then 'up'
            when linked.percent < linked.previous_percent then 'down'
            when linked.shadow_settings <> linked.previous_shadow_settings then 'settings'
            when linked.overrides_name <> linked.previous_overrides_name then 'overrides'
            else 'settings'
        end as move,
        coalesce(linked.overrides_name <> linked.previous_overrides_name, false) as overrides_changed,
        linked.overrides,
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
        {{ share('watched.matured_correct', 'watched.matured') }} as precision_matured,
        coalesce(watched.shown, 0)::bigint as shown,
        coalesce(watched.complaints, 0)::bigint as complaints,
        coalesce(watched.control_independent, 0)::bigint as control_independent,
        coalesce(watched.canary_independent, 0)::bigint as canary_independent,
        {{ share('watched.shown', 'watched.suggestions') }} as shown_share,
        {{ share('watched.complaints', 'watched.shown') }} as complaint_rate,
        {{ share('watched.control_independent_correct', 'watched.control_independent') }}
            as control_precision_independent,
        {{ share('watched.canary_independent_correct', 'watched.canary_independent') }}
            as canary_precision_independent
    from linked
    left join watched on linked.version = watched.version
),

-- Before and after in one row: what the record before it saw while that one was in force.
final as (
    select
        *,
        lag(shown_share) over (order by version) as previous_shown_share,
        lag(complaint_rate) over (order by version) as previous_complaint_rate,
        lag(control_precision_independent) over (order by version) as previous_control_precision_independent,
        lag(canary_precision_independent) over (order by version) as previous_canary_precision_independent
    from measured
)

select * from final
