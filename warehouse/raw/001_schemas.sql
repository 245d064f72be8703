-- Schemas: `raw` is written by landing and imports, the three others belong to dbt.
create schema if not exists raw;
create schema if not exists staging;
create schema if not exists intermediate;
create schema if not exists marts;

-- A landed row is named by the topic, the topic's id, the partition and the offset: a topic that is made again gets
-- another id, and its offsets begin anew. Rows that landed before the column was there have an empty id.
create or replace procedure raw.key_by_topic_id(landed regclass) language plpgsql as $$
declare
    old_key name;
begin
    execute format('alter table %s add column if not exists source_topic_id text not null default %L', landed, '');
    select known.conname into old_key
    from pg_constraint as known
    where known.conrelid = landed and known.contype = 'p' and not exists (
        select from pg_attribute as column_of
        where column_of.attrelid = landed and column_of.attnum = any(known.conkey)
            and column_of.attname = 'source_topic_id'
    );
    if old_key is not null then
        execute format(
            'alter table %s drop constraint %I, '
            'add primary key (source_topic, source_topic_id, source_partition, source_offset)',
            landed, old_key
        );
    end if;
end
$$;

-- The topic id that begins an event's name.
create or replace function raw.topic_id_of(event_id text) returns text language sql immutable parallel safe
return substring(event_id from '^(.*)-[0-9]+-[0-9]+$');

-- Whether two topic ids may name one topic: a row that landed before ids were kept names none.
create or replace function raw.is_same_topic(one text, other text)
returns boolean language sql immutable parallel safe
return coalesce(one, '') in ('', coalesce(other, '')) or coalesce(other, '') = '';
