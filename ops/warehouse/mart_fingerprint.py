"""Mart fingerprint: which state of the training mart dbt's tests were green on, so that no other one is trained on."""

from pathlib import Path
from typing import Final

import msgspec
import psycopg
from msgspec import Struct

from ops.local.postgres import connect
from ops.warehouse.dbt import RunResults

ARTEFACT: Final = "tested_mart.json"
# Every row as text, in the order of its key; the settings decide how times and numbers are written.
_SETTINGS: Final = "set local timezone = 'UTC'; set local extra_float_digits = 1; set local datestyle = 'ISO'"
_FINGERPRINT: Final = """
select encode(sha256(convert_to(coalesce(string_agg(
    row_hash, '' order by user_id, account_id, txn_id
), ''), 'UTF8')), 'hex')
from (select *, md5(mart::text) as row_hash from marts.fct_training_view as mart) as hashed
"""


class TestedMart(Struct, frozen=True):
    """A run of dbt by its id, and the SHA-256 of the mart's rows when it had ended."""

    invocation_id: str
    fingerprint: str


def read_fingerprint(dsn: str) -> str | None:
    """Return the SHA-256 of the training mart's rows, None where there is no mart; raises PostgresError."""
    with connect(dsn) as connection:
        try:
            connection.execute(_SETTINGS)
            row = connection.execute(_FINGERPRINT).fetchone()
        except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName):
            return None
    return None if row is None else str(row[0])


def note_tested(target: Path, results: RunResults, fingerprint: str | None) -> None:
    """Write down, beside dbt's own artefacts, what a run with green tests had before it."""
    if fingerprint is not None:
        tested = TestedMart(results.metadata.invocation_id, fingerprint)
        (target / ARTEFACT).write_bytes(msgspec.json.encode(tested))


def read_tested(target: Path) -> TestedMart | None:
    """Return what was noted last, None where nothing was or it cannot be read."""
    try:
        return msgspec.json.decode((target / ARTEFACT).read_bytes(), type=TestedMart)
    except (OSError, msgspec.MsgspecError):
        return None
