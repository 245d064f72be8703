-- Which category of an earlier taxonomy is which of a later one, as `ledgermind taxonomy migrate` noted it: what was
-- said stays as it was said, and whoever builds for the later taxonomy reads it through these rows. Null: it has no
-- successor, and labels of it are left out.
create table if not exists raw.category_successors (
    to_version text not null,
    from_category text not null,
    to_category text,
    from_version text not null,
    noted_at timestamptz not null default now(),
    primary key (to_version, from_category)
);
