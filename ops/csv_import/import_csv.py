"""Import: a user's own CSV into the raw tables, labels too, all of it or nothing."""

from collections.abc import Callable, Iterator
from typing import Final

import psycopg

from ops.csv_import.border import settle_border
from ops.csv_import.cells import RefusedRow
from ops.csv_import.file_bytes import fingerprint
from ops.csv_import.import_plan import Imported, ImportPlan, LabelledRow, label_rows
from ops.csv_import.import_statements import (
    INCOMING,
    INSERT_LABELS,
    INSERT_TRANSACTIONS,
    MARK_KNOWN,
    READ_OTHERWISE,
    REPEATED_IDS,
    REWORDED,
)
from ops.csv_import.money_moved import MoneyMoved
from ops.csv_import.other_amounts import leave_out_other_amounts, money_moved
from ops.csv_import.source import open_csv
from ops.errors import OpsError
from ops.local.postgres import connect

PROGRESS_ROWS: Final = 1_000
OnProgress = Callable[[int, float | None], None]


class ImportFailedError(OpsError):
    """Postgres refused or went away; nothing was loaded."""


class ReadOtherwiseError(OpsError):
    """The same file was imported before and its rows read otherwise; nothing was loaded."""

    exit_code = 2


class RowsRefusedError(OpsError):
    """Rows were refused, so nothing was loaded; ``refused`` names them by line."""

    exit_code = 3

    def __init__(self, refused: list[RefusedRow]) -> None:
        self.refused = refused
        first = refused[0]
        super().__init__(
            f"{len(refused)} rows were refused and nothing was loaded ({first.place}: {first.reason}): "
            "mend them, or give --skip-refused"
        )


def import_csv(dsn: str, plan: ImportPlan, *, on_progress: OnProgress = lambda _rows, _share: None) -> Imported:
    """Load a file in one database transaction; ``on_progress`` hears the rows read and their share of it.

    Raises RowsRefusedError where a row is refused (unless the plan skips them), PostgresError where nobody answers,
    ReadOtherwiseError where the same file was read otherwise before, BorderDoubtError where an earlier export ends on
    the day on which this one begins and nobody said what their equal rows are, ImportFailedError where Postgres fails
    later, and what ``read_csv`` raises where the file cannot be read; nothing is loaded then.
    """
    import_id = plan.import_id
    opened = open_csv(plan.path, plan.columns, plan.written)
    rows = opened.rows
    try:
        with connect(dsn) as connection, connection.cursor() as cursor:
            found = cursor.execute("select transactions, labels from raw.imports where import_id = %s", (import_id,))
            known = found.fetchone()
            cursor.execute(INCOMING.encode())
            money = MoneyMoved()
            refused = _copy(
                cursor, label_rows(rows, plan), money, lambda count: on_progress(count, opened.table.share_read())
            )
            if other_amounts := leave_out_other_amounts(cursor):
                refused = sorted([*refused, *other_amounts], key=lambda row: (row.line, row.number))
                money = money_moved(cursor)
            if known is not None:
                return Imported(import_id, int(known[0]), int(known[1]), refused, is_repeat=True)
            if refused and not plan.skip_refused:
                raise RowsRefusedError(refused)
            _check_readings(cursor, plan)
            cursor.execute(MARK_KNOWN.encode())
            settle_border(cursor, plan.border)
            already = cursor.execute("select from incoming where is_known").rowcount
            reworded = _count(cursor, REWORDED)
            copied = cursor.execute("select from incoming").rowcount
            repeated_ids, changed_rows = _count_repeated(cursor)
            loaded = cursor.execute(INSERT_TRANSACTIONS.encode(), {"import_id": import_id}).rowcount
            transactions = loaded - already
            labels = cursor.execute(INSERT_LABELS.encode(), {"import_id": import_id}).rowcount
            cursor.execute(
                "insert into raw.imports (import_id, file_name, transactions, labels, file_digest) "
                "values (%s, %s, %s, %s, %s)",
                (import_id, plan.path.name, transactions, labels, fingerprint(plan.path)),
            )
    except psycopg.errors.UndefinedTable as error:
        raise ImportFailedError("Postgres has no raw tables yet: run `ledgermind warehouse migrate`") from error
    except psycopg.Error as error:
        line = str(error).strip().partition("\n")[0]
        raise ImportFailedError(f"Postgres: {line}; nothing was loaded") from error
    return Imported(
        import_id,
        transactions,
        labels,
        refused,
        repeated_ids,
        changed_rows,
        known=already,
        reworded=reworded,
        money=money,
        skipped=opened.left_out.skipped,
        forgotten=copied - loaded,
    )


def _check_readings(cursor: psycopg.Cursor[tuple[object, ...]], plan: ImportPlan) -> None:
    """Refuse a file of which an earlier import made other transactions; raises ReadOtherwiseError."""
    digest = fingerprint(plan.path)
    found = cursor.execute(READ_OTHERWISE.encode(), {"file_digest": digest}).fetchone()
    if found is not None:
        raise ReadOtherwiseError(
            f"{plan.path.name} was imported before as {found[0]}, and {found[1]} of its rows read otherwise now: "
            f"take that import back with `ledgermind import --undo {found[0]}`, then import again"
        )


def _count(cursor: psycopg.Cursor[tuple[object, ...]], statement: str) -> int:
    counted = cursor.execute(statement.encode()).fetchone()
    assert counted is not None
    return int(str(counted[0]))


def _count_repeated(cursor: psycopg.Cursor[tuple[object, ...]]) -> tuple[int, int]:
    """Return how many incoming rows repeat an id, and how many of these differ from the row before them."""
    counted = cursor.execute(REPEATED_IDS.encode()).fetchone()
    assert counted is not None
    return int(str(counted[0])), int(str(counted[1]))


def _copy(
    cursor: psycopg.Cursor[tuple[object, ...]],
    rows: Iterator[LabelledRow | RefusedRow],
    money: MoneyMoved,
    on_progress: Callable[[int], None],
) -> list[RefusedRow]:
    """Copy every row to the temporary table and return the refused ones."""
    refused: list[RefusedRow] = []
    columns = (
        "line, file_line, txn_id, user_id, account_id, occurred_at, amount, currency, description, merchant, mcc, "
        "country, channel, label, label_observed_at, has_own_id"
    )
    with cursor.copy(f"copy incoming ({columns}) from stdin".encode()) as copy:
        for number, row in enumerate(rows, start=1):
            if number % PROGRESS_ROWS == 0:
                on_progress(number)
            if isinstance(row, RefusedRow):
                refused.append(row)
                continue
            transaction = row.row.transaction
            money.add(transaction)
            copy.write_row(
                (
                    row.row.number or row.row.line,
                    row.row.line,
                    transaction.txn_id,
                    transaction.user_id,
                    transaction.account_id,
                    transaction.occurred_at,
                    transaction.amount,
                    transaction.currency,
                    transaction.description,
                    transaction.merchant,
                    transaction.mcc,
                    transaction.country,
                    None if transaction.channel is None else transaction.channel.value,
                    None if row.label is None else row.label.value,
                    row.observed_at,
                    row.row.has_own_id,
                )
            )
    return refused
