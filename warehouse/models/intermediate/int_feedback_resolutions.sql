{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        full_refresh=false,
        indexes=[{'columns': ['label_event_id'], 'unique': true}]
    )
}}

with suggestions as not materialized (
    select * from {{ ref('stg_suggestions') }}
    where account_id is not null
),

transactions as (
    select * from {{ ref('stg_transactions') }}
),

-- Feedback, and labels of other sources that name no account.
given as (
    select
        label_event_id,
        user_id,
        txn_id,
        account_id,
        event_id,
        given_at
    from {{ ref('stg_feedback') }}
    union all
    select
        label_event_id,
        user_id,
        txn_id,
        null as account_id,
        null as event_id,
        observed_at as given_at
    from {{ ref('stg_transaction_labels') }}
    where account_id is null and not starts_with(label_event_id, 'feedback:')
),

-- What was resolved stays as it is, whatever lands later: no build looks at it again, not even --full-refresh.
unresolved as (
    select * from given
    {% if is_incremental() %}
        where not exists (
            select from {{ this }} as known
            where given.label_event_id = known.label_event_id
        )
    {% endif %}
),

-- The transactions of that user and id: those that were answered, and those that happened.
candidates as (
    select
        unresolved.label_event_id,
        suggestions.account_id,
        coalesce(unresolved.event_id = suggestions.event_id, false) as is_named,
        suggestions.suggested_at <= unresolved.given_at as is_suggested_before,
        false as is_happened_before
    from unresolved
    inner join suggestions
        on unresolved.user_id = suggestions.user_id and unresolved.txn_id = suggestions.txn_id
    union all
    select
        unresolved.label_event_id,
        transactions.account_id,
        coalesce(
            transactions.origin = 'stream'
            and transactions.source_partition || '-' || transactions.source_offset
            = substring(unresolved.event_id from '[0-9]+-[0-9]+$')
            and raw.is_same_topic(transactions.source_topic_id, raw.topic_id_of(unresolved.event_id)),
            false
        ) as is_named,
        false as is_suggested_before,
        transactions.occurred_at <= unresolved.given_at as is_happened_before
    from unresolved
    inner join transactions
        on unresolved.user_id = transactions.user_id and unresolved.txn_id = transactions.txn_id
),

accounts as (
    select
        label_event_id,
        min(account_id) filter (where is_named) as named,
        min(account_id) filter (where is_suggested_before) as suggested,
        max(account_id) filter (where is_suggested_before) as other_suggested,
        min(account_id) filter (where is_happened_before) as happened,
        max(account_id) filter (where is_happened_before) as other_happened
    from candidates
    group by label_event_id
),

-- What it names counts before what was shown by then, and that before what had happened by then. An event that has not
-- landed is waited for.
resolved as (
    select
        unresolved.label_event_id,
        unresolved.user_id,
        unresolved.txn_id,
        case
            when unresolved.account_id <> accounts.named then 'mismatched'
            when unresolved.account_id is not null then 'account'
            when accounts.named is not null then 'event'
            when unresolved.event_id is not null then 'waiting'
            when accounts.suggested <> accounts.other_suggested then 'ambiguous'
            when accounts.suggested is not null then 'suggested'
            when accounts.happened <> accounts.other_happened then 'ambiguous'
            when accounts.happened is not null then 'happened'
            else 'waiting'
        end as resolution,
        coalesce(unresolved.account_id, accounts.named, accounts.suggested, accounts.happened) as account_id
    from unresolved
    left join accounts on unresolved.label_event_id = accounts.label_event_id
),

final as (
    select
        label_event_id,
        user_id,
        case when resolution not in ('ambiguous', 'mismatched') then account_id end as account_id,
        txn_id,
        resolution,
        {{ as_of() }} as resolved_as_of
    from resolved
    where resolution <> 'waiting'
)

select * from final
