"""The champion of a training is that of the rollout's newest landed record, for the trainer's own role too."""

import psycopg
import pytest

from ops.errors import PostgresError
from ops.training.champion import read_champion
from ops.warehouse.migrate import migrate

_INSERT = """
insert into raw.rollout_decisions (
    source_topic, source_partition, source_offset, version, percent, shadow, control_model_version,
    canary_model_version, actor, reason, decided_at, record, loaded_at
) values ('rollout-state', 0, %(version)s, %(version)s, %(percent)s, true, %(control)s, %(canary)s, 'a', 'r',
    now(), '{}', now() + %(version)s * interval '1 second')
"""
RECORDS = [("0", None, "m1"), ("99.99", None, "m1"), ("100", None, "m1"), ("0", "m1", "m2"), ("0", None, None)]


@pytest.mark.warehouse
def test_a_training_asks_the_newest_record_that_landed(database: str) -> None:
    migrate(database)
    assert read_champion(database) is None
    expected = []
    with psycopg.connect(database, autocommit=True) as connection:
        for version, (percent, control, canary) in enumerate(RECORDS):
            values = {"version": version, "percent": percent, "control": control, "canary": canary}
            connection.execute(_INSERT, values)
            expected.append(read_champion(database))
    assert expected == [None, None, "m1", "m1", None]
    as_trainer = psycopg.conninfo.make_conninfo(database, options="-c role=ledgermind_trainer")
    assert read_champion(as_trainer) is None


@pytest.mark.warehouse
def test_a_database_without_our_tables_is_one_line(database: str) -> None:
    with pytest.raises(PostgresError, match="ledgermind warehouse migrate") as refused:
        read_champion(database)
    assert "\n" not in str(refused.value)
