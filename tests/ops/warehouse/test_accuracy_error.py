"""The accuracy error: expected minus measured, of the newest release in each role; nothing where no label settled."""

import psycopg
import pytest

from ops.warehouse.accuracy_error import accuracy_error_family, read_accuracy_errors
from ops.warehouse.migrate import migrate

_TABLE = """
create schema if not exists marts;
create table marts.fct_suggestion_compare (
    label text, champion_version text, champion_category text, champion_confidence double precision,
    challenger_version text, challenger_category text, challenger_confidence double precision, compared_at timestamptz,
    served_source text
)
"""
_ROWS = """
insert into marts.fct_suggestion_compare
select 'Dining', %(champion)s, case when n <= 240 then 'Dining' else 'Cash' end, 0.9, 'v2', null, null,
    now() - %(age)s::interval, %(source)s
from generate_series(1, %(rows)s) as n
"""


@pytest.mark.integration
def test_the_error_is_that_of_the_newest_release_with_enough_settled_labels(database: str) -> None:
    assert read_accuracy_errors(database) == {}
    migrate(database)
    with psycopg.connect(database) as connection:
        connection.execute(_TABLE)
        connection.execute(_ROWS, {"champion": "v0", "age": "9 days", "rows": 240, "source": "model"})
        connection.execute(_ROWS, {"champion": "v1", "age": "1 day", "rows": 300, "source": "model"})
        connection.execute(_ROWS, {"champion": "v3", "age": "1 hour", "rows": 20, "source": "model"})
        connection.execute(_ROWS, {"champion": "v4", "age": "90 days", "rows": 300, "source": "model"})
        connection.execute(_ROWS, {"champion": "v1", "age": "1 day", "rows": 100, "source": "hint"})  # no evidence
    errors = read_accuracy_errors(database)
    assert errors == {"champion": pytest.approx(0.9 - 240 / 300)}
    (sample,) = accuracy_error_family(errors).samples
    assert (sample.labels, sample.value) == ({"role": "champion"}, errors["champion"])


def test_a_warehouse_that_is_not_there_has_no_error() -> None:
    assert read_accuracy_errors("postgresql://127.0.0.1:1/none") == {}
    assert accuracy_error_family({}).samples == []
