-- Rollout records with the whole record beside the columns that analysts ask for.
create table if not exists raw.rollout_decisions (
    source_topic text not null,
    source_partition integer not null,
    source_offset bigint not null,
    recorded_at timestamptz,
    version integer not null,
    percent numeric(5, 2) not null,
    shadow boolean not null,
    control_model_version text,
    canary_model_version text,
    actor text not null,
    reason text not null,
    verdict text,
    decided_at timestamptz not null,
    record jsonb not null,
    loaded_at timestamptz not null default now(),
    source_topic_id text not null default '',
    primary key (source_topic, source_topic_id, source_partition, source_offset)
);
call raw.key_by_topic_id('raw.rollout_decisions');

-- Hints, one row per record; a null preference takes the hint back. The last record of a key counts.
create table if not exists raw.user_hints (
    source_topic text not null,
    source_partition integer not null,
    source_offset bigint not null,
    recorded_at timestamptz,
    user_id text not null,
    merchant_key text not null,
    preference text,
    category text,
    created_at timestamptz,
    loaded_at timestamptz not null default now(),
    source_topic_id text not null default '',
    primary key (source_topic, source_topic_id, source_partition, source_offset)
);
call raw.key_by_topic_id('raw.user_hints');
create index if not exists user_hints_user on raw.user_hints (user_id);
-- The columns' earlier names.
do $$
begin
    if exists (
        select from information_schema.columns
        where table_schema = 'raw' and table_name = 'user_hints' and column_name = 'wish'
    ) then
        alter table raw.user_hints rename column wish to preference;
        alter table raw.user_hints rename column wished_at to created_at;
    end if;
end
$$;
