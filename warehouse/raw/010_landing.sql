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
