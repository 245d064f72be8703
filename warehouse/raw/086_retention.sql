-- How long a table keeps a row after it landed; null, or no line, is until the user is forgotten. `kept_since` is the
-- time before which rows have been removed.
create table if not exists erasure.retention (
    table_name text primary key,
    keep interval check (keep > interval '0'),
    kept_since timestamptz
);

-- Removes what is older than its table keeps, and features with their transaction. A build calls it as dbt's role,
-- which may remove nothing else.
create or replace function erasure.apply_retention() returns table (of_table text, removed bigint)
language plpgsql security definer set search_path = pg_catalog as $$
declare
    setting record;
begin
    for setting in
        select known.table_name, now() - known.keep as since from erasure.retention as known
        where known.keep is not null
        order by known.table_name
    loop
        execute format('delete from raw.%I where loaded_at < $1', setting.table_name) using setting.since;
        get diagnostics removed = row_count;
        of_table := setting.table_name;
        if removed > 0 then
            update erasure.retention set kept_since = greatest(kept_since, setting.since)
            where table_name = setting.table_name;
        end if;
        return next;
    end loop;
    delete from raw.ml_features as features
    where exists (select from erasure.retention where table_name = 'transactions' and kept_since is not null)
        and not exists (
            select from raw.transactions as record
            where record.user_id = features.user_id and record.account_id = features.account_id
                and record.txn_id = features.txn_id
        );
    get diagnostics removed = row_count;
    of_table := 'ml_features';
    return next;
end
$$;

-- The time after which a landed row has all rows that belong to it: `transactions` and `suggestions` keep a record for
-- seven days each, so an answer lands at most fourteen days after its transaction.
create or replace function erasure.whole_since() returns timestamptz
language sql stable security definer set search_path = pg_catalog
return (select coalesce(max(known.kept_since) + interval '14 days', '-infinity') from erasure.retention as known);
