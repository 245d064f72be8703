"""Import: a user's own CSV into the raw tables, labels too, all of it or nothing."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Final

import psycopg

from ops.csv_import.categories import CategoryMap
from ops.csv_import.cells import RefusedRow, UnmappedCategory
from ops.csv_import.columns import CsvMap
from ops.csv_import.file import fingerprint
from ops.csv_import.import_statements import (
    INCOMING,
    INSERT_LABELS,
    INSERT_TRANSACTIONS,
    MARK_KNOWN,
    READ_OTHERWISE,
    REPEATED_IDS,
)
from ops.csv_import.money_moved import MoneyMoved
from ops.csv_import.row import Row
from ops.csv_import.source import CsvFormat, open_csv
from ops.errors import OpsError
from ops.local.postgres import connect
from schemas.taxonomy import Category

DEFAULT_LABEL_DELAY: Final = timedelta(days=7)
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


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """What is loaded and how it is read; a label without a time of its own is observed ``label_delay`` later."""

    path: Path
    columns: CsvMap
    written: CsvFormat
    categories: CategoryMap
    label_delay: timedelta = DEFAULT_LABEL_DELAY
    skip_refused: bool = False

    @property
    def import_id(self) -> str:
        """A name for this file read in this way: the same import twice loads nothing new."""
        how = f"{fingerprint(self.path)} {self.columns} {self.written} {self.categories} {self.label_delay}"
        if self.written.sheet is not None:
            how += f" {self.written.sheet}"
        return sha256(how.encode()).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import came to; ``is_repeat`` where the same import was there already and nothing was done.

    ``repeated_ids`` counts the rows whose user, account and txn_id together were in the warehouse already, or earlier
    in the file. They are loaded, and the row loaded last stands for the transaction; ``changed_rows`` of them say
    something else of it than the row before them. ``known`` counts rows without an id of their own that the warehouse
    holds already, as an export that overlaps another brings them: staging holds each of them once, and ``transactions``
    does not count them. ``skipped`` counts the rows that the user left out, ``forgotten`` those of users who
    were forgotten.
    """

    import_id: str
    transactions: int
    labels: int
    refused: list[RefusedRow]
    repeated_ids: int = 0
    changed_rows: int = 0
    known: int = 0
    money: MoneyMoved = field(default_factory=MoneyMoved)
    skipped: int = 0
    forgotten: int = 0
    is_repeat: bool = False


@dataclass(frozen=True, slots=True)
class _Labelled:
    """One row with its label in our words; the label is None where the file gives none."""

    row: Row
    label: Category | None
    observed_at: datetime | None


def import_csv(dsn: str, plan: ImportPlan, *, on_progress: OnProgress = lambda _rows, _share: None) -> Imported:
    """Load a file in one database transaction; ``on_progress`` hears the rows read and their share of it.

    Raises RowsRefusedError where a row is refused (unless the plan skips them), PostgresError where nobody answers,
    ReadOtherwiseError where the same file was read otherwise before, ImportFailedError where Postgres fails later, and
    what ``read_csv`` raises where the file cannot be read; nothing is loaded then.
    """
    import_id = plan.import_id
    opened = open_csv(plan.path, plan.columns, plan.written)
    rows = opened.rows
    try:
        with connect(dsn) as connection, connection.cursor() as cursor:
            found = cursor.execute("select transactions, labels from raw.imports where import_id = %s", (import_id,))
            known = found.fetchone()
            if known is not None:
                refused = [row for row in _label(rows, plan) if isinstance(row, RefusedRow)]
                return Imported(import_id, int(known[0]), int(known[1]), refused, is_repeat=True)
            cursor.execute(INCOMING.encode())
            money = MoneyMoved()
            refused = _copy(
                cursor, _label(rows, plan), money, lambda count: on_progress(count, opened.table.share_read())
            )
            if refused and not plan.skip_refused:
                raise RowsRefusedError(refused)
            _check_readings(cursor, plan)
            already = cursor.execute(MARK_KNOWN.encode()).rowcount
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


def _count_repeated(cursor: psycopg.Cursor[tuple[object, ...]]) -> tuple[int, int]:
    """Return how many incoming rows repeat an id, and how many of these differ from the row before them."""
    counted = cursor.execute(REPEATED_IDS.encode()).fetchone()
    assert counted is not None
    return int(str(counted[0])), int(str(counted[1]))


def _copy(
    cursor: psycopg.Cursor[tuple[object, ...]],
    rows: Iterator[_Labelled | RefusedRow],
    money: MoneyMoved,
    on_progress: Callable[[int], None],
) -> list[RefusedRow]:
    """Copy every row to the temporary table and return the refused ones."""
    refused: list[RefusedRow] = []
    columns = (
        "line, txn_id, user_id, account_id, occurred_at, amount, currency, description, merchant, mcc, country, "
        "channel, label, label_observed_at, has_own_id"
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


def _label(rows: Iterator[Row | RefusedRow], plan: ImportPlan) -> Iterator[_Labelled | RefusedRow]:
    for row in rows:
        yield row if isinstance(row, RefusedRow) else _label_one(row, plan)


def _label_one(row: Row, plan: ImportPlan) -> _Labelled | RefusedRow:
    if row.category is None:
        return _Labelled(row, None, None)
    try:
        label = plan.categories.find(row.category)
    except KeyError:
        name = row.category[:40]
        reason = f"category: {name!r} is none of ours; --category-map translates it"
        return UnmappedCategory(row.line, reason, row.number, name)
    occurred_at = row.transaction.occurred_at
    observed_at = row.label_observed_at or occurred_at + plan.label_delay
    if observed_at < occurred_at:
        return RefusedRow(row.line, "label_observed_at: is before occurred_at", row.number)
    return _Labelled(row, label, None if label is None else observed_at)
