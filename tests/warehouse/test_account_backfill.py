"""A database from before events and labels named an account gets the accounts that can be known, and no other."""

import psycopg

from ops.warehouse.migrate import migrate
from tests.warehouse.conftest import named

NAMED = ("suggestion_events", "suggestion_compare", "suggestion_feedback", "transaction_labels")
EARLIER = """
drop view if exists raw.current_labels;
insert into raw.transactions
    (source_topic, source_partition, source_offset, origin, txn_id, user_id, account_id, occurred_at, amount, currency,
    description)
values
    ('transactions', 2, 7, 'stream', '1', 'ann', 'giro', now(), -1, 'EUR', 'a'),
    ('transactions', 2, 8, 'stream', '1', 'ann', 'card', now(), -1, 'EUR', 'b'),
    ('import:f', 0, 2, 'import', '1', 'bob', 'giro', now(), -1, 'EUR', 'c'),
    ('import:f', 0, 3, 'import', '1', 'bob', 'card', now(), -1, 'EUR', 'd');
insert into raw.suggestion_events
    (source_topic, source_partition, source_offset, event_id, txn_id, user_id, confidence, source, candidates,
    explanations, arm, bucket, rules_version, taxonomy_version, rollout_version, suggested_at)
select 'suggestions', 0, place, event_id, '1', 'ann', 0, 'none', '[]', '[]', 'control', 1, 'r', '1', 0, now()
from (values (0, 'to-pic_id-2-7'), (1, 'to-pic_id-2-8'), (2, 'never landed'), (3, 'to-pic_id-99999999999-8'))
as given (place, event_id);
insert into raw.suggestion_compare
    (source_topic, source_partition, source_offset, event_id, txn_id, user_id, answers, arm, bucket, outcome,
    served_source, rollout_version, scored_in_us, compared_at)
select 'suggestion-compare', 0, source_offset, event_id, '1', 'ann', '[]', 'control', 1, 'neither', 'none', 0, 1, now()
from raw.suggestion_events;
insert into raw.transaction_labels (label_event_id, txn_id, user_id, label, source, observed_at)
values
    ('import:f:2', '1', 'bob', 'Cash', 'import', now()),
    ('import:f:3', '1', 'bob', 'Dining', 'import', now()),
    ('feedback:3:bob:x', '1', 'bob', 'Dining', 'human', now());
delete from raw.migrations;
"""


def test_earlier_rows_get_the_account_of_the_record_that_they_name(server: str) -> None:
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("create database earlier")
    dsn = named(server, "earlier")
    migrate(dsn)
    with psycopg.connect(dsn) as connection:
        connection.execute("drop view raw.current_labels")
        for table in NAMED:
            connection.execute(f"alter table raw.{table} drop column account_id".encode())
        connection.execute(EARLIER.encode())
    migrate(dsn)
    with psycopg.connect(dsn) as connection:
        for table in ("suggestion_events", "suggestion_compare"):
            query = f"select account_id from raw.{table} order by source_offset"
            assert connection.execute(query.encode()).fetchall() == [("giro",), ("card",), (None,), (None,)]
        labels = "select account_id from raw.transaction_labels order by label_event_id"
        assert connection.execute(labels).fetchall() == [(None,), ("giro",), ("card",)]
