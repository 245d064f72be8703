-- A small past, as of 2026-04-15: every row is there for one sentence of tests/warehouse.
insert into raw.transactions (
    source_topic, source_partition, source_offset, origin, txn_id, user_id, account_id, occurred_at, amount, currency,
    description, channel, deleted_at, loaded_at
) values
('transactions', 0, 0, 'stream', 'first', 'u1', 'a', '2026-01-10Z', -5, 'GBP', 'TESCO', 'pos', null, '2026-04-14Z'),
('transactions', 0, 1, 'stream', 'corrected', 'u1', 'a', '2026-01-20Z', -5, 'GBP', 'TESCO', 'pos', null, '2026-04-14Z'),
('transactions', 0, 2, 'stream', 'february', 'u1', 'a', '2026-02-10Z', -5, 'GBP', 'TESCO', 'pos', null, '2026-04-14Z'),
('transactions', 0, 3, 'stream', 'march', 'u1', 'a', '2026-03-10Z', -5, 'GBP', 'TESCO', 'pos', null, '2026-04-14Z'),
('transactions', 0, 4, 'stream', 'outweighed', 'u2', 'a', '2026-03-01Z', -5, 'GBP', 'SHELL', 'pos', null, '2026-04-14Z'),
('transactions', 0, 5, 'stream', 'demo', 'demo-1', 'a', '2026-03-01Z', -5, 'GBP', 'TESCO', 'pos', null, '2026-04-14Z'),
('transactions', 0, 6, 'stream', 'zero', 'u2', 'a', '2026-03-01Z', 0, 'GBP', 'TESCO', 'pos', null, '2026-04-14Z'),
('transactions', 0, 7, 'stream', 'deleted', 'u2', 'a', '2026-03-01Z', -5, 'GBP', 'TESCO', 'pos', '2026-03-09Z', '2026-04-14Z'),
('transactions', 0, 8, 'stream', 'future', 'u2', 'a', '2026-05-01Z', -5, 'GBP', 'TESCO', 'pos', null, '2026-04-14Z'),
('transactions', 0, 9, 'stream', 'too early', 'u2', 'a', '2026-03-01Z', -5, 'GBP', 'TESCO', 'pos', null, '2026-04-14Z'),
('transactions', 0, 10, 'stream', 'foreign', 'u2', 'a', '2026-03-01Z', -5, 'GBP', 'TESCO', 'pos', null, '2026-04-14Z'),
('transactions', 0, 11, 'stream', 'too late', 'u2', 'a', '2026-03-01Z', -5, 'GBP', 'TESCO', 'pos', null, '2026-04-14Z'),
('transactions', 0, 12, 'stream', 'again', 'u2', 'a', '2026-03-05Z', -5, 'GBP', 'SHELL', 'pos', null, '2026-04-13Z'),
('transactions', 0, 13, 'stream', 'again', 'u2', 'a', '2026-03-05Z', -7, 'GBP', 'SHELL', 'pos', null, '2026-04-14Z'),
('transactions', 0, 14, 'stream', 'unscored', 'u2', 'a', '2026-03-05Z', -7, 'GBP', 'SHELL', 'pos', null, '2026-04-14Z'),
('transactions', 0, 15, 'stream', 'answered', 'u2', 'a', '2026-03-05Z', -7, 'GBP', 'SHELL', 'pos', null, '2026-04-14Z'),
('import:x', 0, 2, 'import', 'imported', 'u3', 'a', '2026-03-05Z', -7, 'GBP', 'SHELL', null, null, '2026-04-14Z');

insert into raw.transaction_labels (label_event_id, txn_id, user_id, label, source, observed_at, loaded_at) values
('l1', 'first', 'u1', 'Groceries', 'import', '2026-01-17Z', '2026-04-14Z'),
('l2', 'corrected', 'u1', 'Groceries', 'import', '2026-01-27Z', '2026-04-14Z'),
('l3', 'corrected', 'u1', 'Dining', 'human', '2026-02-05Z', '2026-04-14Z'),
('l4', 'february', 'u1', 'Groceries', 'import', '2026-02-17Z', '2026-04-14Z'),
('l5', 'march', 'u1', 'Groceries', 'rule', '2026-04-02Z', '2026-04-14Z'),
('l6', 'outweighed', 'u2', 'Fuel & Auto', 'human', '2026-03-02Z', '2026-04-14Z'),
('l7', 'outweighed', 'u2', 'Shopping', 'rule', '2026-03-05Z', '2026-04-14Z'),
('l8', 'demo', 'demo-1', 'Groceries', 'human', '2026-03-02Z', '2026-04-14Z'),
('l9', 'zero', 'u2', 'Groceries', 'human', '2026-03-02Z', '2026-04-14Z'),
('l10', 'deleted', 'u2', 'Groceries', 'human', '2026-03-02Z', '2026-04-14Z'),
('l11', 'future', 'u2', 'Groceries', 'human', '2026-05-02Z', '2026-04-14Z'),
('l12', 'too early', 'u2', 'Groceries', 'human', '2026-02-01Z', '2026-04-14Z'),
('l13', 'foreign', 'u1', 'Groceries', 'human', '2026-03-02Z', '2026-04-14Z'),
('l14', 'too late', 'u2', 'Groceries', 'human', '2026-04-20Z', '2026-04-14Z'),
('l15', 'again', 'u2', 'Fuel & Auto', 'human', '2026-03-06Z', '2026-04-14Z'),
('l16', 'imported', 'u3', 'Fuel & Auto', 'import', '2026-03-12Z', '2026-04-14Z');

insert into raw.ml_features (user_id, account_id, txn_id, feature_version, occurred_at, norm_desc, merchant_key, numeric, loaded_at)
select distinct on (user_id, account_id, txn_id)
    user_id, account_id, txn_id, '1', occurred_at, lower(description), lower(description), array[1.5, 2.5]::real[],
    '2026-04-14Z'::timestamptz
from raw.transactions;

insert into raw.suggestion_events (
    source_topic, source_partition, source_offset, event_id, txn_id, user_id, account_id, category, confidence, source, candidates,
    explanations, arm, bucket, rules_version, taxonomy_version, rollout_version, suggested_at
)
select
    'suggestions', source_partition, source_offset, 'a-b-' || source_partition || '-' || source_offset, txn_id, user_id,
    account_id, 'Groceries', 0.9, 'rules', '[]', '[]', 'control', 1, 'r', '1.0', 0, least(occurred_at, '2026-04-14Z'::timestamptz)
from raw.transactions
where origin = 'stream' and txn_id <> 'unscored';

insert into raw.suggestion_compare (
    source_topic, source_partition, source_offset, event_id, txn_id, user_id, account_id, arm, bucket, answers,
    control_category,
    outcome, served_source, rollout_version, scored_in_us, compared_at
)
select
    'suggestion-compare', source_partition, source_offset, event_id, txn_id, user_id, account_id, arm, bucket,
    '[{"role": "rules", "version": "r", "category": "Groceries", "confidence": 0.9, "acceptance": null, "rule_id": "x"},
      {"role": "champion", "version": "m", "category": "Dining", "confidence": 0.4, "acceptance": "low_confidence",
       "rule_id": null}]',
    'Groceries', 'control_only', 'rules', 0, 100, suggested_at
from raw.suggestion_events;

insert into raw.dead_letters (
    source_topic, source_partition, source_offset, reason, detail, origin_topic, origin_partition, origin_offset,
    schema_version, worker_version, is_truncated
) values ('transactions-dlq', 0, 0, 'scoring_failed', 'x', 'transactions', 0, 14, '1.0', '0', false);

insert into raw.landing_positions (topic, partition, next) values
('transactions', 0, 16), ('suggestions', 0, 16), ('suggestion-compare', 0, 16), ('transactions-dlq', 0, 1);

-- The releases that answered: one of the year before, and one that was trained two days before it was first asked.
insert into raw.model_registry (model_version, status, taxonomy_version, feature_version, trained_at, manifest) values
('m', 'PASS', '1.0', '1', '2025-12-31Z', '{}'),
('m-1', 'PASS', '1.0', '1', '2026-04-01 13:00Z', '{"as_of": "2026-04-01T12:00:00+00:00"}');
