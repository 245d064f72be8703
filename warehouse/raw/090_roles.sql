-- Roles: group roles without login; an operator grants them to the users of the programs. Nobody is superuser.
-- Where the migrating user may not create roles, the grants are left to whoever may: no program depends on them.
do $$
declare
    name text;
begin
    foreach name in array array[
        'ledgermind_landing', 'ledgermind_dbt', 'ledgermind_trainer', 'ledgermind_judge'
    ] loop
        if not exists (select from pg_roles where rolname = name) then
            execute format('create role %I nologin', name);
        end if;
    end loop;

    -- Landing adds rows and moves positions; it can neither change nor remove what it landed. Of a reject it can note
    -- that it landed after all.
    grant usage on schema raw to ledgermind_landing;
    grant select, insert on all tables in schema raw to ledgermind_landing;
    grant update on raw.landing_positions, raw.landing_refusals to ledgermind_landing;
    grant update (reason, detail, landed_at) on raw.rejects to ledgermind_landing;
    execute format('grant temporary on database %I to ledgermind_landing', current_database());

    -- dbt reads raw and owns what it builds.
    grant usage on schema raw to ledgermind_dbt;
    grant select on all tables in schema raw to ledgermind_dbt;
    grant all on schema staging, intermediate, marts to ledgermind_dbt;
    -- It removes what is older than its table keeps, and nothing else.
    grant usage on schema erasure to ledgermind_dbt;
    revoke execute on all functions in schema erasure from public;
    grant execute on function erasure.apply_retention(), erasure.whole_since() to ledgermind_dbt;
    grant usage on schema rollout to ledgermind_dbt;
    grant select, insert, update on rollout.mart_builds to ledgermind_dbt;

    -- The trainer reads marts and which release is the rollout's champion, and writes its features and its runs.
    grant usage on schema raw, marts to ledgermind_trainer;
    grant select on raw.transactions to ledgermind_trainer;
    grant select (version, percent, control_model_version, canary_model_version, loaded_at)
    on raw.rollout_decisions to ledgermind_trainer;
    grant select, insert, update on raw.ml_features, raw.ml_training_runs, raw.model_registry to ledgermind_trainer;

    -- The judge reads the columns that its verdicts rest on; of what dbt builds, each model says itself what it may read.
    grant usage on schema raw, staging, marts to ledgermind_judge;
    grant select (
        event_id, txn_id, user_id, account_id, arm, answers, control_category, canary_category, outcome, served_source,
        scored_in_us, rollout_version, compared_at, loaded_at, landed_xid
    ) on raw.suggestion_compare to ledgermind_judge;
    grant select (
        txn_id, user_id, account_id, occurred_at, amount, description, deleted_at, loaded_at, origin,
        source_topic_id, source_partition, source_offset
    ) on raw.transactions to ledgermind_judge;
    grant select (
        label_event_id, txn_id, user_id, account_id, label, source, observed_at, superseded_at, landed_xid
    ) on raw.transaction_labels to ledgermind_judge;
    grant select (
        event_id, txn_id, user_id, account_id, arm, category, source, model_version, rollout_version, suggested_at,
        loaded_at
    ) on raw.suggestion_events to ledgermind_judge;
    grant select (
        feedback_id, txn_id, user_id, account_id, event_id, action, category, given_at, loaded_at, source_offset
    ) on raw.suggestion_feedback to ledgermind_judge;
    grant select (version, control_model_version, canary_model_version, decided_at)
    on raw.rollout_decisions to ledgermind_judge;
    grant select (reason, recorded_at) on raw.dead_letters to ledgermind_judge;
    grant select on raw.release_cut_offs to ledgermind_judge;

    -- It remembers signs, which it cannot change, and how far it has read.
    grant usage on schema rollout to ledgermind_judge;
    grant select on rollout.mart_builds to ledgermind_judge;
    grant select, insert on rollout.paired_outcomes to ledgermind_judge;
    grant select, insert, update on rollout.paired_progress to ledgermind_judge;
exception
    when insufficient_privilege then
        raise notice 'roles were left out: this user may not create them';
end
$$;
