-- By which transaction of the database a row was written: `loaded_at` is taken before the commit, so whoever goes on
-- from the newest time that it has seen misses what is committed later, and whatever is older than it looks back.
-- Whoever goes on from `raw.landed_before()` misses nothing, of any age: a transaction that was open then is not behind
-- it. Rows from before the column was there hold 0.
alter table raw.suggestion_compare add column if not exists landed_xid bigint not null default 0;
alter table raw.transaction_labels add column if not exists landed_xid bigint not null default 0;

create or replace function raw.note_landed() returns trigger language plpgsql as $$
begin
    new.landed_xid := pg_current_xact_id()::text::bigint;
    return new;
end
$$;
create or replace trigger suggestion_compare_note_landed before insert or update on raw.suggestion_compare
for each row execute function raw.note_landed();
create or replace trigger transaction_labels_note_landed before insert or update on raw.transaction_labels
for each row execute function raw.note_landed();

create index if not exists suggestion_compare_landed_xid on raw.suggestion_compare (landed_xid);
create index if not exists transaction_labels_landed_xid on raw.transaction_labels (landed_xid);

-- The first transaction that may not have ended yet: all rows of earlier ones are seen, or never will be.
create or replace function raw.landed_before() returns bigint language sql stable
return pg_snapshot_xmin(pg_current_snapshot())::text::bigint;

-- Where reading goes on from a `raw.landed_before()` of an earlier time. A database that was restored from a dump
-- counts its transactions anew: a mark that lies ahead of it is none, and all is read.
create or replace function raw.landed_since(mark bigint) returns bigint language sql stable
return case when mark <= pg_snapshot_xmax(pg_current_snapshot())::text::bigint then mark else 0 end;
