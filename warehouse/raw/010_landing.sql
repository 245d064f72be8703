-- Where landing stands: `next` is the offset that it reads next; it moves in the transaction that lands the rows.
-- A position belongs to one topic of that name: one that is made again has another id, and positions of its own.
create table if not exists raw.landing_positions (
    topic text not null,
    partition integer not null,
    next bigint not null,
    moved_at timestamptz not null default now(),
    topic_id text not null default '',
    primary key (topic, topic_id, partition)
);
-- Positions from before ids were kept name none; the landing gives them the id that it finds when it starts.
alter table raw.landing_positions add column if not exists topic_id text not null default '';
alter table raw.landing_positions drop constraint if exists landing_positions_pkey;
alter table raw.landing_positions add primary key (topic, topic_id, partition);

-- Records that could not land; the bytes stay on their topic, where offset and retention find them.
create table if not exists raw.rejects (
    source_topic text not null,
    source_partition integer not null,
    source_offset bigint not null,
    reason text not null,
    detail text not null,
    recorded_at timestamptz,
    loaded_at timestamptz not null default now(),
    source_topic_id text not null default '',
    primary key (source_topic, source_topic_id, source_partition, source_offset)
);
call raw.key_by_topic_id('raw.rejects');
-- A reject that `ledgermind landing rejects retry` has landed since keeps its row; null while it has not landed.
alter table raw.rejects add column if not exists landed_at timestamptz;

-- How near each table is to the limit at which landing stops: one up for each row that it refuses, a hundredth down for
-- each row that it takes. No row is none.
create table if not exists raw.landing_refusals (
    table_name text primary key,
    level double precision not null,
    changed_at timestamptz not null default now()
);
