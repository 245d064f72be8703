-- Roles: group roles without login; an operator grants them to the users of the programs. Nobody is superuser.
-- Where the migrating user may not create roles, the grants are left to whoever may: no program depends on them.
do $$
declare
    name text;
begin
    foreach name in array array['ledgermind_landing', 'ledgermind_dbt', 'ledgermind_trainer'] loop
        if not exists (select from pg_roles where rolname = name) then
            execute format('create role %I nologin', name);
        end if;
    end loop;

    -- Landing adds rows and moves positions; it can neither change nor remove what it landed.
    grant usage on schema raw to ledgermind_landing;
    grant select, insert on all tables in schema raw to ledgermind_landing;
    grant update on raw.landing_positions to ledgermind_landing;
    execute format('grant temporary on database %I to ledgermind_landing', current_database());

    -- dbt reads raw and owns what it builds.
    grant usage on schema raw to ledgermind_dbt;
    grant select on all tables in schema raw to ledgermind_dbt;
    grant all on schema staging, intermediate, marts to ledgermind_dbt;

    -- The trainer reads marts, and writes its features and its runs.
    grant usage on schema raw, marts to ledgermind_trainer;
    grant select on raw.transactions to ledgermind_trainer;
    grant select, insert, update on raw.ml_features, raw.ml_training_runs, raw.model_registry to ledgermind_trainer;
exception
    when insufficient_privilege then
        raise notice 'roles were left out: this user may not create them';
end
$$;
