-- The judge's tables at a size: so many suggestions, comparisons and feedbacks over so many days until now, one
-- transaction each, of 20,000 users, a tenth of them in the canary. Nobody analyses these tables.
create function pg_temp.at(n bigint) returns timestamptz language sql stable as $$
    select now() - (1 - n::double precision / current_setting('past.rows')::bigint)
        * current_setting('past.days')::integer * interval '1 day'
$$;

alter table raw.transactions set (autovacuum_enabled = false);
alter table raw.transaction_labels set (autovacuum_enabled = false);
alter table raw.suggestion_events set (autovacuum_enabled = false);
alter table raw.suggestion_compare set (autovacuum_enabled = false);
alter table raw.suggestion_feedback set (autovacuum_enabled = false);

insert into raw.suggestion_events (
    source_topic, source_partition, source_offset, event_id, txn_id, user_id, account_id, category, confidence,
    source, candidates, explanations, arm, bucket, model_version, rules_version, taxonomy_version, rollout_version, suggested_at, loaded_at
)
select
    'suggestions', 0, n, 'bWFkZQ-0-' || n, 't' || n, 'u' || n * 7919 % 20000, 'a', 'Groceries', 0.9, 'model', '[]', '[]',
    case when n * 7919 % 20000 < 2000 then 'canary' else 'control' end, n % 10000, 'm2', 'r2', '1.0', 1,
    pg_temp.at(n), pg_temp.at(n)
from generate_series(1, current_setting('past.rows')::bigint) as n;

insert into raw.suggestion_compare (
    source_topic, source_partition, source_offset, event_id, txn_id, user_id, account_id, arm, bucket, answers,
    control_category, canary_category, outcome, served_source, rollout_version, scored_in_us, compared_at, loaded_at
)
select
    'suggestion-compare', 0, n, 'bWFkZQ-0-' || n, 't' || n, 'u' || n * 7919 % 20000, 'a',
    case when n * 7919 % 20000 < 2000 then 'canary' else 'control' end, n % 10000,
    '[{"role": "rules", "version": "r2", "category": "Groceries", "confidence": 0.9, "acceptance": null},
      {"role": "challenger", "version": "m2", "category": "Dining", "confidence": 0.8, "acceptance": "accepted"}]',
    'Groceries', 'Dining', 'disagree', 'rules', 1, 4000, pg_temp.at(n), pg_temp.at(n)
from generate_series(1, current_setting('past.rows')::bigint) as n;

insert into raw.suggestion_feedback (
    source_topic, source_partition, source_offset, feedback_id, txn_id, user_id, action, category, source, given_at,
    loaded_at
)
select
    'suggestion-feedback', 0, n, 'f' || n, 't' || n, 'u' || n * 7919 % 20000,
    (array['accept', 'accept', 'accept', 'correct', 'reject'])[1 + n % 5], case when n % 5 < 4 then 'Groceries' end,
    'human', least(pg_temp.at(n) + interval '1 second', now()), pg_temp.at(n)
from generate_series(1, current_setting('past.rows')::bigint) as n;

insert into raw.transactions (
    source_topic, source_partition, source_offset, txn_id, user_id, account_id, occurred_at, amount, currency,
    description, loaded_at
)
select
    'transactions', 0, n, 't' || n, 'u' || n * 7919 % 20000, 'a', pg_temp.at(n), -5, 'GBP',
    'SHOP ' || chr(65 + (n * 31 % 26)::integer) || chr(65 + (n * 17 / 26 % 26)::integer) || ' LONDON', pg_temp.at(n)
from generate_series(1, current_setting('past.rows')::bigint) as n;

-- A label of another source than the user, of every transaction.
insert into raw.transaction_labels (label_event_id, txn_id, user_id, account_id, label, source, observed_at, loaded_at)
select
    'import:past:' || n, 't' || n, 'u' || n * 7919 % 20000, 'a', case when n % 3 = 0 then 'Dining' else 'Groceries' end,
    'import', least(pg_temp.at(n) + interval '1 day', now()), pg_temp.at(n)
from generate_series(1, current_setting('past.rows')::bigint) as n;

insert into raw.model_registry (model_version, status, taxonomy_version, feature_version, trained_at)
values ('m2', 'serving', '1.0', '3', pg_temp.at(0) - interval '1 day');
