-- Imports: one row per file that was loaded; its rows stand under the topic `import:<import_id>`.
create table if not exists raw.imports (
    import_id text primary key,
    file_name text not null,
    transactions bigint not null,
    labels bigint not null,
    loaded_at timestamptz not null default now()
);

-- Which file it was, whatever options read it: the same file read otherwise would be there twice.
alter table raw.imports add column if not exists file_digest text;

-- Transactions: one row per record of the topic, or per line of an imported file (origin says which).
create table if not exists raw.transactions (
    source_topic text not null,
    source_partition integer not null,
    source_offset bigint not null,
    recorded_at timestamptz,
    origin text not null default 'stream' check (origin in ('stream', 'import')),
    txn_id text not null,
    user_id text not null,
    account_id text not null,
    occurred_at timestamptz not null,
    amount numeric(26, 8) not null,
    currency text not null,
    description text not null,
    merchant text,
    mcc text,
    country text,
    channel text,
    deleted_at timestamptz,
    occurred_offset_minutes smallint,
    loaded_at timestamptz not null default now(),
    source_topic_id text not null default '',
    primary key (source_topic, source_topic_id, source_partition, source_offset)
);
call raw.key_by_topic_id('raw.transactions');
-- A rule may ask for a weekday or a day of the month where the transaction happened: the offset that timestamptz drops.
-- Null in rows that landed before the column was there, and in imports: UTC is taken then.
alter table raw.transactions add column if not exists occurred_offset_minutes smallint;
-- A transaction is named by these three together: banks number per account.
create index if not exists transactions_identity on raw.transactions (user_id, account_id, txn_id);
drop index if exists raw.transactions_txn_id;
create index if not exists transactions_loaded_at on raw.transactions using brin (loaded_at);
