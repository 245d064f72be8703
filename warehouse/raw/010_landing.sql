-- Where landing stands: `next` is the offset that it reads next; it moves in the transaction that lands the rows.
create table if not exists raw.landing_positions (
    topic text not null,
    partition integer not null,
    next bigint not null,
    moved_at timestamptz not null default now(),
    primary key (topic, partition)
);

-- Records that could not land; the bytes stay on their topic, where offset and retention find them.
create table if not exists raw.rejects (
    source_topic text not null,
    source_partition integer not null,
    source_offset bigint not null,
    reason text not null,
    detail text not null,
    recorded_at timestamptz,
    loaded_at timestamptz not null default now(),
    primary key (source_topic, source_partition, source_offset)
);
-- A reject that `ledgermind landing rejects retry` has landed since keeps its row; null while it has not landed.
alter table raw.rejects add column if not exists landed_at timestamptz;

-- How near each table is to the limit at which landing stops: one up for each row that it refuses, a hundredth down for
-- each row that it takes. No row is none.
create table if not exists raw.landing_refusals (
    table_name text primary key,
    level double precision not null,
    changed_at timestamptz not null default now()
);
