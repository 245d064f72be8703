-- The judge's own memory of paired evidence: which arm served a merchant's settled labels better, written when it was
-- first counted and never changed, whatever lands or is corrected later. Evidence belongs to one pair of releases, one
-- version of the rules and one time since which all that is so; `control` is empty for rules alone.
create schema if not exists rollout;
create table if not exists rollout.paired_outcomes (
    canary text not null,
    control text not null,
    rules_version text not null,
    evidence_since timestamptz not null,
    label_maturity interval not null,
    merchant_key text not null,
    is_anchored boolean not null,
    sign smallint not null check (sign in (-1, 0, 1)),
    settled_at timestamptz not null,
    counted_at timestamptz not null default now(),
    primary key (canary, control, rules_version, evidence_since, label_maturity, merchant_key, is_anchored)
);

-- How far it has read: comparisons up to a time, and what landed up to a mark (raw.landed_before).
create table if not exists rollout.paired_progress (
    canary text not null,
    control text not null,
    rules_version text not null,
    evidence_since timestamptz not null,
    label_maturity interval not null,
    matured_until timestamptz not null,
    landed_mark bigint not null,
    moved_at timestamptz not null default now(),
    primary key (canary, control, rules_version, evidence_since, label_maturity)
);

-- Until when each mart holds what was known: the as_of of the last build that made it.
create table if not exists rollout.mart_builds (
    mart text primary key,
    as_of timestamptz not null,
    built_at timestamptz not null default now()
);
