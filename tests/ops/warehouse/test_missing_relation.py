"""What a query did not find is named with the command that makes it."""

import psycopg
import pytest

from ops.warehouse.missing_relation import remedy


@pytest.mark.parametrize(
    ("query", "says"),
    [
        (
            "select * from raw.transactions",
            "raw.transactions is not in this database: run `ledgermind warehouse migrate`",
        ),
        ("select * from marts.dim_merchants", "marts.dim_merchants is not built yet: run `ledgermind warehouse build`"),
        ("select raw.landed_before()", "run `ledgermind warehouse migrate`"),
        ("select 1 / 0", None),
    ],
    ids=["raw", "mart", "function", "another error"],
)
@pytest.mark.warehouse
def test_what_is_missing_is_named_with_its_remedy(database: str, query: str, says: str | None) -> None:
    with psycopg.connect(database) as connection, pytest.raises(psycopg.Error) as raised:
        connection.execute(query.encode())
    found = remedy(raised.value)
    assert (found is None) == (says is None)
    assert (says or "") in (found or "")
