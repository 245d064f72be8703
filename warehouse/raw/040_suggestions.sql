-- Suggestions and comparisons as the worker wrote them; event_id names the input record.
create table if not exists raw.suggestion_events (
    source_topic text not null,
    source_partition integer not null,
    source_offset bigint not null,
    recorded_at timestamptz,
    event_id text not null,
    txn_id text not null,
    user_id text not null,
    category text,
    confidence double precision not null,
    band text,
    source text not null,
    fallback_reason text,
    candidates jsonb not null,
    explanations jsonb not null,
    arm text not null,
    bucket integer not null,
    model_version text,
    rules_version text not null,
    taxonomy_version text not null,
    rollout_version integer not null,
    suggested_at timestamptz not null,
    loaded_at timestamptz not null default now(),
    account_id text,
    source_topic_id text not null default '',
    hints_position bigint,
    primary key (source_topic, source_topic_id, source_partition, source_offset)
);
call raw.key_by_topic_id('raw.suggestion_events');
-- A transaction is named by user_id, account_id and txn_id together. Null only in events of workers that did not write
-- it yet; rows that landed before the column was there get it below.
alter table raw.suggestion_events add column if not exists account_id text;
-- Up to where user-hints was applied; null in events of workers that followed no hints.
alter table raw.suggestion_events add column if not exists hints_position bigint;
create index if not exists suggestion_events_without_account on raw.suggestion_events (event_id)
where account_id is null;
create index if not exists suggestion_events_loaded_at on raw.suggestion_events using brin (loaded_at);

create table if not exists raw.suggestion_compare (
    source_topic text not null,
    source_partition integer not null,
    source_offset bigint not null,
    recorded_at timestamptz,
    event_id text not null,
    txn_id text not null,
    user_id text not null,
    arm text not null,
    bucket integer not null,
    answers jsonb not null,
    control_category text,
    canary_category text,
    outcome text not null,
    served_source text not null,
    rollout_version integer not null,
    scored_in_us bigint not null,
    compared_at timestamptz not null,
    loaded_at timestamptz not null default now(),
    account_id text,
    source_topic_id text not null default '',
    primary key (source_topic, source_topic_id, source_partition, source_offset)
);
call raw.key_by_topic_id('raw.suggestion_compare');
-- Whether what was served says anything of an arm: what a user's hint serves does not. The judge and dbt ask this
-- function, the counters of a worker scorer.serving.decide.Decision.is_evidence; a test holds the two together.
create or replace function raw.is_evidence(served_source text) returns boolean
language sql immutable parallel safe
return served_source is distinct from 'hint';
-- As in raw.suggestion_events.
alter table raw.suggestion_compare add column if not exists account_id text;
create index if not exists suggestion_compare_without_account on raw.suggestion_compare (event_id)
where account_id is null;
create index if not exists suggestion_compare_loaded_at on raw.suggestion_compare using brin (loaded_at);

-- Rows that landed before account_id was there take it from the record that their event_id names.
do $$
declare
    events text;
begin
    foreach events in array array['suggestion_events', 'suggestion_compare'] loop
        execute format(
            $update$
            update raw.%I as event set account_id = record.account_id
            from raw.transactions as record
            where
                event.account_id is null
                and record.source_topic = 'transactions'
                and record.source_partition || '-' || record.source_offset
                = substring(event.event_id from '[0-9]+-[0-9]+$')
                and raw.is_same_topic(record.source_topic_id, raw.topic_id_of(event.event_id))
                and record.txn_id = event.txn_id
                and record.user_id = event.user_id
            $update$,
            events
        );
    end loop;
end
$$;

-- Dead letters: the original bytes, truncated as the topic has them, and their headers.
create table if not exists raw.dead_letters (
    source_topic text not null,
    source_partition integer not null,
    source_offset bigint not null,
    recorded_at timestamptz,
    reason text not null,
    detail text not null,
    origin_topic text not null,
    origin_partition integer not null,
    origin_offset bigint not null,
    schema_version text not null,
    worker_version text not null,
    is_truncated boolean not null,
    original_key bytea,
    original_value bytea,
    loaded_at timestamptz not null default now(),
    source_topic_id text not null default '',
    origin_topic_id text not null default '',
    primary key (source_topic, source_topic_id, source_partition, source_offset)
);
call raw.key_by_topic_id('raw.dead_letters');
-- The id of the topic that the record was read from: its header names it since workers write it.
alter table raw.dead_letters add column if not exists origin_topic_id text not null default '';

-- Transactions that landed before ids were kept take the id from the suggestion that answers them.
update raw.transactions as record set source_topic_id = raw.topic_id_of(event.event_id)
from raw.suggestion_events as event
where
    record.source_topic_id = ''
    and record.source_topic = 'transactions'
    and record.origin = 'stream'
    and record.source_partition || '-' || record.source_offset = substring(event.event_id from '[0-9]+-[0-9]+$')
    and record.txn_id = event.txn_id
    and record.user_id = event.user_id;
