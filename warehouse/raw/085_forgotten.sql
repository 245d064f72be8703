-- Users whose rows were erased (`ledgermind forget`). No table here holds a user's id: a user is named by a keyed hash,
-- and only the owner of this schema reads the key.
create schema if not exists erasure;
-- Made with the first forgotten user and never again: under another key no forgotten user would be known. Not here, so
-- that a dump's key can be restored into a database that was just migrated.
create table if not exists erasure.hash_key (
    is_only boolean primary key default true check (is_only),
    hash_key bytea not null
);

-- `releases` were trained on labels of the user: once the rows are gone, nothing else says so.
create table if not exists erasure.forgotten_users (
    user_hash bytea primary key,
    forgotten_at timestamptz not null default now(),
    releases text[] not null default '{}'
);

-- Rows of forgotten users that came later, one line each: read again from a topic, imported, or sent since.
create table if not exists erasure.refused_rows (
    user_hash bytea not null,
    table_name text not null,
    refused_at timestamptz not null default now()
);
create index if not exists refused_rows_user_hash on erasure.refused_rows (user_hash);

create or replace function erasure.hash_of(value bytea) returns bytea
language sql stable security definer set search_path = pg_catalog
return (select sha256(known.hash_key || $1) from erasure.hash_key as known);

-- Every writer of a table with users meets this trigger, whichever it is: the landing, a retry of its rejects, an
-- import, the features job. A row of a forgotten user is left out. Of a hint the place stays, since a replay asks up to
-- which offset hints have landed.
create or replace function erasure.refuse_forgotten() returns trigger
language plpgsql security definer set search_path = pg_catalog as $$
declare
    hashed bytea;
begin
    select known.user_hash into hashed from erasure.forgotten_users as known
    where known.user_hash = erasure.hash_of(convert_to(new.user_id, 'UTF8'));
    if hashed is null then
        return new;
    end if;
    insert into erasure.refused_rows (user_hash, table_name) values (hashed, tg_table_name);
    if tg_table_name <> 'user_hints' then
        return null;
    end if;
    new.user_id := '';
    new.merchant_key := '';
    new.preference := null;
    new.category := null;
    new.created_at := null;
    return new;
end
$$;

-- The user whom the value of a dead letter names, as the bytes of the id; null where it names none. Values that are no
-- JSON, or were cut, are searched for the field.
create or replace function erasure.user_of(value bytea) returns bytea
language plpgsql immutable set search_path = pg_catalog as $$
declare
    field bytea;
begin
    begin
        return convert_to(convert_from(value, 'UTF8')::jsonb ->> 'user_id', 'UTF8');
    exception
        when others then
            field := decode(
                substring(encode(value, 'escape') from '"user_id"\s*:\s*("(?:[^"\\]|\\\\.|\\[0-7]{3})*")'), 'escape'
            );
    end;
    return convert_to(convert_from(field, 'UTF8')::jsonb #>> '{}', 'UTF8');
exception
    when others then
        return btrim(field, '"'::bytea);
end
$$;

-- A dead letter of a forgotten user stands without the bytes: its place, reason and detail hold nothing of a person and
-- say that a record was answered.
create or replace function erasure.empty_forgotten() returns trigger
language plpgsql security definer set search_path = pg_catalog as $$
declare
    hashed bytea;
begin
    select known.user_hash into hashed from erasure.forgotten_users as known
    where known.user_hash in (erasure.hash_of(new.original_key), erasure.hash_of(erasure.user_of(new.original_value)))
    limit 1;
    if hashed is null then
        return new;
    end if;
    insert into erasure.refused_rows (user_hash, table_name) values (hashed, tg_table_name);
    new.original_key := null;
    new.original_value := null;
    new.is_truncated := true;
    return new;
end
$$;

create or replace trigger empty_forgotten before insert on raw.dead_letters
for each row execute function erasure.empty_forgotten();
do $$
declare
    name name;
begin
    for name in
        select of_user.relname from pg_class as of_user
        inner join pg_attribute as column_of on column_of.attrelid = of_user.oid
        where of_user.relnamespace = 'raw'::regnamespace and of_user.relkind in ('r', 'p')
            and column_of.attname = 'user_id'
    loop
        execute format(
            'create or replace trigger refuse_forgotten before insert on raw.%I '
            'for each row execute function erasure.refuse_forgotten()',
            name
        );
    end loop;
end
$$;

-- The triggers are on while any user is forgotten, also once a dump is restored; until then they cost nothing.
create or replace procedure erasure.set_triggers() language plpgsql as $$
declare
    found record;
    state text := case when exists (select from erasure.forgotten_users) then 'enable' else 'disable' end;
begin
    for found in
        select known.tgrelid::regclass as of_table, known.tgname as name from pg_trigger as known
        where known.tgfoid in ('erasure.refuse_forgotten'::regproc, 'erasure.empty_forgotten'::regproc)
    loop
        execute format('alter table %s %s trigger %I', found.of_table, state, found.name);
    end loop;
end
$$;
create or replace function erasure.follow_forgotten() returns trigger language plpgsql as $$
begin
    call erasure.set_triggers();
    return null;
end
$$;
create or replace trigger follow_forgotten after insert or delete or truncate on erasure.forgotten_users
for each statement execute function erasure.follow_forgotten();
call erasure.set_triggers();
