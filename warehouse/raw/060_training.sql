-- Row-local features, written by the features job with the very function that serving uses.
create table if not exists raw.ml_features (
    txn_id text not null,
    feature_version text not null,
    occurred_at timestamptz not null,
    norm_desc text not null,
    merchant_key text not null,
    numeric real[] not null,
    loaded_at timestamptz not null default now(),
    user_id text not null,
    account_id text not null,
    primary key (user_id, account_id, txn_id, feature_version)
);
-- What a row was made from (topic-partition-offset of the record) and with (digest of the code map): where either is
-- another now, the job makes the row anew. Null in rows that were written before the columns were there.
do $$
begin
    if exists (
        select from information_schema.columns
        where table_schema = 'raw' and table_name = 'ml_features' and column_name = 'made_from'
    ) then
        alter table raw.ml_features rename column made_from to source_record;
        alter table raw.ml_features rename column made_with to code_digest;
    end if;
end
$$;
alter table raw.ml_features add column if not exists source_record text;
alter table raw.ml_features add column if not exists code_digest text;
-- The description as written, folded; empty in rows of feature versions before 3.
alter table raw.ml_features add column if not exists written text not null default '';
-- A transaction is named by user, account and txn_id together. Rows from before that take both from the record that
-- they were made from; where it is gone, or is not known, the row goes and the job makes it anew.
do $$
begin
    if exists (
        select from pg_constraint
        where conrelid = 'raw.ml_features'::regclass and contype = 'p' and cardinality(conkey) = 2
    ) then
        alter table raw.ml_features drop constraint ml_features_pkey;
        alter table raw.ml_features add column if not exists user_id text;
        alter table raw.ml_features add column if not exists account_id text;
        update raw.ml_features as features set user_id = record.user_id, account_id = record.account_id
        from raw.transactions as record
        where features.source_record
            = record.source_topic || '-' || record.source_partition || '-' || record.source_offset
            and features.txn_id = record.txn_id;
        delete from raw.ml_features where user_id is null;
        alter table raw.ml_features add primary key (user_id, account_id, txn_id, feature_version);
    end if;
end
$$;
-- The newest feature version is asked for by every build, and the newest row by every look at freshness.
create index if not exists ml_features_newest on raw.ml_features (loaded_at desc, feature_version desc);
drop index if exists raw.ml_features_loaded_at;

-- Training runs and the releases that came of them, written by the trainer.
create table if not exists raw.ml_training_runs (
    run_id text primary key,
    model_version text,
    result text not null,
    blocked_reason text,
    as_of timestamptz not null,
    started_at timestamptz not null,
    finished_at timestamptz,
    mart_fingerprint text,
    f1_macro double precision,
    ece double precision,
    report jsonb not null default '{}',
    loaded_at timestamptz not null default now()
);

create table if not exists raw.model_registry (
    model_version text not null,
    status text not null,
    taxonomy_version text not null,
    feature_version text not null,
    trained_at timestamptz not null,
    status_at timestamptz not null default now(),
    manifest jsonb not null default '{}',
    loaded_at timestamptz not null default now(),
    primary key (model_version, status_at)
);
