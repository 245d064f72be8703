"""Other amounts: rows whose id names a transaction of another amount already, in the warehouse or above in the file.

Which of the two is right nobody can know from here, and the later one must not win in silence: such rows are refused.
"""

from typing import Final

import psycopg
from psycopg.rows import args_row

from ops.csv_import.cells import RefusedRow
from ops.csv_import.money_moved import MoneyMoved

_IMPORT: Final = "import:"
OTHER_AMOUNTS: Final = """
with numbered as (
    select
        line, file_line, user_id, account_id, txn_id, amount, currency,
        row_number() over of_one_id as number,
        first_value(amount) over of_one_id as first_amount,
        first_value(currency) over of_one_id as first_currency
    from incoming
    where has_own_id
    window of_one_id as (partition by user_id, account_id, txn_id order by line)
)
select numbered.line, numbered.file_line, loaded.source_topic
from numbered
left join lateral (
    select amount, currency, source_topic
    from raw.transactions as record
    where record.user_id = numbered.user_id and record.account_id = numbered.account_id
        and record.txn_id = numbered.txn_id
    order by record.loaded_at desc, record.source_offset desc
    limit 1
) as loaded on true
where numbered.amount <> coalesce(loaded.amount, numbered.first_amount)
    or numbered.currency <> coalesce(loaded.currency, numbered.first_currency)
order by numbered.line
"""
LEAVE_OUT: Final = "delete from incoming where line = any(%(lines)s)"
MONEY_MOVED: Final = """
select
    count(*) filter (where amount > 0)::int, count(*) filter (where amount < 0)::int,
    min(occurred_at at time zone 'UTC')::date, max(occurred_at at time zone 'UTC')::date,
    count(*) filter (where currency = 'XXX')::int
from incoming
"""


def leave_out_other_amounts(cursor: psycopg.Cursor[tuple[object, ...]]) -> list[RefusedRow]:
    """Take such rows out of the incoming ones and return them, in the order of the file."""
    found = cursor.execute(OTHER_AMOUNTS.encode()).fetchall()
    if found:
        cursor.execute(LEAVE_OUT.encode(), {"lines": [line for line, _, _ in found]})
    return [_refused(int(str(line)), int(str(file_line)), topic) for line, file_line, topic in found]


def money_moved(cursor: psycopg.Cursor[tuple[object, ...]]) -> MoneyMoved:
    """Count the incoming rows anew."""
    with cursor.connection.cursor(row_factory=args_row(MoneyMoved)) as counted:
        (moved,) = counted.execute(MONEY_MOVED.encode()).fetchall()
    return moved


def _refused(line: int, file_line: int, topic: object) -> RefusedRow:
    # Of formats in which several transactions share a line, the incoming line is the transaction's number.
    number = 0 if line == file_line else line
    return RefusedRow(file_line, f"txn_id: names a transaction of another amount or currency {_where(topic)}", number)


def _where(topic: object) -> str:
    if topic is None:
        return "above in this file; map account_id if the file holds several accounts"
    if not str(topic).startswith(_IMPORT):
        return "that came from Kafka"
    import_id = str(topic).removeprefix(_IMPORT)
    return f"of import {import_id}; if that one was wrong: ledgermind import --undo {import_id}"
