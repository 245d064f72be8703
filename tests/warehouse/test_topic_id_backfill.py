"""A database from before rows named their topic's id: keys hold it afterwards, and no row is lost or merged."""

import psycopg

from ops.warehouse.migrate import migrate
from tests.warehouse.conftest import named

TABLES = (
    "rejects",
    "transactions",
    "suggestion_feedback",
    "suggestion_events",
    "suggestion_compare",
    "dead_letters",
    "rollout_decisions",
    "user_hints",
)
EARLIER = """
insert into raw.transactions
    (source_topic, source_partition, source_offset, origin, txn_id, user_id, account_id, occurred_at, amount, currency,
    description)
values
    ('transactions', 2, 7, 'stream', '1', 'ann', 'giro', now(), -1, 'EUR', 'answered'),
    ('transactions', 2, 8, 'stream', '2', 'ann', 'giro', now(), -1, 'EUR', 'not answered yet'),
    ('import:f', 2, 7, 'import', '1', 'ann', 'giro', now(), -1, 'EUR', 'imported');
insert into raw.suggestion_events
    (source_topic, source_partition, source_offset, event_id, txn_id, user_id, account_id, confidence, source,
    candidates, explanations, arm, bucket, rules_version, taxonomy_version, rollout_version, suggested_at)
select 'suggestions', 0, place, event_id, '1', 'ann', 'giro', 0, 'none', '[]', '[]', 'control', 1, 'r', '1', 0, now()
from (values (0, 'to-pic_id-2-7'), (1, 'never landed'), (2, 'to-pic_id-99999999999-8')) as given (place, event_id);
insert into raw.landing_positions (topic, partition, next) values ('transactions', 2, 9);
delete from raw.migrations;
"""
SECOND = """
insert into raw.transactions
    (source_topic, source_topic_id, source_partition, source_offset, txn_id, user_id, account_id, occurred_at, amount,
    currency, description)
values ('transactions', 'another', 2, 7, '9', 'bob', 'giro', now(), -1, 'EUR', 'of another topic')
"""


def test_earlier_rows_are_named_by_the_topic_that_can_be_known(server: str) -> None:
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("create database earlier_topics")
    dsn = named(server, "earlier_topics")
    migrate(dsn)
    with psycopg.connect(dsn) as connection:
        for table in TABLES:
            connection.execute(f"alter table raw.{table} drop column source_topic_id cascade".encode())
            key = f"alter table raw.{table} add primary key (source_topic, source_partition, source_offset)"
            connection.execute(key.encode())
        connection.execute("alter table raw.landing_positions drop column topic_id")
        connection.execute("alter table raw.landing_positions add primary key (topic, partition)")
        connection.execute(EARLIER.encode())
    assert migrate(dsn)
    with psycopg.connect(dsn) as connection:
        rows = connection.execute("select description, source_topic_id from raw.transactions order by 1").fetchall()
        assert rows == [("answered", "to-pic_id"), ("imported", ""), ("not answered yet", "")]
        assert connection.execute("select topic_id, next from raw.landing_positions").fetchall() == [("", 9)]
        connection.execute(SECOND)  # the same partition and offset of another topic of that name
        for table in TABLES:
            keyed = connection.execute(
                "select count(*) from information_schema.key_column_usage"
                " where table_schema = 'raw' and table_name = %s and constraint_name like '%%_pkey'",
                (table,),
            ).fetchone()
            assert keyed == (4,), table
    assert not migrate(dsn)
