-- A year of a busy warehouse up to 2026-04-14: scale.transactions transactions, and scale.sends suggestions and as many
-- comparisons of each, since a bank that sends a transaction again makes a record of its own.
-- Every value follows from the row's number, so that two runs build the same; pg_temp.categories() is the taxonomy.
insert into raw.transactions (
    source_topic, source_partition, source_offset, recorded_at, txn_id, user_id, account_id, occurred_at, amount,
    currency, description, mcc, country, channel, loaded_at
)
select
    'transactions', record % 12, record / 12, at, 't' || n, 'u' || n % 20000, 'a' || n % 20000, at,
    -(1 + n % 9973) / 100.0, 'GBP', 'MERCHANT ' || merchant || ' LONDON GB ' || n % 97, (5000 + merchant % 400)::text,
    'GB', (array['pos', 'online', 'ach', 'transfer', 'other'])[1 + n % 5], at + interval '2 seconds'
from (
    select
        n,
        n * current_setting('scale.sends')::integer as record,
        (n::bigint * n % 7919)::integer as merchant,
        '2025-04-14 23:00Z'::timestamptz
        + n * (interval '365 days' / current_setting('scale.transactions')::integer) as at
    from generate_series(0, current_setting('scale.transactions')::integer - 1) as n
) as made;

-- Of ten transactions six have a label, a week later; one in a hundred was corrected by its user a month later.
insert into raw.transaction_labels (label_event_id, txn_id, user_id, label, source, observed_at, loaded_at)
select
    'l' || number || '-' || txn_id, txn_id, user_id, category, label_source, occurred_at + delay, occurred_at + delay
from (
    select
        txn_id, user_id, occurred_at, substr(txn_id, 2)::integer as n,
        split_part(description, ' ', 2)::integer as merchant
    from raw.transactions
) as transactions
cross join lateral (
    values
    (1, 'import', interval '7 days', n % 10 < 6, (pg_temp.categories())[1 + merchant % 22]),
    (2, 'human', interval '30 days', n % 100 = 0, (pg_temp.categories())[1 + (merchant + n / 100) % 22])
) as given (number, label_source, delay, is_given, category)
where is_given and occurred_at + delay < '2026-04-15Z';

insert into raw.ml_features (txn_id, feature_version, occurred_at, norm_desc, merchant_key, numeric, loaded_at)
select
    txn_id, '1', occurred_at, lower(description), lower(split_part(description, ' LONDON', 1)),
    array[1.5, -1, 99, 0, 1, 12, 3, 14, 24, 4, 0, 7, 0]::real[], loaded_at
from raw.transactions;

create temporary table made as
select
    record,
    'c2NhbGUtb2YtYS15ZWFyLXM-' || record % 12 || '-' || record / 12 as event_id,
    't' || n as txn_id,
    'u' || n % 20000 as user_id,
    n % 10000 as bucket,
    case when n % 10 < 8 then (pg_temp.categories())[1 + (n::bigint * n % 7919) % 22] end as category,
    case when n % 3 = 0 then 'canary' else 'control' end as arm,
    '2025-04-14 23:00Z'::timestamptz
    + n * (interval '365 days' / current_setting('scale.transactions')::integer)
    + (1 + send) * interval '1 second' as at
from generate_series(0, current_setting('scale.transactions')::integer - 1) as n
cross join generate_series(0, current_setting('scale.sends')::integer - 1) as send
cross join lateral (select n * current_setting('scale.sends')::integer + send as record) as records
order by record;

insert into raw.suggestion_events (
    source_topic, source_partition, source_offset, recorded_at, event_id, txn_id, user_id, category, confidence, band,
    source, fallback_reason, candidates, explanations, arm, bucket, model_version, rules_version, taxonomy_version,
    rollout_version, suggested_at, loaded_at
)
select
    'suggestions', record % 12, record / 12, at, event_id, txn_id, user_id, category,
    case when category is null then 0 else 0.9 end, case when category is not null then 'high' end,
    case when category is null then 'none' when arm = 'canary' then 'model' else 'rules' end,
    case when arm = 'canary' and category is null then 'low_confidence' end,
    case
        when category is null then '[]'::jsonb
        else jsonb_build_array(jsonb_build_object('category', category, 'confidence', 0.9, 'source', 'model'))
    end,
    '[{"kind": "text", "text": "wording, merchant and amount are typical of it"}]', arm, bucket,
    '20260401T000000-c0ffee', 'default-1', '1.0', record / 1000000, at, at + interval '2 seconds'
from made;

insert into raw.suggestion_compare (
    source_topic, source_partition, source_offset, recorded_at, event_id, txn_id, user_id, arm, bucket, answers,
    control_category, canary_category, outcome, served_source, rollout_version, scored_in_us, compared_at, loaded_at
)
select
    'suggestion-compare', record % 12, record / 12, at, event_id, txn_id, user_id, arm, bucket,
    jsonb_build_array(
        jsonb_build_object(
            'role', 'rules', 'version', 'default-1', 'category', category, 'confidence', 0.9, 'acceptance', null,
            'rule_id', 'merchant-' || record % 300
        ),
        jsonb_build_object(
            'role', 'champion', 'version', '20260401T000000-c0ffee', 'category', category, 'confidence', 0.8,
            'acceptance', 'accepted', 'rule_id', null
        )
    ),
    category, category, case when category is null then 'neither' else 'agree' end,
    case when category is null then 'none' when arm = 'canary' then 'model' else 'rules' end,
    record / 1000000, 400 + record % 200, at, at + interval '2 seconds'
from made;

drop table made;
analyze raw.transactions, raw.transaction_labels, raw.ml_features, raw.suggestion_events, raw.suggestion_compare;
