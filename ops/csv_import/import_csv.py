"""Import: a user's own CSV into the raw tables, labels too, all of it or nothing."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Final

import psycopg

from ops.csv_import.categories import CategoryMap
from ops.csv_import.columns import CsvMap
from ops.csv_import.file import RefusedRow, fingerprint
from ops.csv_import.import_statements import INCOMING, INSERT_LABELS, INSERT_TRANSACTIONS, REPEATED_IDS
from ops.csv_import.row import Row
from ops.csv_import.source import CsvFormat, read_csv
from ops.errors import OpsError
from ops.local.postgres import connect
from schemas.taxonomy import Category

DEFAULT_LABEL_DELAY: Final = timedelta(days=7)
PROGRESS_ROWS: Final = 1_000


class ImportFailedError(OpsError):
    """Postgres refused or went away; nothing was loaded."""


class RowsRefusedError(OpsError):
    """Rows were refused, so nothing was loaded; ``refused`` names them by line."""

    exit_code = 3

    def __init__(self, refused: list[RefusedRow]) -> None:
        self.refused = refused
        first = refused[0]
        super().__init__(
            f"{len(refused)} rows were refused and nothing was loaded (line {first.line}: {first.reason}): "
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
        return sha256(how.encode()).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import came to; ``is_repeat`` where the same import was there already and nothing was done.

    ``repeated_ids`` counts the rows whose user, account and txn_id together were in the warehouse already, or earlier
    in the file. They are loaded, and the row loaded last stands for the transaction; ``changed_rows`` of them say
    something else of it than the row before them.
    """

    import_id: str
    transactions: int
    labels: int
    refused: list[RefusedRow]
    repeated_ids: int = 0
    changed_rows: int = 0
    is_repeat: bool = False


@dataclass(frozen=True, slots=True)
class _Labelled:
    """One row with its label in our words; the label is None where the file gives none."""

    row: Row
    label: Category | None
    observed_at: datetime | None


def import_csv(dsn: str, plan: ImportPlan, *, on_progress: Callable[[int], None] = lambda _: None) -> Imported:
    """Load a file in one database transaction; ``on_progress`` hears the number of rows read.

    Raises RowsRefusedError where a row is refused (unless the plan skips them), PostgresError where nobody answers,
    ImportFailedError where Postgres fails later, and what ``read_csv`` raises where the file cannot be read; nothing is
    loaded then.
    """
    import_id = plan.import_id
    rows = read_csv(plan.path, plan.columns, plan.written)
    try:
        with connect(dsn) as connection, connection.cursor() as cursor:
            found = cursor.execute("select transactions, labels from raw.imports where import_id = %s", (import_id,))
            known = found.fetchone()
            if known is not None:
                return Imported(import_id, int(known[0]), int(known[1]), [], is_repeat=True)
            cursor.execute(INCOMING.encode())
            refused = _copy(cursor, _label(rows, plan), on_progress)
            if refused and not plan.skip_refused:
                raise RowsRefusedError(refused)
            repeated_ids, changed_rows = _count_repeated(cursor)
            transactions = cursor.execute(INSERT_TRANSACTIONS.encode(), {"import_id": import_id}).rowcount
            labels = cursor.execute(INSERT_LABELS.encode(), {"import_id": import_id}).rowcount
            cursor.execute(
                "insert into raw.imports (import_id, file_name, transactions, labels) values (%s, %s, %s, %s)",
                (import_id, plan.path.name, transactions, labels),
            )
    except psycopg.errors.UndefinedTable as error:
        raise ImportFailedError("Postgres has no raw tables yet: run `ledgermind warehouse migrate`") from error
    except psycopg.Error as error:
        line = str(error).strip().partition("\n")[0]
        raise ImportFailedError(f"Postgres: {line}; nothing was loaded") from error
    return Imported(import_id, transactions, labels, refused, repeated_ids, changed_rows)


def _count_repeated(cursor: psycopg.Cursor[tuple[object, ...]]) -> tuple[int, int]:
    """Return how many incoming rows repeat an id, and how many of these differ from the row before them."""
    counted = cursor.execute(REPEATED_IDS.encode()).fetchone()
    assert counted is not None
    return int(str(counted[0])), int(str(counted[1]))


def _copy(
    cursor: psycopg.Cursor[tuple[object, ...]],
    rows: Iterator[_Labelled | RefusedRow],
    on_progress: Callable[[int], None],
) -> list[RefusedRow]:
    """Copy every row to the temporary table and return the refused ones."""
    refused: list[RefusedRow] = []
    with cursor.copy("copy incoming from stdin") as copy:
        for number, row in enumerate(rows, start=1):
            if number % PROGRESS_ROWS == 0:
                on_progress(number)
            if isinstance(row, RefusedRow):
                refused.append(row)
                continue
            transaction = row.row.transaction
            copy.write_row(
                (
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
        return RefusedRow(row.line, f"category: {row.category[:40]!r} is none of ours; --category-map translates it")
    occurred_at = row.transaction.occurred_at
    observed_at = row.label_observed_at or occurred_at + plan.label_delay
    if observed_at < occurred_at:
        return RefusedRow(row.line, "label_observed_at: is before occurred_at")
    return _Labelled(row, label, None if label is None else observed_at)
