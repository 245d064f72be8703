"""Migrate: apply the warehouse's raw migrations in order, each once per content, all in one transaction."""

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

import psycopg

from ops.errors import OpsError
from ops.local.postgres import connect

MIGRATIONS: Final = Path(__file__).resolve().parents[2] / "warehouse" / "raw"
# Two programs that migrate at once wait for each other; any number does, as long as it is always the same.
LOCK: Final = 7_261_104

_RECORD: Final = """
create schema if not exists raw;
create table if not exists raw.migrations (
    name text not null, sha256 text not null, applied_at timestamptz not null default now(), primary key (name, sha256)
);
"""


class MigrationError(OpsError):
    """Postgres refused a migration; nothing was applied."""

    exit_code = 2


class NotMigratedError(OpsError):
    """The database has not the tables of this version."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class Migration:
    """One file of ``warehouse/raw``: idempotent, so a changed file is applied again."""

    name: str
    sql: bytes

    @property
    def sha256(self) -> str:
        """The digest of its content."""
        return sha256(self.sql).hexdigest()


def read_migrations(folder: Path = MIGRATIONS) -> list[Migration]:
    """Return the migrations in the order in which they are applied: by name."""
    return [Migration(path.name, path.read_bytes()) for path in sorted(folder.glob("*.sql"))]


def require_migrated(dsn: str) -> None:
    """Raise NotMigratedError where migrations of this version are missing, PostgresError where nobody answers.

    A role that may not see which ones were applied is believed: its own queries will tell.
    """
    try:
        with connect(dsn) as connection:
            applied = {str(name) for (name,) in connection.execute("select name from raw.migrations")}
    except psycopg.errors.InsufficientPrivilege:
        return
    except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName):
        applied = set()
    missing = [migration.name for migration in read_migrations() if migration.name not in applied]
    if missing:
        what = f"lacks {len(missing)} migrations, {missing[0]} first" if applied else "has no tables of LedgerMind yet"
        raise NotMigratedError(f"the database {what}: run `ledgermind warehouse migrate`")


def _require_utf8(connection: psycopg.Connection) -> None:
    """Raise MigrationError where the database cannot hold every descriptor, or would give text back as bytes."""
    encoding = connection.info.parameter_status("server_encoding")
    if encoding != "UTF8":
        raise MigrationError(
            f"the database's encoding is {encoding}, UTF8 is needed: "
            "make another with create database … encoding 'UTF8' template template0"
        )


def migrate(dsn: str, *, folder: Path = MIGRATIONS) -> list[str]:
    """Apply what this database has not seen and return the names.

    Raises PostgresError where nobody answers, MigrationError where a migration is refused; nothing is applied then.
    """
    applied = []
    name = "raw.migrations"
    try:
        with connect(dsn) as connection:
            _require_utf8(connection)
            connection.execute("select pg_advisory_xact_lock(%s)", (LOCK,))
            connection.execute(_RECORD.encode())
            seen = {(str(row[0]), str(row[1])) for row in connection.execute("select name, sha256 from raw.migrations")}
            for migration in read_migrations(folder):
                name = migration.name
                if (name, migration.sha256) in seen:
                    continue
                connection.execute(migration.sql)
                connection.execute(
                    "insert into raw.migrations (name, sha256) values (%s, %s)", (name, migration.sha256)
                )
                applied.append(name)
    except psycopg.Error as error:
        line = str(error).strip().partition("\n")[0]
        raise MigrationError(f"{name}: {line}; nothing was applied") from error
    return applied
