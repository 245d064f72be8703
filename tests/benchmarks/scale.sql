-- Some days of a busy warehouse whose year ends on 2026-04-14: of scale.transactions a year those that happen from
-- scale.since_day to scale.until_day, each of them sent scale.sends times, since a bank that sends a transaction again
-- makes a record of its own; and the labels and the feedback that are given in these days, whenever what they are about
-- happened. Every value follows from the row's number n, so that two runs build the same; pg_temp.categories() is the
-- taxonomy. One record in a thousand is a dead letter: the numbers that end in 999.
create function pg_temp.setting(name text) returns bigint language sql stable as
'select current_setting(''scale.'' || name)::bigint';

create function pg_temp.day(number bigint) returns timestamptz language sql stable as
'select ''2025-04-14 23:00Z''::timestamptz + number * interval ''1 day''';

create function pg_temp.at(n bigint) returns timestamptz language sql stable as
'select ''2025-04-14 23:00Z''::timestamptz + n * (interval ''365 days'' / pg_temp.setting(''transactions''))';

create function pg_temp.first_of(day bigint) returns bigint language sql stable as
'select pg_temp.setting(''transactions'') * day / 365';

create function pg_temp.record(n bigint, send bigint) returns bigint language sql stable as
'select number + number / 999 from (select n * pg_temp.setting(''sends'') + send as number) as sent';

create function pg_temp.category(number bigint) returns text language sql stable as
'select (pg_temp.categories())[1 + number % 22]';

create function pg_temp.event_of(record bigint) returns text language sql immutable as
'select ''c2NhbGUtb2YtYS15ZWFyLXM-'' || record % 12 || ''-'' || record / 12';

-- Rules name eight of ten. The model is sure of seven of ten, and says otherwise in one of seven.
create temporary table made as
select
    *,
    case arm when 'control' then rules_category else coalesce(model_category, rules_category) end as category,
    case
        when arm = 'canary' and model_category is not null then 'model'
        when rules_category is not null then 'rules'
        else 'none'
    end as served_source
from (
    select
        n,
        send,
        record,
        pg_temp.event_of(record) as event_id,
        't' || n as txn_id,
        'u' || n % 20000 as user_id,
        'a' || n % 20000 as account_id,
        n % 10000 as bucket,
        n * n % 7919 as merchant,
        record / 1000000 as rollout_version,
        case when n % 20000 % 3 = 0 then 'canary' else 'control' end as arm,
        case when n % 10 < 8 then pg_temp.category(n * n % 7919) end as rules_category,
        case when n * 7 % 10 < 7 then pg_temp.category(n * n % 7919 + (n % 10 = 5)::integer) end as model_category,
        pg_temp.at(n) as occurred_at,
        pg_temp.at(n) + (1 + send) * interval '1 second' as at
    from generate_series(
        pg_temp.first_of(pg_temp.setting('since_day')), pg_temp.first_of(pg_temp.setting('until_day')) - 1
    ) as n
    cross join generate_series(0, pg_temp.setting('sends') - 1) as send
    cross join lateral (select pg_temp.record(n, send) as record) as numbered
) as sent
order by record;

insert into raw.transactions (
    source_topic, source_partition, source_offset, recorded_at, txn_id, user_id, account_id, occurred_at, amount,
    currency, description, mcc, country, channel, loaded_at
)
select
    'transactions', record % 12, record / 12, at, txn_id, user_id, account_id, occurred_at,
    -(1 + n % 9973) / 100.0, 'GBP', 'MERCHANT ' || merchant || ' LONDON GB ' || n % 97, (5000 + merchant % 400)::text,
    'GB', (array['pos', 'online', 'ach', 'transfer', 'other'])[1 + n % 5], at + interval '2 seconds'
from made
order by record;

insert into raw.ml_features (
    user_id, account_id, txn_id, feature_version, occurred_at, norm_desc, merchant_key, numeric, loaded_at
)
select
    user_id, account_id, txn_id, '1', occurred_at, 'merchant ' || merchant || ' london gb ' || n % 97, 'merchant ' || merchant,
    array[1.5, -1, 99, 0, 1, 12, 3, 14, 24, 4, 0, 7, 0]::real[], at + interval '2 seconds'
from made
where send = 0
order by record;

insert into raw.suggestion_events (
    source_topic, source_partition, source_offset, recorded_at, event_id, txn_id, user_id, account_id, category, confidence,
    band, source, fallback_reason, candidates, explanations, arm, bucket, model_version, rules_version, taxonomy_version,
    rollout_version, suggested_at, loaded_at
)
select
    'suggestions', record % 12, record / 12, at, event_id, txn_id, user_id, account_id, category,
    case when category is null then 0 else 0.9 end, case when category is not null then 'high' end, served_source,
    case when arm = 'canary' and model_category is null then 'low_confidence' end,
    case
        when category is null then '[]'::jsonb
        else jsonb_build_array(jsonb_build_object('category', category, 'confidence', 0.9, 'source', served_source))
    end,
    '[{"kind": "text", "text": "wording, merchant and amount are typical of it"}]', arm, bucket,
    '20260401T000000-c0ffee', 'default-1', '1.0', rollout_version, at, at + interval '2 seconds'
from made
order by record;

insert into raw.suggestion_compare (
    source_topic, source_partition, source_offset, recorded_at, event_id, txn_id, user_id, account_id, arm, bucket,
    answers, control_category, canary_category, outcome, served_source, rollout_version, scored_in_us, compared_at, loaded_at
)
select
    'suggestion-compare', record % 12, record / 12, at, event_id, txn_id, user_id, account_id, arm, bucket,
    jsonb_build_array(
        jsonb_build_object(
            'role', 'rules', 'version', 'default-1', 'category', rules_category, 'confidence', 0.9, 'acceptance', null,
            'rule_id', 'merchant-' || record % 300
        ),
        jsonb_build_object(
            'role', 'challenger', 'version', '20260401T000000-c0ffee', 'category', model_category, 'confidence', 0.8,
            'acceptance', case when model_category is null then 'low_confidence' else 'accepted' end, 'rule_id', null
        )
    ),
    rules_category, model_category,
    case
        when rules_category is null and model_category is null then 'neither'
        when rules_category is null then 'canary_only'
        when model_category is null then 'control_only'
        when rules_category = model_category then 'agree'
        else 'disagree'
    end,
    served_source, rollout_version, 400 + record % 200, at, at + interval '2 seconds'
from made
order by record;

-- What nobody can read: it lands as a reject, and the worker makes a dead letter of it.
create temporary table unreadable as
select
    record / 1000 as number,
    record,
    pg_temp.at(record / pg_temp.setting('sends')) as at
from generate_series(
    (select min(record) from made) / 1000 * 1000 + 999, (select max(record) from made), 1000
) as record;

insert into raw.rejects (source_topic, source_partition, source_offset, reason, detail, recorded_at, loaded_at)
select 'transactions', record % 12, record / 12, 'malformed_json', 'Input data was truncated', at, at + interval '2 seconds'
from unreadable;

insert into raw.dead_letters (
    source_topic, source_partition, source_offset, recorded_at, reason, detail, origin_topic, origin_partition,
    origin_offset, schema_version, worker_version, is_truncated, original_value, loaded_at
)
select
    'transactions-dlq', number % 3, number / 3, at, 'malformed_json', 'Input data was truncated', 'transactions', record % 12,
    record / 12, '1.0', '1', false, '{', at + interval '2 seconds'
from unreadable;

-- A day after the last suggestion of their transaction two users in a hundred accept it, one in two hundred corrects it
-- and one in five hundred rejects it; as many label a transaction for which nothing was shown.
insert into raw.suggestion_feedback (
    source_topic, source_partition, source_offset, recorded_at, feedback_id, txn_id, user_id, event_id, action,
    category, source, given_at, loaded_at
)
select
    'suggestion-feedback', n % 12, n / 12, given_at, 'f' || n, 't' || n, 'u' || n % 20000, event_id, action,
    case action
        when 'accept' then category
        when 'correct' then pg_temp.category(n * n % 7919 + 2)
        when 'label' then pg_temp.category(n * n % 7919)
    end,
    'human', given_at, given_at + interval '2 seconds'
from (
    select
        n,
        case when n % 50 = 1 then 'accept' when n % 200 = 3 then 'correct' when n % 500 = 7 then 'reject' else 'label' end
            as action,
        pg_temp.at(n) + interval '1 day 1 minute' as given_at
    from generate_series(0, pg_temp.first_of(pg_temp.setting('until_day')) - 1) as n
    where n % 50 = 1 or n % 200 = 3 or n % 500 in (7, 9)
) as given
left join lateral (
    select
        suggestions.event_id,
        suggestions.category
    from raw.suggestion_events as suggestions
    where
        given.action <> 'label'
        and suggestions.source_topic = 'suggestions'
        and suggestions.source_partition = pg_temp.record(n, pg_temp.setting('sends') - 1) % 12
        and suggestions.source_offset = pg_temp.record(n, pg_temp.setting('sends') - 1) / 12
) as shown on true
where
    given_at >= pg_temp.day(pg_temp.setting('since_day')) and given_at < pg_temp.day(pg_temp.setting('until_day'))
    and (action = 'label' or category is not null);

-- Of ten transactions six have a label, a week later; one in a hundred was corrected by its user a month later.
-- What feedback says is a label, too: the landing names it like this.
insert into raw.transaction_labels (
    label_event_id, txn_id, user_id, account_id, label, source, observed_at, loaded_at
)
select
    'l' || number || '-t' || n, 't' || n, 'u' || n % 20000, 'a' || n % 20000, category, label_source, pg_temp.at(n) + delay,
    pg_temp.at(n) + delay
from generate_series(0, pg_temp.first_of(pg_temp.setting('until_day')) - 1) as n
cross join lateral (
    values
    (1, 'import', interval '7 days', n % 10 < 6, pg_temp.category(n * n % 7919)),
    (2, 'human', interval '30 days', n % 100 = 0, pg_temp.category(n * n % 7919 + n / 100))
) as given (number, label_source, delay, is_given, category)
where
    is_given
    and pg_temp.at(n) + delay >= pg_temp.day(pg_temp.setting('since_day'))
    and pg_temp.at(n) + delay < pg_temp.day(pg_temp.setting('until_day'))
union all
select
    'feedback:' || length(user_id) || ':' || user_id || ':' || feedback_id, txn_id, user_id, account_id, category, source,
    given_at, loaded_at
from raw.suggestion_feedback
where action <> 'reject' and given_at >= pg_temp.day(pg_temp.setting('since_day'));

-- It learned nothing that happened in this year, so each label that is given after a suggestion counts.
insert into raw.model_registry (
    model_version, status, taxonomy_version, feature_version, trained_at, status_at, manifest, loaded_at
)
select
    '20260401T000000-c0ffee', 'PASS', '1.0', '1', as_of, as_of, jsonb_build_object('as_of', as_of), as_of
from (select pg_temp.day(0) - interval '1 day' as as_of) as trained
on conflict do nothing;

insert into raw.rollout_decisions (
    source_topic, source_partition, source_offset, recorded_at, version, percent, shadow, canary_model_version, actor,
    reason, decided_at, record, loaded_at
)
select
    'rollout-state', 0, version, decided_at, version, 10 * version, true, '20260401T000000-c0ffee', 'scale', 'it grows',
    decided_at,
    jsonb_build_object(
        'shadow_percent', 100, 'hash', md5(version::text), 'prev_hash', case when version > 0 then md5((version - 1)::text) end
    ),
    decided_at + interval '2 seconds'
from (
    select
        rollout_version as version,
        min(at) - interval '1 minute' as decided_at
    from made
    group by rollout_version
) as served
on conflict do nothing;

insert into raw.landing_positions (topic, partition, next)
select
    source_topic,
    source_partition,
    max(source_offset) + 1
from (
    select source_topic, source_partition, source_offset from raw.transactions
    union all
    select source_topic, source_partition, source_offset from raw.rejects
    union all
    select source_topic, source_partition, source_offset from raw.suggestion_events
    union all
    select source_topic, source_partition, source_offset from raw.suggestion_compare
    union all
    select source_topic, source_partition, source_offset from raw.dead_letters
    union all
    select source_topic, source_partition, source_offset from raw.suggestion_feedback
    union all
    select source_topic, source_partition, source_offset from raw.rollout_decisions
) as landed
group by source_topic, source_partition
on conflict (topic, topic_id, partition) do update set next = excluded.next;

drop table made, unreadable;
analyze raw.transactions, raw.transaction_labels, raw.ml_features, raw.suggestion_events, raw.suggestion_compare,
raw.suggestion_feedback, raw.dead_letters, raw.rejects;
