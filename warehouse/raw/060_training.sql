-- Row-local features, written by the features job with the very function that serving uses.
create table if not exists raw.ml_features (
    txn_id text not null,
    feature_version text not null,
    occurred_at timestamptz not null,
    norm_desc text not null,
    merchant_key text not null,
    numeric real[] not null,
    loaded_at timestamptz not null default now(),
    primary key (txn_id, feature_version)
);
-- What a row was made from (topic-partition-offset of the record) and with (digest of the code map): where either is
-- another now, the job makes the row anew. Null in rows that were written before the columns were there.
alter table raw.ml_features add column if not exists made_from text;
alter table raw.ml_features add column if not exists made_with text;
-- The description as written, folded; empty in rows of feature versions before 3.
alter table raw.ml_features add column if not exists written text not null default '';
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
