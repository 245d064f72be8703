{{
    config(
        materialized='incremental',
        unique_key='event_id',
        incremental_strategy='delete+insert',
        on_schema_change='append_new_columns',
        indexes=[{'columns': ['event_id']}, {'columns': ['user_id', 'account_id', 'txn_id']}, {'columns': ['loaded_at']}],
        pre_hook="{{ take_read_mark(this) }}",
        post_hook=["{{ keep_read_mark(this) }}", "{{ grant_select(this, 'ledgermind_judge') }}"]
    )
}}
{% set compared = [
    'event_id', 'txn_id', 'user_id', 'account_id', 'arm', 'bucket', 'rules_version', 'rules_category',
    'champion_version', 'champion_category', 'champion_confidence', 'champion_acceptance',
    'challenger_version', 'challenger_category', 'challenger_confidence', 'challenger_acceptance',
    'control_category', 'canary_category', 'outcome', 'served_source', 'rollout_version', 'scored_in_us',
    'compared_at', 'compared_on', 'loaded_at'
] %}
{% set labelled = ['label', 'label_source', 'label_observed_at', 'label_exposure', 'label_use'] %}

with comparisons as not materialized (
    select * from {{ ref('stg_comparisons') }}
),

labels as not materialized (
    select * from {{ ref('int_settled_labels') }}
),

cut_offs as not materialized (
    select * from {{ ref('stg_release_cut_offs') }}
),

-- What has landed; in a later build since the last one, rows of any age.
landed as (
    select
        event_id,
        txn_id,
        user_id,
        account_id,
        arm,
        bucket,
        rules_answer ->> 'version' as rules_version,
        {{ own_category("rules_answer ->> 'category'", 'rules_category') }},
        champion_answer ->> 'version' as champion_version,
        {{ own_category("champion_answer ->> 'category'", 'champion_category') }},
        (champion_answer ->> 'confidence')::double precision as champion_confidence,
        champion_answer ->> 'acceptance' as champion_acceptance,
        challenger_answer ->> 'version' as challenger_version,
        {{ own_category("challenger_answer ->> 'category'", 'challenger_category') }},
        (challenger_answer ->> 'confidence')::double precision as challenger_confidence,
        challenger_answer ->> 'acceptance' as challenger_acceptance,
        control_category,
        canary_category,
        outcome,
        served_source,
        rollout_version,
        scored_in_us,
        compared_at,
        compared_on,
        loaded_at
    from comparisons
    {% if is_incremental() %}
        where landed_xid >= {{ read_mark() }}
    {% endif %}
),

{% if is_incremental() %}
    -- What stands in the mart already is not looked for among the events again: only its label may be another by now.
    known as (
        select * from {{ this }} as before
        where
            not exists (
                select from landed
                where before.event_id = landed.event_id
            )
    ),

    {{ labelled_comparisons('known', compared, labelled) }},
{% endif %}

{{ labelled_comparisons('landed', compared, labelled) }},

{% if is_incremental() %}
    relabelled as (
        select
        {% for column in compared + labelled %}
                {{ column }}{{ "," if not loop.last }}
        {% endfor %}
        from labelled_known
        where
        {% for column in labelled %}
                {{ column }} is distinct from {{ column }}_before {{ "or" if not loop.last }}
        {% endfor %}
    ),
{% endif %}

final as (
    select * from labelled_landed
    {% if is_incremental() %}
        union all
        select * from relabelled
    {% endif %}
)

select * from final
